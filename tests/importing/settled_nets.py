"""A file's tensors made into a net of the lab, and its logits held against those that are right."""

import torch
from torch import Tensor, nn

from resnet_core.importing.recognising import recognise
from resnet_core.importing.settling import Settled, settle_reading
from resnet_core.models import build_model


def settled(state: dict[str, Tensor], side_px: int) -> tuple[Settled, nn.Module]:
    """What is made of a file's tensors, with noise to measure on."""
    found = recognise({"state_dict": state})
    noise = torch.randn(
        64, found.config.in_channels, side_px, side_px, generator=torch.Generator().manual_seed(1)
    )
    result = settle_reading(found.config, found.tensors, {}, {"noise": noise})
    ours = build_model(result.config)
    ours.load_state_dict(dict(found.tensors))
    return result, ours.eval()


def assert_equal_logits(ours: nn.Module, theirs: nn.Module, side_px: int, channels: int = 3):
    x = torch.randn(4, channels, side_px, side_px, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        expected = theirs(x)
        worst = (ours(x) - expected).abs().max() / expected.abs().max()
    assert worst < 1e-4
