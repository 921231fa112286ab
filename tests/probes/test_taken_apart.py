"""Every block taken apart, against forward passes by hand and against autograd."""

# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportCallIssue=false, reportIndexIssue=false, reportAttributeAccessIssue=false
# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false
import math

import pytest
import torch

from resnet_core.config import Intervention
from resnet_core.errors import ProbeError
from resnet_core.models import build_model, model_config
from resnet_core.models.interventions import apply_interventions
from resnet_core.probes.features import list_blocks
from resnet_core.probes.taken_apart import measure_blocks

POST = "stage1.1"
"""A block of resnet20 that keeps the shape: its shortcut is x itself."""


def _net(name: str = "resnet20", **changes):
    return build_model(model_config(name, **changes), seed=1).eval()


@pytest.fixture
def picture() -> torch.Tensor:
    return torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(3))


def _by_hand(model, picture, path):
    """x, F(x) and the gradients of the winning logit, with every operation written out."""
    paths = list_blocks(model)
    place, block, x = paths.index(path), model.get_submodule(path), model.stem(picture)
    for before in paths[:place]:
        x = model.get_submodule(before)(x)
    x = x.detach().requires_grad_()
    skip = x.detach().requires_grad_()  # the same numbers on a way of their own
    branch = block.norm2(block.conv2(block.act1(block.norm1(block.conv1(x)))))
    leaving = torch.relu(branch + block.add.skip_strength * skip)
    leaving.retain_grad()
    y = leaving
    for behind in paths[place + 1 :]:
        y = model.get_submodule(behind)(y)
    logits = model.classifier(y.mean(dim=(2, 3)))[0]
    logits[logits.argmax()].backward()
    return x, branch, skip, leaving


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_figures_equal_a_forward_and_a_backward_pass_by_hand(picture, strength):
    model = _net(skip_strength=strength)
    x, branch, skip, leaving = _by_hand(model, picture, POST)
    found = measure_blocks(model, picture).block(POST)
    weighed = strength * skip
    assert found.input_norm == pytest.approx(x.norm().item(), rel=1e-5)
    assert found.branch_norm == pytest.approx(branch.norm().item(), rel=1e-5)
    assert found.skip_norm == pytest.approx(weighed.norm().item(), rel=1e-5)
    assert found.sum_norm == pytest.approx((branch + weighed).norm().item(), rel=1e-5)
    cosine = torch.cosine_similarity(branch.flatten(), weighed.flatten(), dim=0).item()
    assert found.cosine == pytest.approx(cosine, abs=1e-5)
    whole = x.grad + skip.grad
    share = ((skip.grad * whole).sum() / whole.square().sum()).item()
    assert found.skip_gradient_share == pytest.approx(share, rel=1e-4)
    assert found.gradient_norm == pytest.approx(leaving.grad.norm().item(), rel=1e-4)


def test_logits_and_class_are_the_net_s_own_and_a_class_may_be_named(picture):
    model = _net()
    with torch.no_grad():
        logits = model(picture)[0]
    found = measure_blocks(model, picture)
    assert torch.equal(torch.from_numpy(found.logits), logits)
    assert found.class_index == logits.argmax()
    assert measure_blocks(model, picture, class_index=2).class_index == 2
    with pytest.raises(ProbeError, match="numbered from 0 to 9: there is no class 10"):
        measure_blocks(model, picture, class_index=10)


def test_nothing_of_the_net_is_changed(picture):
    model = _net()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    measure_blocks(model, picture)
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_cut_skip_carries_nothing_and_a_dropped_block_adds_nothing(picture):
    model = _net()
    cut = Intervention(what="skip_strength", blocks=POST, value=0)
    apply_interventions(model, [cut, Intervention(what="drop", blocks="stage2.1", value=1)])
    found = measure_blocks(model, picture)
    assert found.block(POST).skip_norm == 0
    assert found.block(POST).skip_gradient_share == pytest.approx(0, abs=1e-7)
    assert found.block(POST).sum_norm == pytest.approx(found.block(POST).branch_norm)
    dropped = found.block("stage2.1")
    assert (dropped.branch_norm, dropped.skip_norm, dropped.cosine) == (None, None, None)
    assert dropped.sum_norm == dropped.input_norm, "it hands on what enters"
    assert dropped.gradient_norm > 0


def test_plain_and_dense_blocks_have_no_sum_to_take_apart(picture):
    for name in ("plain20", "densenet40_12"):
        found = measure_blocks(_net(name), picture).blocks
        assert len(found) == (36 if name.startswith("dense") else 9)
        assert {block.skip_norm for block in found} == {None}
        assert {block.skip_gradient_share for block in found} == {None}
        assert all(block.branch_norm > 0 and block.gradient_norm > 0 for block in found)
    dense = found[0]
    assert dense.branch_norm is not None
    joined = math.hypot(dense.input_norm, dense.branch_norm)
    assert dense.sum_norm == pytest.approx(joined, rel=1e-5), "maps side by side"


def test_numbers_that_are_not_finite_are_refused(picture):
    model = _net()
    with torch.no_grad():
        model.get_submodule("stage2.0").conv1.weight.fill_(torch.inf)
    with pytest.raises(ProbeError, match=r"not finite any more at stage2\.0:"):
        measure_blocks(model, picture)
