"""A verdict on a curve over depth: measured first over last, its law, and both in words."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from resnet_core.config import ModelConfig
from resnet_core.errors import ProbeError
from resnet_core.probes.gradients import GradientProfile
from resnet_core.probes.mean_field import expect_signals, expected_layer_factor
from resnet_core.probes.spread import (
    FEWEST_SEEDS,
    SeedFactor,
    factor_over_seeds,
    interval_95,
    readable,
)
from resnet_core.students import CONFIDENCE

Quantity = Literal["weights", "outputs", "activations"]
Trend = Literal["grows", "flat", "vanishes"]
DepthLaw = Literal["line", "power"]

FLAT_TOTAL_FACTOR = 2.0
"""A curve is flat where it surely changes by less than this from its first to its last position."""
_FITTING_SHARE = 0.95
"""Share of the variance over depth that a law has to explain before it is named."""


@dataclass(frozen=True, kw_only=True)
class FlowVerdict:
    """What a curve over depth does from its first to its last position, over S seeds."""

    quantity: Quantity
    """What was measured: gradient of the `weights`, gradient at block `outputs`, `activations`."""
    total: SeedFactor
    """Measured first over last position for gradients, last over first for activations."""
    factor: float
    """Fitted growth a layer **towards the input** for gradients, towards the output for
    activations; it describes the curve only where `law` is `line`."""
    interval: tuple[float, float] | None
    """95 % interval of the factor over the seeds; `None` for a single seed."""
    power: float
    """Fitted exponent of depth, counted as the growth is; it describes the curve only where `law`
    is `power`."""
    law: DepthLaw | None
    """Which of the two fits the mean curve, the better one if both do; `None` if neither does."""
    expected_factor: float | None
    """What theory expects of the fitted factor; `None` where there is no expectation."""
    expected_total: float | None
    """What theory expects of the total; `None` where there is no expectation."""
    num_layers: int
    """Layers between the first and the last position of those that are not left out."""
    num_seeds: int
    """S."""
    num_silent: int
    """Positions left out because some seed's value is exactly zero."""

    @property
    def total_factor(self) -> float:
        """Measured growth over all layers together, geometric mean over the seeds."""
        return self.total.mean

    @property
    def trend(self) -> Trend | None:
        """Whether it grows, stays, or vanishes on its way.

        `None` before three seeds, and where the interval of the total allows several of the three.
        """
        if self.num_seeds < FEWEST_SEEDS or self.total.interval is None:
            return None
        low, high = self.total.interval
        if low > 1 / FLAT_TOTAL_FACTOR and high < FLAT_TOTAL_FACTOR:
            return "flat"
        if low > 1:
            return "grows"
        return "vanishes" if high < 1 else None

    @property
    def sentence(self) -> str:
        """The verdict in words, without theory."""
        way = "output" if self.quantity == "activations" else "input"
        ends = "last over first" if self.quantity == "activations" else "first over last"
        if self.num_silent:
            ends += " of those above zero"
        total = f"{self.total.words} over {self.num_layers} layers, {ends}"
        words = {
            "grows": f"Grows towards the {way}: {total}",
            "vanishes": f"Vanishes towards the {way}: {total}",
            "flat": f"Flat: {total}",
            None: f"{total[0].upper()}{total[1:]}",
        }[self.trend]
        words += f"{self._law_words}.{self._doubt_words}"
        if self.num_silent:
            silent = "position is" if self.num_silent == 1 else "positions are"
            words += f" {self.num_silent} {silent} exactly zero and left out."
        return words

    @property
    def brief(self) -> str:
        """The verdict over all layers together, in a few words."""
        return brief_words(self.trend, self.total.words)

    @property
    def theory_sentence(self) -> str:
        """What theory expects, in words."""
        if self.expected_factor is None or self.expected_total is None:
            return "Theory has no expectation for this net."
        if self.law == "line":
            return f"Mean-field theory expects ×{self.expected_factor:.3f} a layer."
        return f"Mean-field theory expects ×{readable(self.expected_total)}."

    @property
    def _law_words(self) -> str:
        if self.law == "power":
            return f"; like a power of depth, with the exponent {self.power:.2f}"
        if self.law is None:
            return ""
        words = f"; ×{self.factor:.3f} a layer"
        if self.interval is not None:
            low, high = self.interval
            words += f" ({CONFIDENCE} interval {low:.3f} to {high:.3f})"
        return words

    @property
    def _doubt_words(self) -> str:
        if self.num_seeds < FEWEST_SEEDS:
            return f" It takes {FEWEST_SEEDS} seeds to say whether that grows or vanishes."
        if self.trend is None:
            return " The interval does not tell whether it grows, stays or vanishes."
        return ""


def brief_words(trend: Trend | None, total: str) -> str:
    """What a total does, in a few words, or the total alone where that cannot be said."""
    return {
        "grows": f"grows {total}",
        "vanishes": f"shrinks to {total}",
        "flat": f"stays about as it is, {total}",
        None: f"is {total}",
    }[trend]


