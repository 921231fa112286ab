import pytest
import torch
from torch import nn
from torch.nn import functional

from resnet_core.errors import ProbeError
from resnet_core.models import build_model, cifar_config, weight_layers
from resnet_core.probes.hooks import (
    borrowed,
    capture_input_gradients,
    capture_inputs,
    capture_output_gradients,
    capture_outputs,
)


@pytest.fixture
def model() -> nn.Module:
    return build_model(cifar_config(8), seed=1)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def _loss(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(model(images), torch.arange(len(images)))


def test_capture_outputs_equals_the_modules_computed_by_hand(model, images):
    with borrowed(model, training=False), capture_outputs(model, ["stem", "stage1"]) as seen:
        model(images)
        stem = model.stem(images)
        assert torch.equal(seen["stem"], stem)
        assert torch.equal(seen["stage1"], model.stage1(stem))


def test_capture_inputs_gives_what_the_module_before_it_gave(model, images):
    with (
        borrowed(model, training=False),
        capture_inputs(model, ["stage1.0"]) as before,
        capture_outputs(model, ["stem"]) as after,
    ):
        model(images)
    assert torch.equal(before["stage1.0"], after["stem"])


def test_capture_reduces_what_it_keeps(model, images):
    with capture_outputs(model, ["stage3"], reduce=torch.linalg.vector_norm) as seen:
        model(images)
    assert seen["stage3"].shape == ()


def test_output_gradients_equal_autograd(model, images):
    paths = ["stem", "stage1.0", "stage2.0", "stage3.0", "pool"]
    with (
        borrowed(model, training=True),
        capture_outputs(model, paths) as outputs,
        capture_output_gradients(model, paths) as gradients,
    ):
        loss = _loss(model, images)
        expected = torch.autograd.grad(loss, list(outputs.values()), retain_graph=True)
        loss.backward()
    for path, gradient in zip(outputs, expected, strict=True):
        torch.testing.assert_close(gradients[path], gradient)


def test_input_gradients_of_branch_and_shortcut_add_up_to_the_blocks(model, images):
    parts = ["stage2.0.conv1", "stage2.0.shortcut"]
    with (
        borrowed(model, training=True),
        capture_input_gradients(model, parts) as shares,
        capture_output_gradients(model, ["stage1.0"]) as whole,
    ):
        _loss(model, images).backward()
    torch.testing.assert_close(shares[parts[0]] + shares[parts[1]], whole["stage1.0"])


def test_input_gradients_of_pictures_are_left_out_unless_asked_for(model, images):
    with borrowed(model, training=False), capture_input_gradients(model, ["stem"]) as seen:
        _loss(model, images).backward()
    assert seen == {}
    asking = images.clone().requires_grad_()
    with borrowed(model, training=False), capture_input_gradients(model, ["stem"]) as seen:
        _loss(model, asking).backward()
    torch.testing.assert_close(seen["stem"], asking.grad)


@pytest.mark.parametrize("fails", [False, True])
def test_borrowed_gives_the_model_back_as_it_was(model, images, fails):
    model.eval()
    model.stage1.train()
    model.classifier.weight.requires_grad_(False)
    model.stem.conv.weight.grad = torch.ones_like(model.stem.conv.weight)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    try:
        with borrowed(model, training=True):
            _loss(model, images).backward()
            assert model.classifier.weight.grad is not None
            if fails:
                raise KeyError
    except KeyError:
        pass
    assert [module.training for module in model.modules()] == modes
    assert not model.classifier.weight.requires_grad
    assert model.classifier.weight.grad is None
    assert torch.equal(model.stem.conv.weight.grad, torch.ones_like(model.stem.conv.weight))
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


@pytest.mark.parametrize("surrounding", [torch.no_grad, torch.inference_mode])
def test_borrowed_computes_gradients_even_where_the_caller_switched_them_off(
    model, images, surrounding
):
    with surrounding(), borrowed(model, training=True), torch.autocast("cpu", enabled=False):
        _loss(model, images).backward()
        assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize(
    "capture",
    [capture_outputs, capture_inputs, capture_output_gradients, capture_input_gradients],
)
def test_captures_leave_no_hook_behind(model, images, capture):
    paths = weight_layers(model)
    with pytest.raises(KeyError), borrowed(model, training=True), capture(model, paths):
        _loss(model, images).backward()
        raise KeyError
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module._backward_hooks


def test_capture_refuses_an_unknown_layer_and_names_the_nearest(model):
    sentence = r"no layer called 'stage1\.0\.conv9'.*stage1\.0\.conv1"
    with pytest.raises(ProbeError, match=sentence), capture_outputs(model, ["stage1.0.conv9"]):
        pass
    assert not any(module._forward_hooks for module in model.modules())
