"""Class activation maps against closed forms, their definitions, and two other libraries."""

from collections.abc import Callable

import pytest
import pytorch_grad_cam
import torch
import torchcam.methods
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from resnet_core.explain.cams import grad_cam, grad_cam_plus_plus, hires_cam, layer_cam
from resnet_core.explain.lending import lent
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import ScoredNet, Target
from resnet_core.models import ResNet
from tests.explain.conftest import PooledNet, small_net

SETTINGS = MethodSettings()
LAYERS = ("stem", "stage1.0", "stage2.0", "stage2.0.norm1", "stage3.0", "stage3.0.conv2")
CAMS = {
    "grad-cam": grad_cam,
    "grad-cam++": grad_cam_plus_plus,
    "hirescam": hires_cam,
    "layer-cam": layer_cam,
}


def compute(
    cam: Callable, model: nn.Module, picture: Tensor, layer: str, target: int = 1
) -> Tensor:
    with lent(model):
        return cam(ScoredNet(model, Target(class_index=target)), picture, layer, SETTINGS)[0]


def maps_and_gradient(
    model: nn.Module, picture: Tensor, layer: str, target: int = 1
) -> tuple[Tensor, Tensor]:
    """By plain autograd, without any of the package's hooks."""
    kept = []
    handle = model.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out))
    score = model(picture)[0, target]
    handle.remove()
    return kept[0][0].detach(), torch.autograd.grad(score, kept[0])[0][0]


def normalised(values: Tensor) -> Tensor:
    values = values - values.min()
    return values / values.max().clamp_min(1e-12)


def test_every_cam_has_its_closed_form_on_a_pooled_net(
    pooled_net: PooledNet, picture: Tensor
) -> None:
    maps = pooled_net.act(pooled_net.conv(picture))[0].detach()
    num_places = maps[0].numel()
    weights = pooled_net.classifier.weight[1].detach()[:, None, None] / num_places
    totals = maps.sum(dim=(1, 2), keepdim=True)
    alphas = 1 / (2 + totals * weights)
    expected = {
        "grad-cam": (weights * maps).sum(0).relu(),
        "grad-cam++": (num_places * alphas * weights.relu() * maps).sum(0).relu(),
        "hirescam": (weights * maps).sum(0),
        "layer-cam": (weights.relu() * maps).sum(0),
    }
    for name, cam in CAMS.items():
        values = compute(cam, pooled_net, picture, "act")
        torch.testing.assert_close(values, expected[name], rtol=1e-5, atol=1e-8)


def test_hires_cam_adds_up_to_the_score_without_its_bias(net: ResNet, picture: Tensor) -> None:
    net.classifier.bias.data = torch.arange(5.0)
    score = net(picture)[0, 1] - net.classifier.bias[1]
    values = compute(hires_cam, net, picture, "stage3.0")
    torch.testing.assert_close(values.sum(), score.detach(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_cam_follows_its_definition(net: ResNet, picture: Tensor, layer: str) -> None:
    maps, gradient = maps_and_gradient(net, picture, layer)
    height, width = maps.shape[1:]
    plus = torch.zeros(height, width)
    for channel, g in zip(maps, gradient, strict=True):
        alpha = torch.where(g == 0, 0, g**2 / (2 * g**2 + channel.sum() * g**3))
        plus += (alpha * g.relu()).sum() * channel
    expected = {
        "grad-cam": torch.stack(
            [g.mean() * channel for channel, g in zip(maps, gradient, strict=True)]
        )
        .sum(0)
        .relu(),
        "grad-cam++": plus.relu(),
        "hirescam": (gradient * maps).sum(0),
        "layer-cam": (gradient.relu() * maps).sum(0).relu(),
    }
    for name, cam in CAMS.items():
        values = compute(cam, net, picture, layer)
        torch.testing.assert_close(values, expected[name], rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("grad-cam", pytorch_grad_cam.GradCAM),
        ("grad-cam++", pytorch_grad_cam.GradCAMPlusPlus),
        ("hirescam", pytorch_grad_cam.HiResCAM),
        ("layer-cam", pytorch_grad_cam.LayerCAM),
    ],
)
def test_cams_equal_those_of_pytorch_grad_cam(
    net: ResNet, picture: Tensor, layer: str, name: str, theirs: type
) -> None:
    net.classifier.weight.data *= 100  # its Grad-CAM++ adds 1e-6 to squared gradients
    module = net.get_submodule(layer)
    with theirs(net, [module]) as extractor:
        extractor(picture.clone(), [ClassifierOutputTarget(1)])
        seen = extractor.activations_and_grads
        activations, gradients = seen.activations[0].numpy(), seen.gradients[0].numpy()
        raw = extractor.get_cam_image(picture, module, None, activations, gradients, False)
    expected = torch.from_numpy(raw[0]).relu()
    ours = compute(CAMS[name], net, picture, layer).relu()
    torch.testing.assert_close(normalised(ours), normalised(expected), rtol=0, atol=1e-4)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    ("name", "theirs"),
    [("grad-cam", torchcam.methods.GradCAM), ("layer-cam", torchcam.methods.LayerCAM)],
)
def test_cams_equal_those_of_torch_cam(
    net: ResNet, picture: Tensor, layer: str, name: str, theirs: type
) -> None:
    with theirs(net, layer) as extractor:
        expected = extractor(1, net(picture), normalized=False)[0][0]
    ours = compute(CAMS[name], net, picture, layer)
    torch.testing.assert_close(normalised(ours), normalised(expected), rtol=0, atol=1e-4)


@pytest.mark.parametrize("changes", [{"activation_order": "pre"}, {"norm": "none"}])
def test_cams_serve_other_kinds_of_net(changes: dict[str, str], picture: Tensor) -> None:
    model = small_net(**changes)
    maps, gradient = maps_and_gradient(model, picture, "stage2.0")
    values = compute(hires_cam, model, picture, "stage2.0")
    torch.testing.assert_close(values, (maps * gradient).sum(0), rtol=1e-4, atol=1e-5)
