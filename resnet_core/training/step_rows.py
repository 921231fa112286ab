"""What a step measured, on the host: profiles, and why an arm can go no further."""

import math
from dataclasses import dataclass

import numpy as np

from resnet_core.config import Replica
from resnet_core.runs.store import StepRow
from resnet_core.training.observe import Profile


@dataclass(frozen=True)
class ProfileRow:
    """A profile of one net at one step, on the host."""

    step: int
    arm: int
    seed: int
    values: dict[str, np.ndarray]
    """Quantity to (P,) float32."""


def fetch_profile(step: int, replica: Replica, profile: Profile) -> ProfileRow:
    """Brings a profile to the host."""
    values = {name: values.cpu().numpy() for name, values in profile.items()}
    return ProfileRow(step, replica.arm, replica.seed, values)


def explain_divergence(row: StepRow) -> str:
    """Says what stopped being a finite number, and what to do."""
    what, value = ("Loss", row.loss)
    if math.isfinite(row.loss):
        what, value = ("The gradient", row.gradient_norm)
    became = "NaN" if math.isnan(value) else "infinite"
    return f"{what} became {became} at step {row.step}; lower the learning rate."
