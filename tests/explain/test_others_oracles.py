"""Maps of torchvision's nets against torch-cam and pytorch-grad-cam, and where those err.

Both programs keep the very tensor that leaves a layer.  Where the net writes over it in place, they
read what comes after, so that they are asked here about nets whose activations are not in place;
the lab is asked about the nets as torchvision builds them.
"""

import contextlib
import copy
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pytest
import pytorch_grad_cam
import torch
import torchcam.methods
import torchvision
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.explain import Question, Target
from resnet_core.explain.own_nets import attribute_own_net
from resnet_core.explain.removal import RemovalSettings, measure_removal, pixel_order

pytestmark = pytest.mark.extras
SIDE_PX = 64
LAYERS = [
    ("resnet18", "layer2"),
    ("resnet18", "layer3.1.conv1"),
    ("resnet18", "layer4"),
    ("mobilenet_v3_small", "features.3.block.0.0"),
    ("mobilenet_v3_small", "features.8"),
    ("efficientnet_b0", "features.4"),
    ("efficientnet_b0", "features.8.1"),
    ("convnext_tiny", "features.3"),
    ("convnext_tiny", "features.5.2.block.0"),
    ("vgg11", "features.8"),
    ("vgg11", "features.17"),
    ("vgg16", "features.24"),
    ("densenet121", "features.transition2"),
    ("densenet121", "features.denseblock3.denselayer4.norm2"),
    ("densenet121", "features"),
]
"""Blocks and stages, and convolutions and norms whose output an activation writes over."""
_IN_PLACE = ("relu", "silu", "hardswish", "hardsigmoid", "relu6")


@lru_cache(maxsize=1)
def build(name: str, scale: float = 1e6) -> nn.Module:
    """A net with random weights whose logits are far apart, in evaluation mode and float64.

    Denominators of Grad-CAM++, and HiResCAM's sums, cancel almost to nothing: in float32 that would
    be seen.
    """
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=None, num_classes=10)
    head = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    calibrate(model)
    with torch.no_grad():
        head.weight.mul_(scale)
    return model.eval().double()