def _why_silent(config: ModelConfig) -> str:
    """Why no gradient arrives, or what to do about it."""
    if config.branch_scale == "fixup":
        return "Fixup starts with a classifier of zeros, so the first step moves that layer alone."
    if config.branch_scale != "none" or config.zero_gamma:
        return (
            "Its branches start at zero: their convolutions wait until what scales them has moved."
        )
    return "Choose fewer layers or a larger initialisation."


def judge(profile: GradientProfile, quantity: Quantity) -> FlowVerdict:
    """Divides first by last position, and fits a line and a power of depth to the logarithms.

    The fits are ordinary least squares over all convolutions of the main path, or over all trunk
    positions; intervals are Student's over the seeds.

    Raises:
        ProbeError: when fewer than three positions have a value above zero.
    """
    curve = curve_of(profile, quantity)
    named = profile.config.name, _why_silent(profile.config)
    return judge_curve(curve, quantity, expected_curve(profile, quantity), named)


def judge_curve(
    curve: tuple[np.ndarray, np.ndarray],
    quantity: Quantity,
    expectation: np.ndarray | None,
    named: tuple[str, str],
) -> FlowVerdict:
    """Does what `judge` does of any curve over depth.

    Args:
        curve: depths (P,) and values (S, P).
        quantity: what it is of.
        expectation: what theory expects at the depths, (P,); `None` where it expects nothing.
        named: the net's name, and what to do where its values are zero.

    Raises:
        ProbeError: when fewer than three positions have a value above zero.
    """
    depths, values = curve
    audible = np.all(values > 0, axis=0)
    if audible.sum() < 3:
        raise ProbeError(
            f"The {_NAMES[quantity]} of {named[0]} are zero almost everywhere: there is no slope "
            f"to fit. {named[1]}"
        )
    heard, logs = depths[audible], np.log(values[:, audible])
    sign = 1 if quantity == "activations" else -1
    slopes = sign * np.array([_slope(heard, row) for row in logs])
    low_high = interval_95(slopes)
    expected = _expected(depths, expectation, sign, audible)
    return FlowVerdict(
        quantity=quantity,
        total=factor_over_seeds(np.exp(sign * (logs[:, -1] - logs[:, 0]))),
        factor=math.exp(float(slopes.mean())),
        interval=None if low_high is None else (math.exp(low_high[0]), math.exp(low_high[1])),
        power=sign * _slope(np.log(heard), logs.mean(axis=0)),
        law=_law(heard, logs.mean(axis=0)),
        expected_factor=expected[0],
        expected_total=expected[1],
        num_layers=int(heard[-1] - heard[0]),
        num_seeds=len(slopes),
        num_silent=int((~audible).sum()),
    )


def curve_of(profile: GradientProfile, quantity: Quantity) -> tuple[np.ndarray, np.ndarray]:
    """Depths (P,) and values (S, P) that a verdict is about."""
    if quantity == "weights":
        chosen = profile.convolutions
        return profile.layer_depths[chosen], profile.weight_norms[:, chosen]
    values = profile.output_norms if quantity == "outputs" else profile.activation_stds
    return profile.trunk_depths, values


def expected_curve(profile: GradientProfile, quantity: Quantity) -> np.ndarray | None:
    """What theory expects at the depths of `curve_of`, (P,), or `None`.

    Theory gives ratios: gradients are anchored at the measured value of the last position,
    activations at that of the first (geometric mean over the seeds).
    """
    depths, values = curve_of(profile, quantity)
    if quantity == "weights":
        factor = expected_layer_factor(profile.config)
        shape = None if factor is None else factor ** (depths[-1] - depths).astype(float)
    else:
        expectation = expect_signals(profile.config, profile.image_size_px)
        if expectation is None:
            return None
        shape = expectation.gradient if quantity == "outputs" else expectation.activation
    anchor = values[:, 0 if quantity == "activations" else -1]
    if shape is None or not (anchor > 0).all():
        return None
    return shape * math.exp(float(np.log(anchor).mean()))


_NAMES: dict[Quantity, str] = {
    "weights": "weight gradients",
    "outputs": "gradients at the blocks' outputs",
    "activations": "activations",
}


def _slope(places: np.ndarray, logs: np.ndarray) -> float:
    centred = places - places.mean()
    return float(centred @ logs / (centred @ centred))


def _law(depths: np.ndarray, logs: np.ndarray) -> DepthLaw | None:
    """Which law explains nearly all of the variance of a curve's logarithms over depth."""
    shares: dict[DepthLaw, float] = {
        "line": _explained(depths.astype(float), logs),
        "power": _explained(np.log(depths), logs),
    }
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= _FITTING_SHARE else None


def _explained(places: np.ndarray, logs: np.ndarray) -> float:
    """Share of the variance that a straight line explains; 1 for a curve without any."""
    left = logs - logs.mean() - _slope(places, logs) * (places - places.mean())
    variance = float(logs.var())
    return 1.0 if variance < 1e-20 else 1.0 - float(left.var()) / variance


def _expected(
    depths: np.ndarray, curve: np.ndarray | None, sign: int, audible: np.ndarray
) -> tuple[float | None, float | None]:
    """The fitted factor and the total of theory's curve."""
    if curve is None:
        return None, None
    logs = np.log(curve[audible])
    slope = sign * _slope(depths[audible], logs)
    return math.exp(slope), math.exp(sign * float(logs[-1] - logs[0]))
