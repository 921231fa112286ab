"""Nets small enough to train in a test, and pictures of noise for any net."""

import torch

from resnet_core.models import model_config

TINY = {"stage_blocks": (1, 1, 1), "stage_widths": (4, 8, 12), "stem_width": 4}
ORDERS = ["post", "pre"]


def tiny(**changes):
    return model_config("resnet20", **(TINY | changes))


def pictures(config, count=4, side_px=16, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, config.in_channels, side_px, side_px, generator=generator)
