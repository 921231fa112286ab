"""How much faster a step is in bfloat16 than in float32 on this machine's CPU.

    python -m benchmarks.precision --json
    python -m benchmarks.precision --net resnet20 --batch-size 32 --steps 1 --pairs 8

The lab's own step in either precision, in turn; above 1, bfloat16 is faster.  Only a CPU with
avx512_bf16 or amx_bf16 gains by it, and whether this one has them stands in the answer.
"""

import argparse
import dataclasses
import os
import statistics
import time

import torch

from benchmarks.command import benchmark_options, measure_and_tell
from benchmarks.endless import endless_experiment
from benchmarks.timing import Comparison, compare
from resnet_core.config import DataConfig
from resnet_core.config.training import Precision
from resnet_core.data import DataSet, load_dataset
from resnet_core.devices import describe_device
from resnet_core.processors import has_bfloat16
from resnet_core.training.lockstep import Lockstep

_CPU = torch.device("cpu")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PrecisionRatio:
    """Time of a step in float32 over that in bfloat16."""

    net: str
    batch_size: int
    speed_ratio: float
    """Median over the pairs; above 1, bfloat16 is faster."""
    quartiles: tuple[float, float]
    float32_ms: float
    bfloat16_ms: float
    n: int
    has_bfloat16: bool | None
    """Whether the CPU says that it has instructions for it."""
    cpu: str
    load: float
    """Load average of the last minute, when it ended."""


class Steps:
    """The lab's step in one precision."""

    def __init__(self, options: argparse.Namespace, precision: Precision, data: DataSet) -> None:
        config = endless_experiment(options.net, batch_size=options.batch_size, precision=precision)
        self._lockstep, self._count = Lockstep(config, data, _CPU), options.steps

    def __call__(self) -> None:
        """Trains for some steps."""
        for _ in range(self._count):
            self._lockstep.advance()
        self._lockstep.drain()


def measure(options: argparse.Namespace) -> PrecisionRatio:
    """Times both in turn."""
    data = load_dataset(DataConfig(source="synthetic"))
    lower, full = (Steps(options, precision, data) for precision in ("bfloat16", "float32"))
    clock = time.process_time if options.cpu_time else time.perf_counter
    found = compare(lower, full, options.pairs, clock=clock)
    low, _, high = statistics.quantiles(ratios(found), n=4)
    per_step = 1000 / options.steps
    return PrecisionRatio(
        net=options.net,
        batch_size=options.batch_size,
        speed_ratio=found.ratio,
        quartiles=(low, high),
        float32_ms=per_step * statistics.median(found.baseline_s),
        bfloat16_ms=per_step * statistics.median(found.ours_s),
        n=options.pairs,
        has_bfloat16=has_bfloat16(),
        cpu=describe_device(_CPU),
        load=os.getloadavg()[0],
    )


def ratios(found: Comparison) -> list[float]:
    """The ratio of each pair."""
    return [a / b for a, b in zip(found.baseline_s, found.ours_s, strict=True)]


def sentence(found: PrecisionRatio) -> str:
    """Says how fast bfloat16 is, and whether the CPU has instructions for it."""
    has = {True: "has it", False: "does not have it", None: "does not tell"}[found.has_bfloat16]
    low, high = found.quartiles
    return (
        f"{found.net}, batch {found.batch_size}: bfloat16 is {found.speed_ratio:.2f} times as fast "
        f"as float32 (quartiles {low:.2f} to {high:.2f}), {found.bfloat16_ms:.0f} against "
        f"{found.float32_ms:.0f} ms a step, n = {found.n} pairs; {found.cpu}, which {has}; load "
        f"average {found.load:.1f}"
    )


def main() -> None:
    """Prints a sentence, or JSON."""
    parser = benchmark_options(__doc__, with_threads=True)
    parser.add_argument("--net", default="resnet20")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=2, help="of each turn")
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds instead of wall time")
    measure_and_tell(parser, measure, sentence, at_least={"pairs": 2, "steps": 1})


if __name__ == "__main__":
    main()
