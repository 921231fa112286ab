"""What a backward pass left behind, which torch types as something that may be missing."""

from torch import Tensor


def gradient_of(leaf: Tensor) -> Tensor:
    """The gradient that has reached a parameter or an input."""
    assert leaf.grad is not None
    return leaf.grad
