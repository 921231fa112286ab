"""A net of others answers, explains and gives maps like the lab's own nets."""

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resnet_core.asking import OtherNet, load_other
from resnet_core.asking.trust import let_forget, score_chance, score_map
from resnet_core.errors import ProbeError
from resnet_core.explain import build_manifest, normalise_pictures
from resnet_core.others import asked_request
from resnet_core.others.layers import trace_layers

TINY = "tests.others.builders:tiny"


@pytest.fixture(scope="module")
def net() -> OtherNet:
    return load_other(asked_request(TINY))


@pytest.fixture
def pixels(net: OtherNet) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    return net.see_pixels(noise).pixels


def test_answer_is_the_nets_own_and_says_that_it_means_nothing(net, pixels) -> None:
    answer = net.answer(net.see_pixels(pixels))
    with torch.no_grad():
        expected = net.model(normalise_pictures(pixels, net.card))[0].numpy()
    assert answer.logits == pytest.approx(expected, rel=1e-5)
    assert "untrained" in answer.caution
    assert {score.class_name for score in answer.top(4)} == {"a", "b", "c", "d"}
    assert net.class_number("c") == 2


def test_layers_are_listed_and_the_deepest_is_taken(net) -> None:
    assert net.layer_paths() == ("body.conv", "body.norm", "body.act", "body.deep")
    assert net.first_path() == "body.deep"
    assert [layer.path for layer in net.layers][-1] == "body"
    assert "8x8 cells, one for each 2 px" in net.describe_path("body.deep")


def test_maps_are_what_each_layer_gave_although_the_net_writes_over_them(net, pixels) -> None:
    norm, deep = net.maps(pixels, ["body.norm", "body.deep"])
    batch = normalise_pictures(pixels, net.card)
    with torch.no_grad():
        expected = net.model.body.norm(net.model.body.conv(batch))
        last = net.model.body.deep(expected.relu())
    assert norm.maps == pytest.approx(expected[0].numpy(), rel=1e-4, abs=1e-6)
    assert (norm.maps < 0).any()  # its ReLU writes in place, and the one after the last layer
    assert deep.maps == pytest.approx(last[0].numpy(), rel=1e-4, abs=1e-6)
    assert deep.receptive_field_px is None
    assert net.model.body.act.inplace


def test_map_of_a_class_is_grad_cam_by_hand(net, pixels) -> None:
    found = net.explain(pixels, net.question(1))
    batch = normalise_pictures(pixels, net.card)
    maps = net.model.body(batch).detach().requires_grad_(True)
    net.model.head(maps.relu().mean(dim=(2, 3)))[0, 1].backward()
    assert maps.grad is not None
    weights = maps.grad.mean(dim=(2, 3), keepdim=True)
    expected = (weights * maps).sum(dim=1)[0].relu().detach().numpy()
    assert found.values == pytest.approx(expected, rel=1e-4, abs=1e-7)
    assert net.map_shape(net.question()) == (8, 8)


def test_map_is_scored_and_says_of_what_net_it_is(net, pixels) -> None:
    question = net.question(1)
    answer, scores = score_map(net, pixels, question)
    assert 0 <= scores.deletion.area <= 1
    assert len(score_chance(net, pixels, question).scores) > 1
    manifest = build_manifest(answer, net.card, pixels, "noise")
    assert manifest["net"]["architecture"] == TINY
    assert manifest["net"]["trained_on"] == "nothing"
    assert "untrained" in manifest["caution"]
    with pytest.raises(ProbeError, match="may forget one after the other is not known"):
        let_forget(net, pixels, question)


def test_layer_that_is_not_there_is_one_sentence(net, pixels) -> None:
    with pytest.raises(ProbeError, match=r"no layer 'body.deap' .* did you mean body.deep"):
        net.maps(pixels, ["body.deap"])
    with pytest.raises(ProbeError, match="no layer 'head' with height and width"):
        net.describe_path("head")


