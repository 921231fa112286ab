"""What several seeds of a net take together: as the lab trains them, and with stacked weights.

    python -m benchmarks.seeds_together --json
    python -m benchmarks.seeds_together --batch-size 32 --steps 3 --threads 1 --cpu-time

Three ways take turns: one seed as the lab trains it; N seeds as the lab trains them, with all that
it measures, on CUDA each as a graph on a stream of its own; and N seeds as one bare step whose
weights are stacked, on CUDA as one graph.  Stacking is `torch.func`'s: one convolution in as many
groups as there are seeds, and a batch norm for each.  It measures nothing, so the lab's own way
would have to be slower by more than its telemetry costs before stacking could gain.  The weights
of both ways are compared seed by seed in float64: `difference` is how far they are apart after
three steps, as a share of the way that they went.

Rule: stacked weights are taken into the engine if, on a card, 8 seeds of ResNet-20 take at most
twice the time of one with them and more than that as they are.  It needs what `resnet_core` needs.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from benchmarks.endless import endless_experiment
from benchmarks.stacked_seeds import Stacked
from resnet_core.config import DataConfig, ExperimentConfig
from resnet_core.config.training import Precision
from resnet_core.data import DataSet, load_dataset
from resnet_core.devices import describe_device, resolve_device
from resnet_core.errors import ResNetLabError
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.recording import WARM_UPS

_PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")
_TOLERANCE = 1e-6
"""Largest `difference` that float64's rounding explains."""
_COMPARED_STEPS = 3
_MOST_RATIO = 2.0
_STATISTICS_EVERY = 50
_Way = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class SeedTimes:
    """Medians over alternating rounds, ms of a step of all seeds."""

    net: str
    precision: str
    batch_size: int
    seeds: int
    steps: int
    """Of a round."""
    rounds: int
    clock: str
    one_ms: float
    """One seed, as the lab trains it."""
    ours_ms: float
    """All seeds, as the lab trains them."""
    stacked_ms: float
    """All seeds, with stacked weights and nothing measured."""
    ours_ratio: float
    """Median over the rounds of `ours_ms` over `one_ms`."""
    stacked_ratio: float
    difference: float
    """Largest over the seeds."""
    tolerance: float
    agrees: bool
    ours_within_goal: bool
    """Whether all seeds took at most twice the time of one."""
    stacked_within_goal: bool
    card: str


class Seeds:
    """Seeds as the lab trains them, with telemetry, which is fetched and not stored."""

    def __init__(
        self,
        config: ExperimentConfig,
        data: DataSet,
        device: torch.device,
        *,
        doubles: bool = False,
    ) -> None:
        self._lockstep = Lockstep(config, data, device)
        for arm in self._lockstep.arms if doubles else ():
            arm.model.double().register_forward_pre_hook(lambda _, x: (x[0].double(),))

    def __call__(self, num_steps: int) -> None:
        """Trains for some steps."""
        for _ in range(num_steps):
            self._lockstep.advance()
            if self._lockstep.is_full:
                self._lockstep.drain()
        self._lockstep.drain()

    def weights(self) -> list[dict[str, torch.Tensor]]:
        """A copy of the weights and running statistics of each seed, by name."""
        states = [arm.model.state_dict() for arm in self._lockstep.arms]
        return [
            {name: value.clone() for name, value in state.items() if value.is_floating_point()}
            for state in states
        ]


def difference(config: ExperimentConfig, data: DataSet, device: torch.device) -> float:
    """How far both ways' weights are apart after three steps, over how far they went; the worst.

    In float64: in float32 the roundings of a first step are some hundred times as far apart after
    the second, whichever way they came about.
    """
    exact = replace(config, training=replace(config.training, precision="float32"))
    ours = Seeds(exact, data, device, doubles=True)
    stacked = Stacked(exact, data, device, doubles=True)
    first = ours.weights()
    for way in (ours, stacked):
        way(_COMPARED_STEPS)
    return max(
        distance(one, other) / distance(one, start)
        for one, other, start in zip(ours.weights(), stacked.weights(), first, strict=True)
    )


