"""Claims about gradients: at initialisation, in the first steps, and beyond norms."""

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.claims.claim import Claim
from benchmarks.claims.commands import lab_figure, step_ratio
from benchmarks.claims.patterns import cell

_DOCUMENT, _README = "docs/gradient-flow.md", "README.md"
_DATE = "2026-11-28"
_RELATIVE = 0.03
"""Two digits of a rounded figure, and what rounding does in a net of 56 layers."""
_RELATIVE_A_LAYER = 0.002
_PAIR = ("resnet56", "plain56")
_TITLES = {"resnet56": "ResNet-56", "plain56": "plain-56"}
_SETTINGS = {
    "batch norm": ("--norm", "batch"),
    "none": ("--norm", "none"),
    "none, Xavier": ("--norm", "none", "--initialisation", "xavier"),
}
_SLOPES = {
    ("batch norm", "resnet56"): "power_of_depth",
}
"""What stands under "over depth" where it is no factor a layer."""
_STEPS = ("gradients", "--arms", "resnet56,plain56", "--steps", "30", "--seeds", "3")
_FIRST = ("gradients", "--arms", "resnet56,plain56", "--steps", "2", "--seeds", "3")
"""The same first two of the 30 steps; after them rounding has grown too far."""
_FACTS = "python -m benchmarks.gradient_facts"


def _initial(settings: str, net: str, column: int, path: str, words: str) -> Claim:
    arguments = ("gradients", "--arms", ",".join(_PAIR), *_SETTINGS[settings], "--seeds", "5")
    norm, _, initialisation = settings.partition(", ")
    title = ", ".join(filter(None, (_TITLES[net], initialisation)))
    return Claim(
        claim=f"{title}, normalisation {norm}, at initialisation: {words}",
        where=_DOCUMENT,
        pattern=cell(f"{title} | {norm}", column),
        command=_typed(arguments),
        n="5 seeds, 32 pictures",
        date=_DATE,
        measure=partial(lab_figure, *arguments, path=f"{_PAIR.index(net)}.verdicts.{path}"),
        relative=_RELATIVE if "layer" not in path else _RELATIVE_A_LAYER,
    )


def _all_initial() -> Iterator[Claim]:
    for settings in _SETTINGS:
        for net in _PAIR:
            slope = _SLOPES.get((settings, net), "factor_per_layer")
            yield _initial(
                settings, net, 1, "outputs.total_factor", "gradient at outputs, first over last"
            )
            yield _initial(settings, net, 2, f"outputs.{slope}", slope.replace("_", " "))
            yield _initial(
                settings, net, 4, "weights.total_factor", "gradient of weights, first over last"
            )


def _half_a_skip(norm: str, pattern: str) -> Claim:
    arguments = ("gradients", "--arms", "resnet56", "--norm", norm, "--alpha", "0.5")
    return Claim(
        claim=f"ResNet-56 with half a skip, norm {norm}: gradient at outputs, first over last",
        where=_DOCUMENT,
        pattern=pattern,
        command=_typed(arguments),
        n="5 seeds, 32 pictures",
        date=_DATE,
        measure=partial(lab_figure, *arguments, path="0.verdicts.outputs.total_factor"),
        relative=_RELATIVE,
    )


def _step(net: str, step: int, where: str, pattern: str) -> Claim:
    is_soon = step <= 2
    arguments = _FIRST if is_soon else _STEPS
    measure: Callable[[], float] | None = partial(step_ratio, *_FIRST, arm=net, step=step)
    return Claim(
        claim=f"{_TITLES[net]} at step {step}: first over last convolution's weight gradient",
        where=where,
        pattern=pattern,
        command=_typed(arguments),
        n="3 seeds",
        date=_DATE,
        measure=measure if is_soon else None,
        relative=_RELATIVE,
    )


def _all_steps() -> Iterator[Claim]:
    rates = {1: "0.0019", 2: "0.0038", 3: "0.0056", 5: "0.0094", 8: "0.0150", 11: "0.0207"}
    rates |= {16: "0.0300", 20: "0.0376", 25: "0.0469", 30: "0.0563"}
    for step, rate in rates.items():
        for column, net in enumerate(_PAIR, 1):
            yield _step(net, step, _DOCUMENT, cell(f"{step} | {rate}", column))


def _fact(claim: str, pattern: str, n: str) -> Claim:
    return Claim(claim=claim, where=_DOCUMENT, pattern=pattern, command=_FACTS, n=n, date=_DATE)


def _typed(arguments: tuple[str, ...]) -> str:
    return f"python -m resnet_core {' '.join(arguments)} --json"


GRADIENT_CLAIMS: tuple[Claim, ...] = (
    *_all_initial(),
    _half_a_skip("batch", r"and still ×([\d,]+) \("),
    _half_a_skip("none", r"without, ×([\d.]+) \([\d.]+ to [\d.]+\) at 0\.5"),
    *_all_steps(),
    _step("plain56", 1, _README, r"weight gradient is ×([\d,]+)"),
    _step("resnet56", 1, _README, r"ResNet-56's ×([\d.]+)"),
    _step("plain56", 30, _README, r"30 it is ×([\d.]+)"),
    _step("resnet56", 30, _README, r"against ×([\d.]+) \("),
    _fact("plain tower of 100 layers and one width: factor a layer", r"×(1\.212) a", "3 seeds"),
    _fact("mean-field limit, factor a layer", r"limit of ×([\d.]+)", "theory"),
    _fact("paths through 4 to 12 blocks, % of the gradient", r"carry ([\d.]+) %", "4 pictures"),
    _fact("gradients' correlation, ResNet-56", r"correlation of ([\d.]+) \(", "5 seeds"),
    _fact("gradients' correlation, plain-56", r"and (-[\d.]+) \(-", "5 seeds"),
    Claim(
        claim="interval of a ratio: least share of simulations that hold the truth, %",
        where=_DOCUMENT,
        pattern=r"true ratio in ([\d.]+) to",
        command="python -m pytest tests/probes/test_spread.py",
        n="1,000 simulations each for 3, 5, 10 and 40 seeds",
        date=_DATE,
    ),
    Claim(
        claim="a knob of Gradient flow: key press to other curves, s",
        where=_DOCUMENT,
        pattern=r"Median \*\*([\d.]+) s",
        command="python -m benchmarks.knob_latency --turns 30",
        n="30 turns",
        date="2026-11-24",
    ),
)
