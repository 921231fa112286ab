"""Maps of any module: the lab's own, torchvision's against another program, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torchcam.methods import GradCAM, LayerCAM
from torchvision.models import SwinTransformer, densenet121, resnet18

from resnet_core.errors import ProbeError
from resnet_core.explain import Question, Target, attribute
from resnet_core.explain.own_nets import attribute_own_net
from resnet_core.models import build_model, model_config, torchvision_state


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    return torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def stranger() -> nn.Module:
    torch.manual_seed(0)
    return resnet18(num_classes=10).eval()


@pytest.mark.parametrize("method", ["grad-cam", "layer-cam", "score-cam", "saliency"])
def test_one_of_the_labs_nets_gets_the_same_map(method: str) -> None:
    model = build_model(model_config("resnet8")).eval()
    question = Question(method=method, layer="stage2.0", target=Target(class_index=3))
    seen = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    expected, found = attribute(model, seen, question), attribute_own_net(model, seen, question)
    assert np.array_equal(found.values, expected.values)
    assert replace(found.target) == expected.target and found.layer == expected.layer


@pytest.mark.parametrize(("method", "oracle"), [("grad-cam", GradCAM), ("layer-cam", LayerCAM)])
def test_torchvisions_net_gets_the_map_of_another_program(
    method: str, oracle: type, stranger: nn.Module, picture: torch.Tensor
) -> None:
    found = attribute_own_net(
        stranger, picture, Question(method=method, layer="layer3", target=Target(class_index=7))
    )
    with oracle(stranger, "layer3") as extractor:
        (expected,) = extractor(7, stranger(picture.clone().requires_grad_()), normalized=False)
    assert found.values == pytest.approx(expected[0].detach().numpy(), abs=1e-4)
    assert found.logits == pytest.approx(stranger(picture)[0].detach().numpy(), abs=1e-5)


def test_layer_without_a_name_is_the_deepest_that_tells_places_apart(
    stranger: nn.Module, picture: torch.Tensor
) -> None:
    found = attribute_own_net(stranger, picture, Question())
    assert (found.layer, found.values.shape) == ("layer3", (4, 4))
    assert found.target.class_index == int(stranger(picture).argmax())


def test_what_cannot_be_asked_is_a_sentence(stranger: nn.Module, picture: torch.Tensor) -> None:
    with pytest.raises(ProbeError, match=r"no layer 'layer9' .* did you mean layer"):
        attribute_own_net(stranger, picture, Question(layer="layer9"))
    with pytest.raises(ProbeError, match="classes are numbered 0 to 9"):
        attribute_own_net(stranger, picture, Question(target=Target(class_index=10)))
    with pytest.raises(ProbeError, match=r"shape \(1, C, S, S\), got \(3, 64, 64\)"):
        attribute_own_net(stranger, picture[0], Question())
    with pytest.raises(ProbeError, match="not finite numbers"):
        attribute_own_net(stranger, picture / 0, Question())
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 2))
    with pytest.raises(ProbeError, match="nothing to take a map from"):
        attribute_own_net(flat, picture, Question())


@pytest.mark.parametrize("method", ["grad-cam", "grad-cam++", "layer-cam", "score-cam", "hirescam"])
def test_layer_that_is_written_over_has_its_own_map(method: str, picture: torch.Tensor) -> None:
    theirs = resnet18(num_classes=10).eval()  # its blocks add to the output of `bn2` in place
    ours = build_model(model_config("resnet18")).eval()
    ours.load_state_dict(torchvision_state(theirs.state_dict()))
    question = Question(method=method, layer="layer3.1.bn2", target=Target(class_index=3))
    expected = attribute(ours, picture, replace(question, layer="stage3.1.norm2"))
    found = attribute_own_net(theirs, picture, question)
    assert found.values == pytest.approx(expected.values, rel=1e-4, abs=1e-5)
    assert found.layer == "layer3.1.bn2"


def test_maps_with_channels_last_are_those_of_the_same_maps_turned(picture: torch.Tensor) -> None:
    torch.manual_seed(0)
    swin = SwinTransformer([4, 4], 8, [2, 2], [2, 2], [2, 2], num_classes=4).eval()
    last = attribute_own_net(swin, picture, Question(layer="norm"))
    turned = attribute_own_net(swin, picture, Question(layer="permute"))
    assert np.array_equal(last.values, turned.values) and last.values.shape == (8, 8)
    assert last.values.max() > 0


def test_module_called_several_times_is_asked_about_its_last_call(picture: torch.Tensor) -> None:
    theirs = resnet18(num_classes=10).eval()
    block = attribute_own_net(theirs, picture, Question(method="layer-cam", layer="layer3.1"))
    relu = attribute_own_net(theirs, picture, Question(method="layer-cam", layer="layer3.1.relu"))
    assert np.array_equal(block.values, relu.values)


def test_net_is_left_without_the_place_that_was_listened_at(
    stranger: nn.Module, picture: torch.Tensor
) -> None:
    modules, before = len(list(stranger.modules())), stranger(picture)
    attribute_own_net(stranger, picture, Question(method="layer-cam"))
    assert len(list(stranger.modules())) == modules
    assert not any(module._forward_hooks for module in stranger.modules())
    assert torch.equal(stranger(picture), before)


def test_in_place_functions_of_densenet_do_not_matter(picture: torch.Tensor) -> None:
    model = densenet121(num_classes=4).eval()
    found = attribute_own_net(model, picture, Question(method="layer-cam", layer="features"))
    maps = model.features(picture).detach().requires_grad_()
    pooled = maps.relu().mean(dim=(2, 3))
    (gradient,) = torch.autograd.grad(model.classifier(pooled)[0, found.target.class_index], maps)
    expected = (gradient[0].relu() * maps[0]).sum(dim=0).relu()
    assert found.values == pytest.approx(expected.detach().numpy(), rel=1e-4, abs=1e-5)