def distance(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """How far two sets of weights are apart, as one long vector each."""
    squares = [(value - other[name]).double().square().sum() for name, value in one.items()]
    return float(torch.stack(squares).sum().sqrt())


def time_in_turn(ways: Sequence[_Way], options: argparse.Namespace) -> list[list[float]]:
    """Seconds of a step, way by way, a list for each with a number for each round."""
    clock = time.process_time if options.cpu_time else time.perf_counter
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(options.rounds):
        for kept, way in zip(times, ways, strict=True):
            started = clock()
            way(options.steps)
            kept.append((clock() - started) / options.steps)
    return times


def measure(net: str, options: argparse.Namespace, data: DataSet) -> SeedTimes:
    """Measures one net."""
    device = resolve_device(options.device)
    one = endless_experiment(
        net,
        batch_size=options.batch_size,
        statistics_every=_STATISTICS_EVERY,
        precision=options.precision,
    )
    several = replace(one, seeds=options.seeds)
    apart = difference(several, data, device)
    ways = (Seeds(one, data, device), Seeds(several, data, device), Stacked(several, data, device))
    for way in ways:  # on CUDA until steps that measure inside are recorded, too
        way(WARM_UPS * _STATISTICS_EVERY + WARM_UPS if device.type == "cuda" else 1)
    return SeedTimes(
        net=net,
        precision=options.precision,
        batch_size=options.batch_size,
        seeds=options.seeds,
        steps=options.steps,
        rounds=options.rounds,
        clock="processor time" if options.cpu_time else "wall time",
        **_figures(time_in_turn(ways, options)),
        difference=apart,
        tolerance=_TOLERANCE,
        agrees=apart <= _TOLERANCE,
        card=describe_device(device),
    )


def _figures(times: list[list[float]]) -> dict[str, Any]:
    """What `SeedTimes` says of the times, all of them relative to those of one seed."""
    found: dict[str, Any] = {"one_ms": 1000 * statistics.median(times[0])}
    for name, kept in zip(("ours", "stacked"), times[1:], strict=True):
        ratio = statistics.median(
            all_s / one_s for all_s, one_s in zip(kept, times[0], strict=True)
        )
        found |= {
            f"{name}_ms": 1000 * statistics.median(kept),
            f"{name}_ratio": ratio,
            f"{name}_within_goal": ratio <= _MOST_RATIO,
        }
    return found


def words(row: SeedTimes) -> str:
    """One line for a person."""
    return (
        f"{row.net}, {row.precision}, batch {row.batch_size}: one seed {row.one_ms:.2f} ms a step, "
        f"{row.seeds} as the lab trains them {row.ours_ms:.2f} ms ({row.ours_ratio:.2f} x), "
        f"stacked {row.stacked_ms:.2f} ms ({row.stacked_ratio:.2f} x), {row.clock}, n = "
        f"{row.rounds} rounds of {row.steps} steps; weights "
        f"{'agree' if row.agrees else 'DO NOT agree'} ({row.difference:.1e} of their way apart), "
        f"{row.card}"
    )


def main() -> None:
    """Prints a line a net as it comes, or all of them as JSON; exits with 1 if weights differ."""
    # Before CUDA is first used: cuBLAS sums in one order only with a workspace of this kind.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nets", nargs="+", default=["resnet20"])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--precision", default="float32", choices=_PRECISIONS)
    parser.add_argument("--steps", type=int, default=10, help="of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu-time", action="store_true", help="processor time; on a CPU alone")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for name in ("seeds", "batch_size", "steps", "rounds", "threads"):
        if getattr(options, name) < 1:
            option, got = name.replace("_", "-"), getattr(options, name)
            parser.error(f"--{option} must be at least 1, got {got}")
    torch.set_num_threads(options.threads)
    rows = []
    try:
        data = load_dataset(DataConfig(source="synthetic"))
        for net in options.nets:
            rows.append(measure(net, options, data))
            if not options.json:
                print(words(rows[-1]), flush=True)
    except ResNetLabError as exc:
        parser.exit(1, f"{exc}\n")
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    if not all(row.agrees for row in rows):
        parser.exit(1, "Stacked weights are not those of the seeds one by one.\n")


if __name__ == "__main__":
    main()
