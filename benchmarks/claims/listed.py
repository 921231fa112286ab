"""Every figure that a reader meets, and what shows it."""

from functools import partial

from benchmarks.claims.claim import Claim
from benchmarks.claims.commands import loaded_by
from benchmarks.claims.demo import DEMO_CLAIMS
from benchmarks.claims.gradients import GRADIENT_CLAIMS
from benchmarks.claims.nets import NET_CLAIMS
from benchmarks.claims.resuming import differing_results
from benchmarks.claims.speed import SPEED_CLAIMS

_HOUSE = (
    Claim(
        claim="evaluations that differ between a resumed run and one that never stopped",
        where="README.md",
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
)

CLAIMS: tuple[Claim, ...] = (
    *NET_CLAIMS,
    *DEMO_CLAIMS,
    *GRADIENT_CLAIMS,
    *_HOUSE,
    *SPEED_CLAIMS,
)
