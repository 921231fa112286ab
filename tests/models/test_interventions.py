"""Interventions on built nets: what they do, and that nothing is left once they are undone."""

import dataclasses

import pytest
import torch
from torch import nn
from torch.nn import functional

from resnet_core.config import Intervention, ModelConfig, block_paths
from resnet_core.errors import ProbeError
from resnet_core.models import (
    apply_interventions,
    build_model,
    freeze_blocks,
    list_probe_points,
    redraw_blocks,
)
from resnet_core.models.blocks import Block
from resnet_core.probes.anatomy import observe_anatomy
from resnet_core.probes.features import measure_block
from resnet_core.probes.responses import response_points

SMALL = ModelConfig(name="small", stage_blocks=(2, 2), stage_widths=(4, 8), stem_width=4)
NETS = {
    "post": SMALL,
    "pre": dataclasses.replace(SMALL, activation_order="pre", shortcut="B"),
    "bottleneck": dataclasses.replace(SMALL, block="bottleneck", shortcut="C"),
    "gated": dataclasses.replace(SMALL, skip_kind="exclusive_gate", shortcut="D"),
    "random": dataclasses.replace(SMALL, stochastic_depth=0.5, skip_strength=0.5),
    "fixup": dataclasses.replace(SMALL, norm="none", branch_scale="fixup"),
}
PICTURES = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def cut(blocks="all", value=0.0):
    return Intervention(what="skip_strength", blocks=blocks, value=value)


def drop(blocks="all", value=1.0):
    return Intervention(what="drop", blocks=blocks, value=value)


def answers(model):
    with torch.no_grad():
        return model.eval()(PICTURES)


def trained(config):
    """A net whose weights, norms and statistics are not those of its first moment."""
    model = build_model(config, seed=5).train()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    with torch.no_grad():
        model(PICTURES)
    return model


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize(
    "done",
    [
        [cut()],
        [cut("stage2"), cut("stage2.1", 0.3)],
        [drop("stage1.0"), drop("stage2")],
        [drop(), cut("stage1", 0.9)],
    ],
)
def test_undone_interventions_leave_the_same_bits(net, done):
    model = trained(NETS[net])
    before, weights = answers(model), {k: v.clone() for k, v in model.state_dict().items()}
    apply_interventions(model, done)
    assert not torch.equal(answers(model), before)
    apply_interventions(model, [])
    assert torch.equal(answers(model), before)
    assert all(torch.equal(value, weights[key]) for key, value in model.state_dict().items())


def test_cut_skips_leave_the_branch_alone():
    model = trained(SMALL)
    plain = build_model(dataclasses.replace(SMALL, skip_strength=0.0))
    plain.load_state_dict(model.state_dict())
    apply_interventions(model, [cut()])
    torch.testing.assert_close(answers(model), answers(plain))


@pytest.mark.parametrize("net", NETS)
def test_a_dropped_block_hands_on_its_input_or_its_shortcut(net):
    model = trained(NETS[net]).eval()
    apply_interventions(model, [drop()])
    seen = {}
    for path in block_paths(model.config):
        block = model.get_submodule(path)
        block.register_forward_hook(lambda m, i, o, path=path: seen.update({path: (m, i[0], o)}))
    answers(model)
    for block, entered, left in seen.values():
        assert isinstance(block, Block)
        if not block.changes_shape:
            assert left is entered
            continue
        source = entered
        if block.shared:
            source = block.get_submodule("act1")(block.get_submodule("norm1")(entered))
        assert torch.equal(left, block.get_submodule("shortcut")(source))


def test_frozen_blocks_keep_weights_and_statistics_and_pass_the_gradient_on():
    model = trained(SMALL)
    apply_interventions(model, [Intervention(what="freeze", blocks="stage2", value=1)])
    freeze_blocks(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    for _ in range(2):
        optimizer.zero_grad()
        model.train()
        functional.cross_entropy(model(PICTURES), torch.arange(4)).backward()
        optimizer.step()
    for key, value in model.state_dict().items():
        is_same = torch.equal(value, before[key])
        assert is_same == key.startswith("stage2."), key
    apply_interventions(model, [])
    freeze_blocks(model)
    model.train()
    assert all(module.training for module in model.modules())
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_redrawn_block_is_that_of_a_new_net_and_the_rest_is_untouched():
    model = trained(NETS["random"])
    before = {k: v.clone() for k, v in model.state_dict().items()}
    redrawn = redraw_blocks(model, "stage2.1", seed=11)
    fresh = build_model(NETS["random"], seed=11).state_dict()
    for key, value in model.state_dict().items():
        source = fresh if key.startswith("stage2.1.") else before
        assert torch.equal(value, source[key]), key
    assert [id(p) for p in redrawn] == [id(p) for p in model.get_submodule("stage2.1").parameters()]


def test_a_dropped_block_offers_nothing_to_look_at():
    model = trained(NETS["pre"])
    whole = {point.path: point for point in list_probe_points(model, 8)}
    apply_interventions(model, [drop("stage2"), cut("stage1")])
    left = {point.path: point for point in list_probe_points(model, 8)}
    assert "stage2.0.conv1" in whole
    assert "stage2.0.conv1" not in left
    assert "stage2.0.shortcut.conv" in left, "which the shape change needs"
    assert not any(path.startswith("stage2.1") for path in left)
    assert "stage1.0.add" in left
    assert not any(path.startswith("stage2.1.") for path in response_points(model))
    with pytest.raises(ProbeError, match=r"stage2\.1 was dropped from this net"):
        measure_block(model, PICTURES[:1], "stage2.1")


def test_the_anatomy_of_a_dropped_block_is_a_gap():
    model = trained(SMALL)
    apply_interventions(model, [drop("stage1.1")])
    with observe_anatomy(model.train()) as seen:
        functional.cross_entropy(model(PICTURES), torch.arange(4)).backward()
    for name, values in seen.items():
        assert torch.isnan(values).tolist() == [False, True, False, False], name
