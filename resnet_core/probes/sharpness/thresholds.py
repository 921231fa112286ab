"""How sharp a loss may be before steps of a certain size overshoot more and more."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StabilityThreshold:
    """The largest curvature at which gradient descent does not diverge, or why there is none."""

    value: float | None = None
    """2 (1 + momentum) / learning rate; `None` where no learning rate is known."""
    reason: str = ""
    """Why there is none, in a sentence."""
    learning_rate: float | None = None
    """The recipe's peak."""
    momentum: float | None = None
    """Of the recipe."""
    nesterov_value: float | None = None
    """The same for Nesterov's form of the momentum; `None` where the recipe has another."""
    value_at_step: float | None = None
    """The line by the learning rate of the last step that was taken; `None` at step 0."""


UNKNOWN_THRESHOLD = StabilityThreshold(reason="With what recipe it was trained is not known.")


def stability_threshold(learning_rate: float, momentum: float) -> float:
    """Curvature above which full-batch gradient descent with heavy-ball momentum diverges.

    Source: Cohen et al. 2021 (arXiv 2103.00065) sec. 2 and appendix B, for quadratics.
    """
    return 2 * (1 + momentum) / learning_rate


def nesterov_threshold(learning_rate: float, momentum: float) -> float:
    """The same for Nesterov's momentum, which diverges earlier.

    Source: Cohen et al. 2021 (arXiv 2103.00065) appendix B.
    """
    return 2 * (1 + momentum) / ((1 + 2 * momentum) * learning_rate)