def calibrate(model: nn.Module) -> None:
    """Gives batch norms the statistics of some pictures: untrained, signals fade on their way."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        model.train()(torch.randn(4, 3, SIDE_PX, SIDE_PX))


def picture() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(1, 3, SIDE_PX, SIDE_PX, generator=generator, dtype=torch.float64)


@torch.no_grad()
def predicted(model: nn.Module) -> int:
    """The class that is explained: for others a map may be empty."""
    return int(model(picture()).argmax())


class Unguarded(pytorch_grad_cam.GradCAMPlusPlus):
    """Its Grad-CAM++ without the 1e-6 that it adds to denominators.

    They are powers of gradients, of either sign.  Where gradients are small the 1e-6 is more than
    they are, and it moves the places where a denominator is zero and a weight without bounds.
    """

    def get_cam_weights(
        self,
        input_tensor: Any,
        target_layers: Any,
        target_category: Any,
        activations: Any,
        grads: Any,
    ) -> np.ndarray:
        denominators = 2 + activations.sum(axis=(2, 3), keepdims=True) * grads
        return (np.maximum(grads, 0) / denominators).sum(axis=(2, 3))


def explained(model: nn.Module) -> list[Any]:
    return [ClassifierOutputTarget(predicted(model))]


@contextlib.contextmanager
def out_of_place() -> Iterator[None]:
    """Lets every activation write into a tensor of its own."""
    before = {name: getattr(functional, name) for name in _IN_PLACE}

    def fresh(function: Callable[..., Tensor], x: Tensor, *_: Any, **__: Any) -> Tensor:
        return function(x)

    for name, function in before.items():
        setattr(functional, name, partial(fresh, function))
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(functional, name, function)


def ours(model: nn.Module, method: str, layer: str) -> np.ndarray:
    question = Question(method=method, layer=layer, target=Target())
    return attribute_own_net(model, picture(), question).values


def as_shown(values: np.ndarray) -> np.ndarray:
    """Cut off at zero, enlarged and scaled to 0..1 as pytorch-grad-cam does."""
    large = scale_cam_image(np.maximum(values, 0)[None], (SIDE_PX, SIDE_PX))
    return np.asarray(scale_cam_image(np.maximum(large, 0)))[0]


@pytest.mark.parametrize(
    ("method", "oracle"),
    [
        ("grad-cam", pytorch_grad_cam.GradCAM),
        ("grad-cam++", Unguarded),
        ("hirescam", pytorch_grad_cam.HiResCAM),
        ("layer-cam", pytorch_grad_cam.LayerCAM),
    ],
)
@pytest.mark.parametrize(("name", "layer"), LAYERS)
def test_maps_equal_those_of_pytorch_grad_cam(
    name: str, layer: str, method: str, oracle: type
) -> None:
    model = build(name)
    with out_of_place(), oracle(model, [model.get_submodule(layer)]) as extractor:
        expected = extractor(picture(), explained(model))[0]
    found = as_shown(ours(model, method, layer))
    assert found.max() > 0.99, "a map that is not empty"
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("layer", ["layer2", "layer3.1.conv1", "layer4"])
def test_guarded_grad_cam_plus_plus_is_the_same_where_gradients_are_large(layer: str) -> None:
    model = build("resnet18")
    with pytorch_grad_cam.GradCAMPlusPlus(model, [model.get_submodule(layer)]) as extractor:
        expected = extractor(picture(), explained(model))[0]
    assert as_shown(ours(model, "grad-cam++", layer)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("method", "oracle"),
    [("grad-cam", torchcam.methods.GradCAM), ("layer-cam", torchcam.methods.LayerCAM)],
)
@pytest.mark.parametrize(("name", "layer"), LAYERS)
def test_maps_equal_those_of_torch_cam(name: str, layer: str, method: str, oracle: type) -> None:
    model = build(name)
    with out_of_place(), oracle(model, layer) as extractor:
        logits = model(picture().requires_grad_())
        raw = extractor(int(logits.argmax()), logits, normalized=False)[0][0].detach().numpy()
    found = ours(model, method, layer)
    assert found / found.max() == pytest.approx(raw / raw.max(), abs=1e-4)


def test_torch_cams_grad_cam_plus_plus_forgets_its_denominator() -> None:
    """It divides a copy (`alpha[mask].div_`), so that its weights are those of g^2 alone."""
    model, layer = build("resnet18"), "layer3"
    with torchcam.methods.GradCAMpp(model, layer) as extractor:
        logits = model(picture().requires_grad_())
        raw = extractor(int(logits.argmax()), logits, normalized=False)[0][0].detach().numpy()
        maps, gradients = extractor.hook_a[0][0], extractor.hook_g[0][0]
    weights = (gradients**2 * gradients.relu()).sum(dim=(1, 2), keepdim=True)
    undivided = (weights * maps).sum(dim=0).relu().numpy()
    assert raw == pytest.approx(undivided, rel=1e-4)
    alphas = 1 / (2 + maps.sum(dim=(1, 2), keepdim=True) * gradients)
    weights = (alphas * gradients.relu()).sum(dim=(1, 2), keepdim=True)
    divided = (weights * maps).sum(dim=0).relu().numpy()
    found = ours(model, "grad-cam++", layer)
    assert found / found.max() == pytest.approx(divided / divided.max(), abs=1e-4)


@pytest.mark.parametrize(
    ("name", "layer"), [("resnet18", "layer1"), ("mobilenet_v3_small", "features.3.block.0.0")]
)
def test_score_cam_equals_that_of_pytorch_grad_cam(
    name: str, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its masks are enlarged corner to corner; they are enlarged here as pictures are."""
    model = build(name, 1.0)  # with logits far apart a single map would have all the weight
    as_pictures = partial(nn.Upsample, mode="bilinear", align_corners=False)
    monkeypatch.setattr(torch.nn, "UpsamplingBilinear2d", as_pictures)
    monkeypatch.setattr("pytorch_grad_cam.score_cam.tqdm.tqdm", lambda steps: steps)
    with out_of_place():
        extractor = pytorch_grad_cam.ScoreCAM(model, [model.get_submodule(layer)])
        expected = extractor(picture(), explained(model))[0]
        extractor.activations_and_grads.release()
    assert as_shown(ours(model, "score-cam", layer)) == pytest.approx(expected, abs=1e-4)


def test_maps_with_channels_last_equal_those_of_pytorch_grad_cam() -> None:
    model, layer = build("swin_t"), "features.3"
    extractor = pytorch_grad_cam.GradCAM(
        model, [model.get_submodule(layer)], reshape_transform=lambda t: t.permute(0, 3, 1, 2)
    )
    expected = extractor(picture(), explained(model))[0]
    extractor.activations_and_grads.release()
    assert as_shown(ours(model, "grad-cam", layer)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "layer"), [("resnet18", "layer3"), ("mobilenet_v3_small", "features.8")]
)
def test_insertion_and_deletion_are_those_of_pictures_made_by_hand(name: str, layer: str) -> None:
    model, settings = build(name, 10.0), RemovalSettings(num_steps=4)
    seen, single = picture().float(), copy.deepcopy(model).float()
    values, asked = ours(model, "grad-cam", layer), predicted(model)
    deletion, insertion = measure_removal(single, seen, values, asked, settings=settings)
    places = pixel_order(values, SIDE_PX, settings.seed)
    for share, found in zip(deletion.shares, deletion.probabilities, strict=True):
        without = seen.clone().flatten(2)
        without[:, :, places[: round(float(share) * SIDE_PX**2)]] = 0.0
        with torch.no_grad():
            logits = single(without.view(1, 3, SIDE_PX, SIDE_PX))
        assert found == pytest.approx(logits.softmax(dim=1)[0, asked].item(), abs=1e-4)
    assert insertion.probabilities[-1] == pytest.approx(deletion.probabilities[0], abs=1e-4)
