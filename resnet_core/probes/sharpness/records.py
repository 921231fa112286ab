"""What is asked and what was measured of a net's sharpness."""

from dataclasses import dataclass

import numpy as np

from resnet_core.config import choices
from resnet_core.errors import ProbeError
from resnet_core.probes.landscape.places import Statistics
from resnet_core.probes.sharpness.thresholds import UNKNOWN_THRESHOLD, StabilityThreshold
from resnet_core.probes.sharpness.trace import Trace

_MOST_EIGENVALUES = 20
_MOST_DRAWS = 200


@dataclass(frozen=True, kw_only=True)
class SharpnessSpec:
    """What is asked of a net's sharpness, but for net and pictures."""

    count: int = 3
    """How many of the largest eigenvalues."""
    num_draws: int = 20
    """Random vectors for the trace."""
    statistics: Statistics = "recomputed"
    """What batch norm normalises by: the net's stored statistics, or, as in a training step, those
    of the pictures that pass together."""
    at_a_time: int = 64
    """Pictures that pass together."""
    seed: int = 0
    """Of the random vectors."""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= _MOST_EIGENVALUES:
            raise ProbeError(
                f"1 to {_MOST_EIGENVALUES} of the largest eigenvalues can be looked for, got "
                f"{self.count}."
            )
        if not 2 <= self.num_draws <= _MOST_DRAWS:
            raise ProbeError(
                f"A trace takes 2 to {_MOST_DRAWS} random vectors, so that its error is known; got "
                f"{self.num_draws}."
            )
        if self.statistics not in choices(Statistics):
            raise ProbeError(
                f"Batch norm takes its statistics stored or recomputed, got '{self.statistics}'."
            )
        if self.at_a_time < 2:
            raise ProbeError(f"At least 2 pictures pass together, got {self.at_a_time}.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Sharpness:
    """How the loss on N pictures bends at one net: its Hessian by all P parameters."""

    label: str = ""
    """What figures call the net."""
    is_plain: bool = False
    """Whether the net has no shortcuts."""
    step: int = 0
    """Training steps behind its weights."""
    spec: SharpnessSpec
    """What was asked."""
    top_eigenvalues: np.ndarray
    """(k,) float64, the largest first."""
    residuals: np.ndarray
    """How far each is from an eigenvalue at most, (k,) float64."""
    is_converged: bool
    """Whether the residuals are as small as they should be."""
    trace: Trace
    """Sum of all P eigenvalues, estimated."""
    loss: float
    """Mean cross-entropy of the pictures, nats."""
    num_parameters: int
    """P."""
    num_pictures: int
    """N."""
    num_products: int
    """Products of the Hessian with a vector that it took."""
    elapsed_s: float
    """Seconds that it took."""
    threshold: StabilityThreshold = UNKNOWN_THRESHOLD
    """How sharp the recipe's learning rate allows it to be."""
    is_known: bool = False
    """Whether it was measured before, and not when it was asked for."""

    @property
    def largest(self) -> float:
        """The largest eigenvalue, which Cohen et al. call the sharpness."""
        return float(self.top_eigenvalues[0])
