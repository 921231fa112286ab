"""SkipInit, ReZero and Fixup: what a deep net without normalisation computes at first."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from resnet_core.errors import ConfigError
from resnet_core.models import build_model, cifar_config, model_config
from resnet_core.models.blocks import Block
from resnet_core.models.initialisation import initial_std
from resnet_core.models.operations import LearnedScale, LearnedShift
from tests.gradients import gradient_of

NAMES = ["skipinit_resnet56", "rezero_resnet56", "fixup_resnet56"]


def pictures(count=4, side_px=16):
    return torch.randn(count, 3, side_px, side_px, generator=torch.Generator().manual_seed(0))


def fixup(depth=20, **changes):
    bottleneck = {"block": "bottleneck", "shortcut": "B"} if changes.pop("deep", False) else {}
    return model_config(
        f"resnet{depth}", norm="none", branch_scale="fixup", **bottleneck, **changes
    )


def additions(model):
    """Branch and shortcut of every addition during one forward pass."""
    seen = []
    for path, module in model.named_modules():
        if path.endswith(".add"):
            module.register_forward_hook(lambda module, inputs, output: seen.append(inputs))
    return seen


@pytest.mark.parametrize("name", NAMES)
def test_every_branch_is_silent_at_first(name):
    model = build_model(model_config(name))
    seen = additions(model)
    model(pictures())
    assert len(seen) == 27
    assert not any(branch.any() for branch, _ in seen)


@pytest.mark.parametrize("name", NAMES)
def test_net_of_56_layers_without_norm_trains(name):
    model = build_model(model_config(name))
    assert not [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    x, labels = pictures(count=16), torch.arange(16) % 4
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    losses = []
    for _ in range(12):
        loss = functional.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert all(value == value and value < 10 for value in losses)
    assert losses[-1] < losses[0] - 0.15


@pytest.mark.parametrize("deep", [False, True])
def test_fixup_net_starts_with_a_classifier_of_zero(deep):
    # Zhang et al. 2019, sec. 3, rule 1.
    assert not build_model(fixup(deep=deep))(pictures()).any()


@pytest.mark.parametrize(("deep", "num_convolutions"), [(False, 2), (True, 3)])
def test_fixup_shrinks_all_but_the_last_convolution_of_a_branch(deep, num_convolutions):
    # Rule 2: L^(-1/(2m-2)), with L = 9 branches of m convolutions.
    config = fixup(deep=deep)
    model = build_model(config)
    for index in range(1, num_convolutions):
        weight = model.get_parameter(f"stage3.2.conv{index}.weight")
        expected = initial_std(config.initialisation, weight) * 9 ** (
            -1 / (2 * num_convolutions - 2)
        )
        assert weight.std().item() == pytest.approx(expected, rel=0.05)
    assert not model.get_parameter(f"stage3.2.conv{num_convolutions}.weight").any()
    stem = model.get_parameter("stem.conv.weight")
    assert stem.std().item() == pytest.approx(initial_std("he_fan_out", stem), rel=0.1)


def test_fixup_has_a_factor_in_every_branch_and_a_bias_before_every_operation():
    # Rule 3.  A basic block has four biases, the stem one, the classifier one.
    model = build_model(fixup())
    scales = [m for m in model.modules() if isinstance(m, LearnedScale)]
    shifts = [m for m in model.modules() if isinstance(m, LearnedShift)]
    assert [scale.weight.item() for scale in scales] == [1.0] * 9
    assert len(shifts) == 9 * 4 + 2
    assert not any(shift.bias.any() for shift in shifts)
    assert all(m.bias is None for m in model.modules() if isinstance(m, nn.Conv2d))
    names = [name for name, _ in model.get_submodule("stage1.0").named_children()]
    assert names == [
        *("shift1a", "conv1", "shift1b", "act1", "shift2a", "conv2", "scale", "shift2b"),
        *("shortcut", "add", "act2"),
    ]


def test_fixup_block_computes_the_papers_formula():
    block = build_model(fixup()).get_submodule("stage1.0")
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(1))
    x = torch.randn(2, 16, 8, 8)
    shifts = [block.get_parameter(f"shift{name}.bias") for name in ("1a", "1b", "2a", "2b")]
    first, second = (block.get_parameter(f"conv{n}.weight") for n in (1, 2))
    inner = (functional.conv2d(x + shifts[0], first, padding=1) + shifts[1]).clamp(min=0)
    branch = functional.conv2d(inner + shifts[2], second, padding=1)
    branch = block.get_parameter("scale.weight") * branch + shifts[3]
    torch.testing.assert_close(block(x), (branch + x).clamp(min=0))


def change_of_the_first_step(depth, **changes):
    """Root mean square of what one step of SGD changes in the logits, per learning rate."""
    config = cifar_config(depth)
    settings = {name: getattr(config, name) for name in ("stage_blocks",)} | changes
    model = build_model(model_config("resnet20", **settings))
    x, labels, rate = pictures(count=8), torch.arange(8), 1e-3
    before = model(x)
    functional.cross_entropy(before, labels).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= rate * gradient_of(parameter)
        return ((model(x) - before).square().mean().sqrt() / rate).item()


def test_first_step_of_fixup_does_not_grow_with_depth():
    # Zhang et al. 2019, sec. 3: one step changes the function by as much whatever the depth.
    with_fixup = [
        change_of_the_first_step(depth, norm="none", branch_scale="fixup") for depth in (20, 110)
    ]
    without = [change_of_the_first_step(depth, norm="none") for depth in (20, 44)]
    assert 0.5 < with_fixup[1] / with_fixup[0] < 2
    assert without[1] / without[0] > 10


def test_rezero_block_is_exactly_the_identity_at_first():
    # Bachlechner et al. 2020, eq. 1: x + alpha F(x), with nothing after the addition.
    block = build_model(model_config("rezero_resnet56")).get_submodule("stage1.3")
    x = torch.randn(2, 16, 8, 8)
    assert torch.equal(block(x), x)
    assert isinstance(block, Block)
    assert "act" not in "".join(block.after)


def test_skipinit_and_rezero_share_the_formula():
    skipinit, rezero = (
        build_model(model_config("resnet20", norm="none", branch_scale=scale))
        for scale in ("skipinit", "rezero")
    )
    assert torch.equal(skipinit(pictures()), rezero(pictures()))


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"norm": "batch"}, "set norm to none"),
        ({"norm": "none", "activation_order": "pre"}, "set activation_order to post"),
        ({"norm": "none", "zero_gamma": True}, "set zero_gamma to False"),
        ({"norm": "none", "skip_strength": 0.0}, "fixup would silence"),
    ],
)
def test_fixup_names_what_it_needs(changes, remedy):
    with pytest.raises(ConfigError, match=remedy):
        model_config("resnet20", branch_scale="fixup", **changes)
