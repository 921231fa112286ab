# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportCallIssue=false, reportIndexIssue=false
import pytest
import torch
from torch.nn import functional

from resnet_core.errors import ProbeError
from resnet_core.models import build_model, model_config
from resnet_core.probes.anatomy import (
    ANATOMY_QUANTITIES,
    branch_entry,
    observe_anatomy,
    residual_blocks,
)
from resnet_core.probes.batches import BatchSpec, draw_batch

SPEC = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)
NETS = [
    model_config("resnet20"),
    model_config("resnet20", skip_strength=0.3),
    model_config("resnet20", shortcut="B", norm="none"),
    model_config("preact_resnet20"),
    model_config("preact_resnet20", shortcut="C"),
    model_config("resnet20", activation_order="relu_before_add", branch_scale="skipinit"),
]
IDS = ["post", "alpha", "projection", "pre", "pre-projection", "skipinit"]


def _observe(config):
    model, batch = build_model(config, seed=0), draw_batch(config, SPEC, seed=0)
    with observe_anatomy(model) as anatomy:
        functional.cross_entropy(model(batch.images), batch.labels).backward()
    return anatomy


@pytest.mark.parametrize("config", NETS, ids=IDS)
def test_anatomy_equals_autograd_with_one_side_cut_off(config):
    anatomy = _observe(config)
    model, batch = build_model(config, seed=0).train(), draw_batch(config, SPEC, seed=0)
    path = residual_blocks(model)[4]  # the second stage's second block: nothing changes shape
    block = model.get_submodule(path)
    kept = {}
    block.register_forward_pre_hook(lambda _, inputs: kept.__setitem__("x", inputs[0]))
    block.register_forward_hook(lambda _, inputs, output: kept.__setitem__("y", output))
    loss = functional.cross_entropy(model(batch.images), batch.labels)
    (arriving,) = torch.autograd.grad(loss, kept["y"])
    sides = {}
    for side in ("both", "skip"):
        x = kept["x"].detach().requires_grad_()
        with torch.no_grad():
            mask = torch.ones_like(kept["y"])
            if config.activation_order == "post":
                mask = (kept["y"] > 0).float()
        if side == "skip":
            (part,) = torch.autograd.grad(
                config.skip_strength * block.shortcut(x), x, arriving * mask
            )
        else:
            (part,) = torch.autograd.grad(block(x), x, arriving)
        sides[side] = part
    skip, branch = sides["skip"], sides["both"] - sides["skip"]
    share = (skip * sides["both"]).sum() / sides["both"].square().sum()
    assert anatomy["skip_gradient_share"][4].item() == pytest.approx(share.item(), abs=1e-4)
    cosine = functional.cosine_similarity(skip.flatten(), branch.flatten(), dim=0)
    assert anatomy["gradient_cosine"][4].item() == pytest.approx(cosine.item(), abs=1e-4)


@pytest.mark.parametrize("config", NETS, ids=IDS)
def test_norms_obey_the_law_of_cosines(config):
    anatomy = _observe(config)
    skip, branch = anatomy["skip_norm"], anatomy["branch_norm"]
    expected = skip**2 + branch**2 + 2 * anatomy["skip_cosine"] * skip * branch
    torch.testing.assert_close(anatomy["sum_norm"] ** 2, expected, rtol=1e-3, atol=1e-5)
    assert set(anatomy) == set(ANATOMY_QUANTITIES)
    assert all(values.shape == (9,) for values in anatomy.values())


def test_norms_are_those_of_one_picture():
    config = model_config("resnet8")
    model, batch = build_model(config, seed=0).train(), draw_batch(config, SPEC, seed=0)
    with observe_anatomy(model) as anatomy:
        functional.cross_entropy(model(batch.images), batch.labels).backward()
        x = model.stem(batch.images)
    expected = x.square().sum((1, 2, 3)).mean().sqrt().item()
    assert anatomy["skip_norm"][0].item() == pytest.approx(expected, rel=1e-5)


def test_a_silent_branch_leaves_the_whole_gradient_to_the_skip():
    anatomy = _observe(model_config("preact_resnet20", zero_gamma=True))
    # The blocks that change nothing but add their (silent) branch.
    assert anatomy["skip_gradient_share"][1].item() == pytest.approx(1.0)
    assert anatomy["branch_norm"].max().item() == 0.0


def test_a_plain_net_has_no_anatomy():
    assert _observe(model_config("plain20")) == {}


def test_branch_entry_refuses_a_plain_block():
    with pytest.raises(ProbeError, match="no shortcut"):
        branch_entry(build_model(model_config("plain8")).get_submodule("stage1.0"))


def test_observing_leaves_no_hook_behind():
    model = build_model(model_config("resnet8"))
    with pytest.raises(KeyError), observe_anatomy(model):
        raise KeyError
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
