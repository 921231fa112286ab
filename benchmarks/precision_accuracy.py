"""How right a net is that was trained in bfloat16, beside the same one trained in float32.

    python -m benchmarks.precision_accuracy --json
    python -m benchmarks.precision_accuracy --widths 4,8,16 --steps 320 --seeds 3 --threads 1

The demo's recipe on the synthetic figures; both precisions begin at the same weights and see the
same batches, seed by seed, so that differences are taken within a seed.  The test pictures are
marked in float32, once, after the last step.  A CPU without instructions for bfloat16 takes longer,
and may round sums over a batch more often than one that has them: `weight_gradient_rounding` says.
"""

import argparse
import dataclasses
import sys

import torch

from benchmarks.command import benchmark_options, measure_and_tell
from resnet_core.comparing.seed_pairs import SeedPairs, pair_values
from resnet_core.config import ArmConfig, ExperimentConfig
from resnet_core.config.training import Precision
from resnet_core.data import DataSet, load_dataset
from resnet_core.devices import describe_device
from resnet_core.errors import RunError
from resnet_core.models import model_config
from resnet_core.processors import has_bfloat16
from resnet_core.recipes.presets import demo_experiment
from resnet_core.training.lockstep import Lockstep

_CPU = torch.device("cpu")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PrecisionAccuracy:
    """Test accuracies in both precisions, one a seed."""

    net: str
    widths: tuple[int, ...]
    """Channels of the stages."""
    steps: int
    batch_size: int
    num_pictures: int
    """That each net was marked on."""
    seeds: tuple[int, ...]
    bfloat16: tuple[float, ...]
    """Shares of right answers, 0 to 1."""
    float32: tuple[float, ...]
    difference: float
    """Mean over the seeds of bfloat16 minus float32."""
    interval_95: tuple[float, float] | None
    """Of it, by paired t; `None` for a single seed."""
    weight_gradient_rounding: float
    """As `weight_gradient_rounding` found."""
    has_bfloat16: bool | None
    """Whether the CPU says that it has instructions for it."""
    cpu: str


def experiment(options: argparse.Namespace, seed: int, precision: Precision) -> ExperimentConfig:
    """The demo's recipe with one net, in one precision."""
    demo = demo_experiment(seed=seed)
    widths = options.widths
    net = dataclasses.replace(
        model_config(options.net), stage_widths=widths, stem_width=widths[0], name="narrow"
    )
    training = dataclasses.replace(demo.training, precision=precision, steps=options.steps)
    return dataclasses.replace(
        demo, arms=(ArmConfig(label=options.net, model=net),), training=training
    )


def trained_accuracy(config: ExperimentConfig, data: DataSet) -> float:
    """Trains to the end and marks the test pictures.

    Raises:
        RunError: when the net diverged.
    """
    lockstep = Lockstep(config, data, _CPU)
    while not lockstep.is_done:
        lockstep.advance()
        if lockstep.is_full:
            lockstep.drain()
    lockstep.drain()
    if lockstep.arms[0].stopped is not None:
        raise RunError(f"In {config.training.precision}: {lockstep.arms[0].stopped}")
    ((_, marked),) = lockstep.evaluate("test")
    return marked.score.accuracy


def measure(options: argparse.Namespace) -> PrecisionAccuracy:
    """Trains each seed in both precisions."""
    data = load_dataset(demo_experiment().data)
    values = {}
    for seed in range(options.seeds):
        lower, full = (
            trained_accuracy(experiment(options, seed, precision), data)
            for precision in ("bfloat16", "float32")
        )
        values[seed] = lower, full
        print(f"seed {seed}: bfloat16 {lower:.2%}, float32 {full:.2%}", file=sys.stderr, flush=True)
    pairs = pair_values(options.steps, values, values)
    assert pairs is not None
    return _found(pairs, data, options)


def weight_gradient_rounding(batch_size: int, channels: int = 16, side_px: int = 32) -> float:
    """How often a convolution's weight gradient seems rounded to bfloat16: its error over one.

    Returns:
        Its error, against float64 on the same values, over that of rounding the right gradient
        once: about 1 where the sum over the batch is kept in float32, more where it is not.
    """
    generator = torch.Generator().manual_seed(0)
    maps, errors = (
        torch.randn(batch_size, channels, side_px, side_px, generator=generator).bfloat16()
        for _ in range(2)
    )
    weight = torch.zeros(channels, channels, 3, 3, dtype=torch.bfloat16, requires_grad=True)
    exact = weight.detach().double().requires_grad_()
    torch.nn.functional.conv2d(maps, weight, padding=1).backward(errors)
    torch.nn.functional.conv2d(maps.double(), exact, padding=1).backward(errors.double())
    assert weight.grad is not None
    assert exact.grad is not None
    once = exact.grad.bfloat16()
    return float((weight.grad - exact.grad).norm() / (once - exact.grad).norm())


def _found(pairs: SeedPairs, data: DataSet, options: argparse.Namespace) -> PrecisionAccuracy:
    return PrecisionAccuracy(
        net=options.net,
        widths=options.widths,
        steps=options.steps,
        batch_size=demo_experiment().training.batch_size,
        num_pictures=data.card.num_test,
        seeds=pairs.seeds,
        bfloat16=pairs.first,
        float32=pairs.second,
        difference=pairs.difference,
        interval_95=pairs.interval,
        weight_gradient_rounding=weight_gradient_rounding(demo_experiment().training.batch_size),
        has_bfloat16=has_bfloat16(),
        cpu=describe_device(_CPU),
    )


def sentence(found: PrecisionAccuracy) -> str:
    """Says how far both precisions are apart, with the interval over the seeds."""
    interval = "no interval" if found.interval_95 is None else _points(*found.interval_95)
    return (
        f"{found.net}, widths {', '.join(map(str, found.widths))}, {found.steps} steps: bfloat16 "
        f"minus float32 {100 * found.difference:+.2f} points of {found.num_pictures} test pictures "
        f"({interval}; paired t, n = {len(found.seeds)} seeds); {found.cpu}"
    )


def _points(low: float, high: float) -> str:
    return f"95 % interval {100 * low:+.2f} to {100 * high:+.2f}"


def main() -> None:
    """Prints a sentence, or JSON; each seed is told of as soon as it is known."""
    parser = benchmark_options(__doc__, with_threads=True)
    parser.add_argument("--net", default="resnet20")
    parser.add_argument(
        "--widths",
        type=lambda text: tuple(int(width) for width in text.split(",")),
        default=(16, 32, 64),
        help="channels of the stages",
    )
    parser.add_argument("--steps", type=int, default=320)
    parser.add_argument("--seeds", type=int, default=3)
    measure_and_tell(parser, measure, sentence, at_least={"steps": 1, "seeds": 1})


if __name__ == "__main__":
    main()
