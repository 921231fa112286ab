"""What steps measured, on the host: rows, profiles, and why an arm can go no further."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from resnet_core.config import Replica
from resnet_core.runs.store import StepRow
from resnet_core.training.arms import Arm
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


@dataclass(frozen=True, kw_only=True)
class TakenSteps:
    """Steps whose measurements are fetched together."""

    first: int
    """Steps taken before them."""
    since_s: float
    """Training time before them, s."""
    step_s: float
    """Time of each, s."""
    batch_size: int
    rate: Callable[[int], float]
    """Learning rate of the step after so many."""


def fetched_rows(arm: Arm, table: np.ndarray, taken: TakenSteps) -> list[StepRow]:
    """Takes what an arm measured, (count, 3 + L), and stops it if it diverged.

    Rows end with the step in which the loss or the gradient stopped being finite.
    """
    arm.pending.clear()
    rows = []
    for offset, values in enumerate(table):
        rows.append(_row(arm, offset, values, taken))
        if not (math.isfinite(rows[-1].loss) and math.isfinite(rows[-1].gradient_norm)):
            arm.stopped = _explain_divergence(rows[-1])
            break
    return rows


def _row(arm: Arm, offset: int, values: np.ndarray, taken: TakenSteps) -> StepRow:
    return StepRow(
        step=taken.first + offset + 1,
        arm=arm.replica.arm,
        seed=arm.replica.seed,
        time_s=taken.since_s + (offset + 1) * taken.step_s,
        loss=float(values[0]),
        accuracy=float(values[1]),
        learning_rate=taken.rate(taken.first + offset),
        images_per_s=taken.batch_size / taken.step_s,
        gradient_norm=float(values[2]),
        layer_norms=values[3:],
    )


def _explain_divergence(row: StepRow) -> str:
    """Says what stopped being a finite number, and what to do."""
    what, value = ("Loss", row.loss)
    if math.isfinite(row.loss):
        what, value = ("The gradient", row.gradient_norm)
    became = "NaN" if math.isnan(value) else "infinite"
    return f"{what} became {became} at step {row.step}; lower the learning rate."
