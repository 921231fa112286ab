"""Maps at the pixels against closed forms, autograd, finite differences and plain loops."""

import pytest
import torch
from pytorch_grad_cam import GuidedBackpropReLUModel
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.explain.cams import grad_cam
from resnet_core.explain.lending import lent
from resnet_core.explain.pixels import (
    guided_backprop,
    guided_grad_cam,
    integrated_gradients,
    occlusion,
    saliency,
    smooth_grad,
)
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import ScoredNet, Target
from resnet_core.models import ResNet

SETTINGS = MethodSettings(num_samples=4, batch_size=8)


class LinearNet(nn.Module):
    """Its gradient is its weight, wherever one looks."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3 * 16 * 16, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.linear(pictures.flatten(1))


class GuidedReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp_min(0)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride] - torch asks for it so
        (x,) = ctx.saved_tensors
        return gradient.clamp_min(0) * (x > 0)


class GuidedModule(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return GuidedReLU.apply(x)


@pytest.fixture
def linear_net() -> LinearNet:
    torch.manual_seed(1)
    return LinearNet()


def scored(model: nn.Module, picture: Tensor) -> ScoredNet:
    wrapped = ScoredNet(model, Target(class_index=1))
    with torch.no_grad():
        wrapped(picture)
    return wrapped


def compute(method, model: nn.Module, picture: Tensor, settings: MethodSettings = SETTINGS):
    with lent(model):
        return method(scored(model, picture), picture, "stage2.0", settings).detach()


def with_guided_relus(model: nn.Module) -> nn.Module:
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.ReLU):
                setattr(parent, name, GuidedModule())
    return model


def test_methods_have_their_closed_forms_on_a_linear_net(
    linear_net: LinearNet, picture: Tensor
) -> None:
    weights = linear_net.linear.weight[1].detach().reshape(3, 16, 16)
    product = weights * picture[0]
    for method, expected in [
        (saliency, weights),
        (smooth_grad, weights),
        (guided_backprop, weights),
        (integrated_gradients, product),
    ]:
        values = compute(method, linear_net, picture)
        torch.testing.assert_close(values, expected, rtol=1e-4, atol=1e-6)


def test_occlusion_of_a_linear_net_is_what_the_squares_covered(
    linear_net: LinearNet, picture: Tensor
) -> None:
    weights = linear_net.linear.weight[1].detach().reshape(3, 16, 16)
    settings = MethodSettings(patch_share=0.25, stride_share=0.25)
    values = compute(occlusion, linear_net, picture, settings)
    blocks = functional.avg_pool2d((weights * picture[0]).sum(0)[None], 4) * 16
    expected = blocks.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)
    torch.testing.assert_close(values, expected.expand(3, -1, -1), rtol=1e-4, atol=1e-5)


def test_occlusion_equals_a_plain_loop_over_squares(net: ResNet, picture: Tensor) -> None:
    settings = MethodSettings(patch_share=0.3, stride_share=0.2)
    patch, stride = settings.patch_px(16), settings.stride_px(16)
    total, count = torch.zeros(16, 16), torch.zeros(16, 16)
    whole = net(picture)[0, 1].item()
    positions = [min(k * stride, 16 - 1) for k in range(-(-(16 - patch) // stride) + 1)]
    for top in positions:
        for left in positions:
            covered = picture.clone()
            covered[..., top : top + patch, left : left + patch] = 0
            total[top : top + patch, left : left + patch] += whole - net(covered)[0, 1].item()
            count[top : top + patch, left : left + patch] += 1
    values = compute(occlusion, net, picture, settings)[0]
    torch.testing.assert_close(values, total / count, rtol=1e-3, atol=1e-3)


def test_saliency_is_the_slope_of_the_score(net: ResNet, picture: Tensor) -> None:
    net, picture = net.double(), picture.double()
    gradient = compute(saliency, net, picture)
    step = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0)).double() * 1e-6
    rise = net(picture + step)[0, 1] - net(picture - step)[0, 1]
    torch.testing.assert_close((gradient * step[0]).sum(), rise / 2, rtol=1e-4, atol=1e-9)


def test_smooth_grad_without_noise_is_the_gradient(net: ResNet, picture: Tensor) -> None:
    quiet = MethodSettings(noise_share=0.0, num_samples=3)
    expected = compute(saliency, net, picture)
    torch.testing.assert_close(compute(smooth_grad, net, picture, quiet), expected)


def test_smooth_grad_depends_on_its_seed_alone(net: ResNet, picture: Tensor) -> None:
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = compute(smooth_grad, net, picture)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(2)
    assert torch.equal(compute(smooth_grad, net, picture), first)
    other = MethodSettings(num_samples=4, seed=1)
    assert not torch.equal(compute(smooth_grad, net, picture, other), first)


def test_integrated_gradients_add_up_to_the_rise_of_the_score(net: ResNet, picture: Tensor) -> None:
    values = compute(integrated_gradients, net, picture, MethodSettings(num_steps=300))
    rise = (net(picture) - net(torch.zeros_like(picture)))[0, 1].detach()
    torch.testing.assert_close(values.sum(), rise, rtol=0.02, atol=0.05)


def test_guided_backprop_equals_relus_with_a_guided_gradient(net: ResNet, picture: Tensor) -> None:
    values = compute(guided_backprop, net, picture)
    asking = picture.clone().requires_grad_()
    (expected,) = torch.autograd.grad(with_guided_relus(net)(asking)[0, 1], asking)
    torch.testing.assert_close(values, expected[0], rtol=1e-4, atol=1e-6)


def test_guided_backprop_equals_that_of_pytorch_grad_cam(net: ResNet, picture: Tensor) -> None:
    values = compute(guided_backprop, net, picture)
    theirs = GuidedBackpropReLUModel(net)(picture.clone().requires_grad_(), target_category=1)
    expected = torch.from_numpy(theirs).permute(2, 0, 1)
    largest = expected.abs().max()
    torch.testing.assert_close(values / largest, expected / largest, rtol=0, atol=1e-4)


def test_guided_grad_cam_is_guided_backprop_in_the_enlarged_map(
    net: ResNet, picture: Tensor
) -> None:
    cam = compute(grad_cam, net, picture)[None]
    large = functional.interpolate(cam, [16, 16], mode="bilinear")[0]
    expected = compute(guided_backprop, net, picture) * large
    torch.testing.assert_close(compute(guided_grad_cam, net, picture), expected)


def test_methods_leave_the_caller_s_picture_alone(net: ResNet, picture: Tensor) -> None:
    before = picture.clone()
    for method in (saliency, smooth_grad, integrated_gradients, guided_backprop, occlusion):
        compute(method, net, picture)
        assert not picture.requires_grad
        assert torch.equal(picture, before)
