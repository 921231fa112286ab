"""Every figure that a reader meets, and what shows it."""

from functools import partial

from benchmarks.claims.claim import Claim
from benchmarks.claims.commands import lab_figure, loaded_by
from benchmarks.claims.resuming import differing_results

_README = "README.md"
_BENCHMARKS = "docs/benchmarks.md"
_SYNTHETIC = "docs/synthetic.md"
_SHARE = 100.0
_HALF_A_TENTH = 0.05
"""Of figures given with one decimal."""


def _shipped(net: str, title: str, epochs: int) -> Claim:
    return Claim(
        claim=f"{title} on the synthetic test pictures after {epochs} epochs, % right",
        where=_README,
        pattern=rf"\| {title} \| synthetic \| {epochs} \|[^|]*\| [\d.]+ % \| ([\d.]+) % \|",
        command=f"python -m resnet_core evaluate {net} --data synthetic --json",
        n="2,000 pictures, 1 seed",
        date="2026-11-23",
        measure=partial(
            lab_figure, "evaluate", net, "--data", "synthetic", path="accuracy", scale=_SHARE
        ),
        tolerance=_HALF_A_TENTH,
    )


_SHIPPED = (
    _shipped("resnet56-synthetic", "ResNet-56", 6),
    _shipped("plain56-synthetic", "plain-56", 6),
    _shipped("resnet20-synthetic", "ResNet-20", 8),
    _shipped("plain20-synthetic", "plain-20", 8),
)

CLAIMS: tuple[Claim, ...] = (
    *_SHIPPED,
    Claim(
        claim="evaluations that differ between a resumed run and one that never stopped",
        where=_README,
        pattern="bit-identical weights to one that never stopped",
        command="python -m benchmarks.claims --json",
        n="1 run of 60 steps on the CPU",
        date="2026-11-28",
        measure=differing_results,
    ),
    Claim(
        claim="modules of streamlit that the core loads",
        where="CONTRIBUTING.md",
        pattern="`resnet_core` never imports streamlit",
        command="python -m benchmarks.claims --json",
        n="1 process",
        date="2026-11-28",
        measure=partial(loaded_by, "resnet_core.cli", "streamlit"),
    ),
    Claim(
        claim="softmax regression on the pixels of the synthetic set, best of 4, % right",
        where=_SYNTHETIC,
        pattern=r"\*\*([\d.]+) %\*\* test accuracy \(11",
        command="python -m benchmarks.synthetic_difficulty linear",
        n="2,000 pictures",
        date="2026-11-23",
    ),
    Claim(
        claim="speed of a step with full telemetry over a bare loop, batch 64",
        where=_BENCHMARKS,
        pattern=r"median ([\d.]+), quartiles 0\.954",
        command="python -m benchmarks.telemetry_overhead --batch-size 64 --pairs 20 --cpu-time",
        n="20 pairs of 10 steps",
        date="2026-11-24",
    ),
)
