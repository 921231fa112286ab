"""A verdict on a curve over depth: its slope, how sure that is, and both in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from resnet_core.config import ModelConfig
from resnet_core.errors import ProbeError
from resnet_core.probes.gradients import GradientProfile
from resnet_core.probes.mean_field import expect_signals, expected_layer_factor

Quantity = Literal["weights", "outputs", "activations"]
Trend = Literal["grows", "flat", "vanishes"]

FLAT_TOTAL_FACTOR = 2.0
"""A curve that changes by less than this over the whole net is called flat, however sure we are."""

# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom (any table of it).
_T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL_95 = 1.960


@dataclass(frozen=True, kw_only=True)
class FlowVerdict:
    """The slope of a logarithm against depth, over S seeds."""

    quantity: Quantity
    """What was measured: gradient of the `weights`, gradient at block `outputs`, `activations`."""
    factor: float
    """Growth a layer **towards the input** for gradients, towards the output for activations."""
    interval: tuple[float, float] | None
    """95 % interval of the factor over the seeds; `None` for a single seed."""
    expected_factor: float | None
    """What theory expects of the factor; `None` where there is no expectation."""
    num_layers: int
    """Layers between the first and the last position."""
    num_seeds: int
    """S."""
    num_silent: int
    """Positions left out because some seed's value is exactly zero."""

    @property
    def total_factor(self) -> float:
        """Growth over all layers together."""
        return self.factor**self.num_layers

    @property
    def trend(self) -> Trend:
        """Whether it grows, stays, or vanishes on its way."""
        contains_one = self.interval is not None and self.interval[0] <= 1 <= self.interval[1]
        if contains_one or abs(math.log(self.total_factor)) < math.log(FLAT_TOTAL_FACTOR):
            return "flat"
        return "grows" if self.factor > 1 else "vanishes"

    @property
    def sentence(self) -> str:
        """The verdict in words, without theory."""
        way = "output" if self.quantity == "activations" else "input"
        per_layer = f"×{self.factor:.3f} a layer"
        if self.interval is not None:
            low, high = self.interval
            per_layer += f" (95 % interval {low:.3f} to {high:.3f}, {self.num_seeds} seeds)"
        total = f"×{readable(self.total_factor)} over {self.num_layers} layers"
        words = {
            "grows": f"Grows towards the {way} by {per_layer}, {total}.",
            "vanishes": f"Vanishes towards the {way} by {per_layer}, {total}.",
            "flat": f"Flat: {per_layer}, {total}.",
        }[self.trend]
        if self.num_silent:
            words += f" {self.num_silent} positions are exactly zero and left out."
        return words

    @property
    def brief(self) -> str:
        """The verdict over all layers together, in two words."""
        total = readable(self.total_factor)
        return {
            "grows": f"grows ×{total}",
            "vanishes": f"shrinks to ×{total}",
            "flat": f"stays as it is (×{total})",
        }[self.trend]

    @property
    def theory_sentence(self) -> str:
        """What theory expects, in words."""
        if self.expected_factor is None:
            return "Theory has no expectation for this net."
        return f"Mean-field theory expects ×{self.expected_factor:.3f} a layer."


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
    """Fits one straight line a seed to the logarithms over depth.

    The fit is ordinary least squares over all convolutions of the main path, or over all trunk
    positions; the interval is Student's over the seeds' slopes.

    Raises:
        ProbeError: when fewer than three positions have a value above zero.
    """
    depths, values = curve_of(profile, quantity)
    audible = np.all(values > 0, axis=0)
    if audible.sum() < 3:
        raise ProbeError(
            f"The {_NAMES[quantity]} of {profile.config.name} are zero almost everywhere: there is "
            f"no slope to fit. {_why_silent(profile.config)}"
        )
    slopes = np.array([_slope(depths[audible], row[audible]) for row in values])
    sign = 1 if quantity == "activations" else -1
    low_high = interval_95(sign * slopes)
    return FlowVerdict(
        quantity=quantity,
        factor=math.exp(sign * float(slopes.mean())),
        interval=None if low_high is None else (math.exp(low_high[0]), math.exp(low_high[1])),
        expected_factor=_expected_factor(profile, quantity, audible),
        num_layers=int(depths[-1] - depths[0]),
        num_seeds=len(slopes),
        num_silent=int((~audible).sum()),
    )


def describe_cell(profile: GradientProfile) -> str:
    """Says what a net's profile shows, in one sentence made from its three verdicts.

    Raises:
        ProbeError: as `judge`.
    """
    weights, outputs, activations = (
        judge(profile, quantity) for quantity in ("weights", "outputs", "activations")
    )
    total = readable(weights.total_factor)
    shares = {
        "grows": f"The first layers' weights get ×{total} the gradient of the last ones'",
        "vanishes": f"The first layers' weights get only ×{total} the gradient of the last ones'",
        "flat": f"First and last layers' weights get a like gradient (×{total})",
    }
    forward = {
        "grows": f"the signal grows on its way forward (×{readable(activations.total_factor)})",
        "vanishes": f"the signal fades on its way forward (×{readable(activations.total_factor)})",
        "flat": "the signal keeps its size on its way forward",
    }
    rate = f"towards the input by ×{outputs.factor:.3f} a layer"
    back = {
        "grows": f"at the blocks' outputs it grows {rate}",
        "vanishes": f"at the blocks' outputs it fades {rate}",
        "flat": "at the blocks' outputs it stays as it is",
    }
    return f"{shares[weights.trend]}; {back[outputs.trend]}; {forward[activations.trend]}."


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


def interval_95(values: Sequence[float] | np.ndarray) -> tuple[float, float] | None:
    """Student's 95 % interval of a mean; `None` for fewer than two values."""
    count = len(values)
    if count < 2:
        return None
    quantile = _T_95[count - 2] if count - 2 < len(_T_95) else _NORMAL_95
    mean = float(np.mean(values))
    half = quantile * float(np.std(values, ddof=1)) / math.sqrt(count)
    return mean - half, mean + half


_NAMES: dict[Quantity, str] = {
    "weights": "weight gradients",
    "outputs": "gradients at the blocks' outputs",
    "activations": "activations",
}


def _slope(depths: np.ndarray, values: np.ndarray) -> float:
    centred = depths - depths.mean()
    return float(centred @ np.log(values) / (centred @ centred))


def _expected_factor(
    profile: GradientProfile, quantity: Quantity, audible: np.ndarray
) -> float | None:
    curve = expected_curve(profile, quantity)
    if curve is None:
        return None
    depths, _ = curve_of(profile, quantity)
    slope = _slope(depths[audible], curve[audible])
    return math.exp(slope if quantity == "activations" else -slope)


def readable(factor: float) -> str:
    """Writes a factor with three digits, very large and very small ones as powers of ten."""
    if 0.01 <= factor < 1e5:
        return f"{factor:.3g}" if factor < 1000 else f"{float(f'{factor:.3g}'):,.0f}"
    return f"{factor:.1e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
