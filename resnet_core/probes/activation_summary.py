"""What is said of maps as a whole: length, mean, spread, and how much of them is dead."""

import torch
from torch import Tensor


def length_of(values: Tensor) -> Tensor:
    """Euclidean norm of all values together, float32.

    Squares are summed up in a tree; `torch.linalg.vector_norm` adds one by one on a CPU, and is
    2 in 1,000 off for some million values.
    """
    return values.float().square().sum().sqrt()


def summarise_activation(output: Tensor, channel: int = 1) -> Tensor:
    """Mean, standard deviation, and share of the channels that are zero everywhere, (3,) float32.

    Args:
        output: of an activation, any shape.
        channel: the dimension of its channels.
    """
    values = output.float()
    mean = values.mean()
    # In two passes: `torch.std_mean` takes ten times as long on a CPU.
    std = length_of(values - mean) / max(values.numel() - 1, 1) ** 0.5
    others = [dimension for dimension in range(values.ndim) if dimension != channel]
    dead = (values.amax(dim=others) <= 0).float().mean()
    return torch.stack([mean, std, dead])
