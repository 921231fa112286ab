# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportAttributeAccessIssue=false, reportCallIssue=false
import math

import pytest
import torch
from torch import nn

from resnet_core.models import build_model, model_config
from resnet_core.models.initialisation import initial_std, parameter_generator

WEIGHT = torch.empty(32, 16, 3, 3)
LAWS = {
    "he_fan_out": math.sqrt(2 / (32 * 9)),
    "he_fan_in": math.sqrt(2 / (16 * 9)),
    "xavier": math.sqrt(2 / (32 * 9 + 16 * 9)),
    "small": math.sqrt(2 / (32 * 9)) / 2,
}


@pytest.mark.parametrize("law", LAWS)
def test_initial_std_follows_the_law(law):
    assert initial_std(law, WEIGHT) == pytest.approx(LAWS[law])


@pytest.mark.parametrize(
    ("law", "fill"),
    [
        ("he_fan_out", lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")),
        ("he_fan_in", lambda w: nn.init.kaiming_normal_(w, mode="fan_in", nonlinearity="relu")),
        ("xavier", nn.init.xavier_normal_),
    ],
)
def test_initial_std_agrees_with_torchs_own(law, fill):
    torch.manual_seed(0)
    assert fill(torch.empty_like(WEIGHT)).std().item() == pytest.approx(LAWS[law], rel=0.03)


@pytest.mark.parametrize("law", LAWS)
def test_convolutions_are_drawn_by_the_law(law):
    model = build_model(model_config("resnet20", initialisation=law))
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.in_channels == 64:
            std = module.weight.std().item()
            assert std == pytest.approx(initial_std(law, module.weight), rel=0.03)
            assert abs(module.weight.mean().item()) < 4 * std / math.sqrt(module.weight.numel())


def test_laws_scale_the_same_draws():
    weights = {
        law: build_model(model_config("resnet20", initialisation=law)).get_parameter(
            "stem.conv.weight"
        )
        for law in ("he_fan_out", "small")
    }
    torch.testing.assert_close(weights["small"], weights["he_fan_out"] / 2)


def test_every_tensor_is_filled(monkeypatch):
    real_empty = torch.empty

    def poisoned(*args, **kwargs):
        tensor = real_empty(*args, **kwargs)
        return (
            tensor
            if tensor.is_meta
            else tensor.fill_(torch.nan if tensor.is_floating_point() else -1)
        )

    monkeypatch.setattr(torch, "empty", poisoned)
    for norm in ("batch", "none"):
        model = build_model(model_config("resnet20", norm=norm, shortcut="C"))
        for path, tensor in model.state_dict().items():
            assert torch.isfinite(tensor).all(), path
            assert not path.endswith("num_batches_tracked") or tensor.item() == 0


def test_norms_start_as_identity_and_biases_at_zero():
    model = build_model(model_config("resnet20"))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.weight.eq(1).all()
            assert module.bias.eq(0).all()
            assert module.running_mean is not None
            assert module.running_mean.eq(0).all()
            assert module.running_var is not None
            assert module.running_var.eq(1).all()
    assert model.classifier.bias.eq(0).all()
    assert model.classifier.weight.abs().max() <= 1 / math.sqrt(64)


def test_net_without_norm_has_zero_biases():
    model = build_model(model_config("resnet20", norm="none"))
    biases = [module.bias for module in model.modules() if isinstance(module, nn.Conv2d)]
    assert len(biases) == 19
    assert all(bias is not None and bias.eq(0).all() for bias in biases)
    assert not [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


@pytest.mark.parametrize("order", ["post", "pre"])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_zero_gamma_silences_every_branch(order, norm):
    config = model_config("resnet20", zero_gamma=True, activation_order=order, norm=norm)
    model = build_model(config)
    branches = []
    for path, module in model.named_modules():
        if path.endswith(".add"):
            module.register_forward_hook(lambda m, inputs, out: branches.append(inputs[0]))
    model(torch.randn(2, 3, 16, 16))
    assert len(branches) == 9
    assert not any(branch.any() for branch in branches)


def test_zero_gamma_changes_nothing_else():
    usual, silent = (
        build_model(model_config("resnet20", zero_gamma=flag)).state_dict()
        for flag in (False, True)
    )
    changed = [key for key in usual if not torch.equal(usual[key], silent[key])]
    assert all(key.endswith("norm2.weight") for key in changed)
    assert len(changed) == 9


def test_parameter_generator_depends_on_seed_and_path():
    def draw(seed, path):
        return torch.rand(1, generator=parameter_generator(seed, path)).item()

    assert draw(0, "a") == draw(0, "a")
    assert len({draw(0, "a"), draw(1, "a"), draw(0, "b")}) == 3


def test_initial_weights_are_the_same_on_every_machine():
    # Written down once: runs, cards and twins rely on them.
    weight = build_model(model_config("resnet20"), seed=0).stem.conv.weight
    expected = torch.tensor(EXPECTED_FIRST_WEIGHTS)
    torch.testing.assert_close(weight.flatten()[:3], expected)


EXPECTED_FIRST_WEIGHTS = [0.0417158678, -0.0534055158, -0.0203085188]
