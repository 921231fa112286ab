"""What the additions of any net join, against the lab's own measurement of the same weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torchvision.models import SwinTransformer, VisionTransformer, densenet121, resnet18

from resnet_core.models import build_model, model_config, torchvision_state
from resnet_core.probes.features import list_blocks, measure_block
from resnet_core.probes.own_blocks import measure_own_blocks
from resnet_core.probes.own_sentences import no_blocks_sentence


def picture(side: int = 64) -> torch.Tensor:
    return torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_parts_are_those_of_the_same_net_in_the_lab() -> None:
    torch.manual_seed(0)
    theirs = resnet18(num_classes=10)
    ours = build_model(model_config("resnet18"))
    ours.load_state_dict(torchvision_state(theirs.state_dict()))
    found = measure_own_blocks(theirs, picture())
    blocks = list_blocks(ours)
    assert len(found.parts) == len(blocks) == 8
    for parts, path in zip(found.parts, blocks, strict=True):
        expected = measure_block(ours, picture(), path)
        assert parts.skip == pytest.approx(expected.skip, abs=1e-4)
        assert parts.branch == pytest.approx(expected.branch, abs=1e-4)
    assert theirs.training and not any(p.grad is not None for p in theirs.parameters())


def test_channels_stand_first_wherever_the_net_has_them() -> None:
    torch.manual_seed(0)
    swin = SwinTransformer([4, 4], 8, [2], [2], [2, 2], num_classes=4)
    found = measure_own_blocks(swin, picture(32))
    assert [parts.branch.shape for parts in found.parts] == [(8, 8, 8)] * 4
    assert np.linalg.norm(found.parts[0].branch) > 0


def test_nets_without_sums_of_maps_have_none() -> None:
    dense = measure_own_blocks(densenet121(num_classes=4), picture(32))
    assert (dense.parts, dense.num_concatenations, dense.num_token_sums) == ((), 58, 0)
    assert "appends maps to maps, in 58 places" in no_blocks_sentence(dense, "dense")
    vit = VisionTransformer(16, 8, num_layers=2, num_heads=2, hidden_dim=8, mlp_dim=16)
    tokens = measure_own_blocks(vit, picture(16))
    assert (tokens.parts, tokens.num_token_sums) == ((), 4)
    assert "in 4 places, but what it adds are tokens" in no_blocks_sentence(tokens, "vit")
    flat = replace(dense, num_concatenations=0)
    assert "nothing goes around a layer" in no_blocks_sentence(flat, "vgg")
