"""From pixels to what a net takes, as its card says."""

import numpy as np
import torch
from torch import Tensor

from resnet_core.checkpoints import NetCard
from resnet_core.pictures.channels import with_channels


def normalise_pictures(pixels: np.ndarray, card: NetCard) -> Tensor:
    """Normalises pictures for the net of a card.

    Args:
        pixels: uint8 (N, H, W, C) or (H, W, C); colour pictures become gray for a net that takes
            one channel, and gray ones are repeated for a net that takes three.
        card: says mean and standard deviation of each channel.

    Returns:
        (N, C', H, W) float32.
    """
    batch = with_channels(pixels if pixels.ndim == 4 else pixels[None], card.model.in_channels)
    writable = np.require(batch, requirements=["C", "W"])  # torch warns of memory that is not
    images = torch.from_numpy(writable).permute(0, 3, 1, 2).float() / 255
    mean = torch.tensor(card.mean).reshape(-1, 1, 1)
    std = torch.tensor(card.std).reshape(-1, 1, 1)
    return ((images - mean) / std).contiguous()
