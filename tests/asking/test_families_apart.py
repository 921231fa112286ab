"""A net of any family can be taken apart: answer, figures, maps, evidence, and its switches."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from resnet_core.asking import NetSource, ReadyNet, untrained_card
from resnet_core.asking.switches import why_no_drop, why_no_skip
from resnet_core.asking.taking_apart import take_block_apart, take_net_apart
from resnet_core.config import Intervention
from resnet_core.models import build_model, model_config

_NARROW = {"stage_blocks": (1, 2, 1, 1), "stage_widths": (8, 8, 8, 8), "stem_width": 8}
_SHORT = {"stage_blocks": (1, 2, 1)}
FAMILIES = {
    "resnet20": _SHORT,
    "preact_resnet20": _SHORT,
    "se_resnet20": _SHORT,
    "fixup_resnet56": _SHORT,
    "wrn16_8": {"stage_widths": (8, 16, 16)},
    "resnet18": _NARROW,
    "resnet50": _NARROW,
    "resnext50_32x4d": _NARROW | {"stage_widths": (32, 32, 32, 32)},
    "resnet50_d": _NARROW,
    "plain20": _SHORT,
    "densenet40_12": {"stage_blocks": (2, 2, 2)},
}
"""Nets of the registry with each kind of block, shortcut and stem that an import may bring."""


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_seen_whole_and_switched(name: str) -> None:
    card = untrained_card("resnet8")
    card = replace(card, model=model_config(name, num_classes=10, **FAMILIES[name]))
    net = ReadyNet(
        model=build_model(card.model).eval(),
        card=card,
        device=torch.device("cpu"),
        source=NetSource(title=name, key=name),
    )
    side = net.card.image_size_px
    pixels = np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)
    seen = net.see_pixels(pixels)
    whole = take_net_apart(net, seen)
    index = whole.taken.class_index
    for path in ("stage2.0", "stage2.1"):
        switches = tuple(_switches(net.card.model, path))
        for state in ((), *((switch,) for switch in switches)):
            found = take_net_apart(net, seen, state, class_index=index)
            block = take_block_apart(net, pixels, path, state, class_index=index)
            assert np.array_equal(found.taken.logits, found.answer.logits)
            assert np.isfinite(block.evidence.values).all()
            total = float(np.linalg.norm(block.maps.total))
            assert found.taken.block(path).sum_norm == pytest.approx(total, rel=1e-4)
            if not state:
                assert np.array_equal(found.answer.logits, net.answer(seen).logits)
    assert (switches == ()) == net.card.model.is_dense


def _switches(model, path: str):
    if not why_no_skip(model):
        yield Intervention(what="skip_strength", blocks=path, value=0)
    if not why_no_drop(model, path):
        yield Intervention(what="drop", blocks=path, value=1)