class Tokens(nn.Module):
    """A transformer's shape: patches, then layers whose outputs have no height and width."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 4, 4, stride=4)
        self.layers = nn.Sequential(*(nn.Linear(4, 4) for _ in range(5)))
        self.head = nn.Linear(4, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        tokens = self.patches(pictures).flatten(2).transpose(1, 2)
        return self.head(self.layers(tokens).mean(dim=1))


class Wrapper(nn.Module):
    """A net within a net, as training frameworks hold it."""

    def __init__(self) -> None:
        super().__init__()
        convolutions = [(f"conv{n}", nn.Conv2d(3, 3, 3, padding=1)) for n in range(3)]
        self.net = nn.Sequential(OrderedDict(convolutions))
        self.inner = _Inner(self.net)
        del self.net

    def forward(self, pictures: Tensor) -> Tensor:
        return self.inner(pictures)


class _Inner(nn.Module):
    def __init__(self, body: nn.Sequential) -> None:
        super().__init__()
        self.body = body

    def forward(self, pictures: Tensor) -> Tensor:
        return self.body(pictures).mean(dim=(2, 3))


def test_net_of_tokens_is_told_in_a_sentence() -> None:
    table = trace_layers(Tokens(), torch.rand(1, 3, 16, 16), "mine")
    assert "the outputs of 6 of its 7 layers with weights are tokens" in table.problem
    assert table.first == ""


def test_wrapper_around_all_of_a_net_is_opened() -> None:
    table = trace_layers(Wrapper(), torch.rand(1, 3, 16, 16), "mine")
    assert [layer.path for layer in table.coarse] == [f"inner.body.conv{n}" for n in range(3)]
    assert table.problem == ""


@pytest.mark.parametrize(
    ("name", "side_px", "first"),
    [
        ("vgg16", 64, "features.29"),
        ("densenet121", 64, "features.denseblock3"),
        ("convnext_tiny", 64, "features.6.0"),
        ("efficientnet_b0", 64, "features.5.2"),
        ("mobilenet_v3_small", 64, "features.8"),
        ("mobilenet_v3_large", 64, "features.12"),
        ("resnet50", 64, "layer3.5"),
        ("swin_t", 128, "permute"),
    ],
)
@pytest.mark.slow
def test_torchvisions_nets_give_maps(name: str, side_px: int, first: str) -> None:
    net = load_other(asked_request(f"torchvision:{name}", image_size_px=side_px))
    assert net.first_path() == first
    noise = np.random.default_rng(0).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    answer = net.explain(net.see_pixels(noise).pixels, net.question())
    assert answer.values.shape == (4, 4)
    assert np.isfinite(answer.values).all()
    for maps in net.maps(noise, net.layer_paths()):
        assert maps.maps.shape == (maps.point.channels, *maps.point.map_size_px)


@pytest.mark.slow
def test_maps_whose_channels_stand_last_are_those_of_the_layer() -> None:
    net = load_other(asked_request("torchvision:swin_t", image_size_px=64))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    found = {maps.point.path: maps.maps for maps in net.maps(noise, ["features.5", "permute"])}
    swin: Any = net.model
    with torch.no_grad():
        expected = swin.features[:6](normalise_pictures(noise, net.card))
        last = swin.norm(swin.features[6:](expected))
    for path, values in (("features.5", expected), ("permute", last)):
        (channels_last,) = values.numpy()
        assert found[path] == pytest.approx(channels_last.transpose(2, 0, 1), rel=1e-4, abs=1e-5)


def test_vision_transformer_says_what_is_missing() -> None:
    net = load_other(asked_request("torchvision:vit_b_32"))
    assert "are tokens without height and width" in net.layers_problem
    with pytest.raises(ProbeError, match="no feature maps and no CAM"):
        net.layer_paths()
    seen = net.see_pixels(np.zeros((300, 300, 3), np.uint8))
    assert net.answer(seen).logits.shape == (1000,)
    saliency = net.explain(seen.pixels, _saliency(net))
    assert saliency.values.shape == (224, 224)


def _saliency(net: OtherNet):
    from dataclasses import replace

    return replace(net.question(), method="saliency")
