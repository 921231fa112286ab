"""Gradients and maps of any module, against autograd by hand and the measurement of the lab's."""

import copy
import re

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.errors import ProbeError
from resnet_core.models import build_model, model_config
from resnet_core.probes.batches import BatchSpec, draw_batch, fit_config
from resnet_core.probes.gradients import measure_gradients
from resnet_core.probes.own_nets import list_spatial_layers, measure_layer_gradients


class Odd(nn.Module):
    """Called in another order than it is written, one layer twice, one never, one without grad."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(8, 3)
        self.unused = nn.Linear(2, 2)
        self.twice = nn.Linear(8, 8)
        self.norm = nn.BatchNorm1d(8)
        self.frozen = nn.Linear(4, 8).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.frozen(x))
        return self.head(self.twice(functional.relu(self.twice(x))))


def batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(6, 4, generator=generator), torch.tensor([0, 1, 2, 0, 1, 2])


def test_norms_are_those_of_autograd_in_the_order_of_the_pass() -> None:
    torch.manual_seed(0)
    model, (images, labels) = Odd(), batch()
    by_hand = copy.deepcopy(model).train().requires_grad_(True)
    loss = functional.cross_entropy(by_hand(images), labels)
    loss.backward()
    found = measure_layer_gradients(model, images, labels)
    assert found.layers == ("frozen", "twice", "head", "unused")
    gradients = [by_hand.get_parameter(f"{path}.weight").grad for path in found.layers[:3]]
    norms = [gradient.norm().item() for gradient in gradients if gradient is not None]
    assert found.weight_norms[:3] == pytest.approx(norms, rel=1e-5)
    assert np.isnan(found.weight_norms[3]), "a gap, and no zero"
    assert found.loss == pytest.approx(loss.item())


def test_net_is_left_as_it_was() -> None:
    model, (images, labels) = Odd().eval(), batch()
    before = copy.deepcopy(model.state_dict())
    measure_layer_gradients(model, images, labels)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any(module.training for module in model.modules())
    assert all(weight.grad is None for weight in model.parameters())
    assert not model.frozen.weight.requires_grad and model.head.weight.requires_grad
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_one_of_the_labs_nets_has_the_norms_of_its_own_measurement() -> None:
    spec = BatchSpec(num_pictures=4)
    profile = measure_gradients(model_config("resnet8"), batch=spec, seeds=(3,))
    config = fit_config(model_config("resnet8"), spec)
    drawn = draw_batch(config, spec, seed=3)
    found = measure_layer_gradients(build_model(config, seed=3), drawn.images, drawn.labels)
    norms = dict(zip(found.layers, found.weight_norms, strict=True))
    expected = dict(zip(profile.layers, profile.weight_norms[0], strict=True))
    assert norms == pytest.approx(expected, rel=1e-4)
    assert found.loss == pytest.approx(profile.losses[0], rel=1e-4)


def test_loss_may_be_ones_own() -> None:
    model, images = nn.Linear(4, 1), batch()[0]
    found = measure_layer_gradients(
        model, images, images[:, :1], loss=lambda answer, wanted: (answer - wanted).abs().sum()
    )
    assert found.layers == ("",)
    signs = (model(images) - images[:, :1]).sign()
    assert found.weight_norms[0] == pytest.approx((signs * images).sum(dim=0).norm().item())


def test_what_cannot_be_measured_is_a_sentence() -> None:
    images, labels = batch()
    with pytest.raises(ProbeError, match="no layer with a weight"):
        measure_layer_gradients(nn.BatchNorm1d(4), images, labels)
    endless = nn.Linear(4, 3)
    nn.init.constant_(endless.weight, float("inf"))
    with pytest.raises(ProbeError, match="not finite at"):
        measure_layer_gradients(endless, images, labels)
    with pytest.raises(ProbeError, match=r"logits of the shape \(N, K\)"):
        list_spatial_layers(nn.Conv2d(3, 2, 3), torch.rand(1, 3, 8, 8))


class RootOfNothing(nn.Sequential):
    """Its loss is finite and its gradient is no number: the slope of a root at 0 times 0."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - as its base calls it
        return self[1]((self[0](input) * 0).sqrt())


def test_a_gradient_that_is_no_number_is_not_taken_for_none() -> None:
    net = RootOfNothing(nn.Linear(4, 4), nn.Linear(4, 3))
    images, labels = batch()
    assert torch.isfinite(functional.cross_entropy(net(images), labels))
    with pytest.raises(ProbeError, match="not finite at 0: take smaller weights"):
        measure_layer_gradients(net, images, labels)


def test_spatial_layers_stand_in_the_order_in_which_they_end() -> None:
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU()),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 2),
    )
    found = list_spatial_layers(model, torch.rand(1, 3, 8, 6))
    assert [(each.path, each.channels, each.map_size_px) for each in found] == [
        ("0.0", 4, (4, 3)),
        ("0.1", 4, (4, 3)),
        ("0", 4, (4, 3)),
        ("1", 4, (1, 1)),
    ]


def test_layers_tell_their_kind_and_their_calls() -> None:
    relu = nn.ReLU(inplace=True)
    block = nn.Sequential(nn.Conv2d(3, 4, 1), relu, nn.Conv2d(4, 4, 1), relu)
    model = nn.Sequential(block, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    found = {each.path: each for each in list_spatial_layers(model, torch.rand(1, 3, 8, 6))}
    assert [(each.kind, each.num_calls) for each in found.values()] == [
        ("Conv2d", 1),
        ("Conv2d", 1),
        ("ReLU", 2),
        ("Sequential", 1),
        ("AdaptiveAvgPool2d", 1),
    ]
    assert found["0.1"].label == "0.1  (ReLU, 8x6, 4 channels, last of 2 calls)"


@pytest.mark.parametrize(
    ("name", "last", "first"),
    [
        ("convnext_tiny", ("features.1.0.block.2", (16, 16), 96), ("features.1.0.block", 96)),
        ("swin_t", ("features.1.1.attn", (16, 16), 96), ("permute", 768)),
    ],
)
def test_channels_that_stand_last_are_told(
    name: str, last: tuple[str, tuple[int, int], int], first: tuple[str, int]
) -> None:
    model = torchvision.models.get_model(name, weights=None)
    layers = list_spatial_layers(model, torch.rand(1, 3, 64, 64))
    found = {each.path: each for each in layers}
    told = found[last[0]]
    assert (told.map_axes, told.map_size_px, told.channels) == ("NHWC", *last[1:])
    assert "96 channels, channels last" in told.label
    assert (found[first[0]].map_axes, found[first[0]].channels) == ("NCHW", first[1])
    blocks = [each for path, each in found.items() if re.fullmatch(r"features\.\d\.\d", path)]
    wanted = "NHWC" if name == "swin_t" else "NCHW"
    assert {each.map_axes for each in blocks if each.kind.endswith("Block")} == {wanted}


def test_weights_of_attention_are_no_maps() -> None:
    class Attending(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches, self.weigh = nn.Conv2d(3, 8, 4, stride=4), nn.Softmax(dim=-1)
            self.head = nn.Linear(8, 2)

        def forward(self, x: Tensor) -> Tensor:
            tokens = self.patches(x).flatten(2).transpose(1, 2).unflatten(2, (2, 4))
            heads = tokens.transpose(1, 2)  # (N, heads, T, 4)
            weights = self.weigh(heads @ heads.transpose(2, 3))  # (N, heads, T, T)
            return self.head((weights @ heads).transpose(1, 2).flatten(2).mean(dim=1))

    found = list_spatial_layers(Attending(), torch.rand(1, 3, 8, 8))
    assert [each.path for each in found] == ["patches"]
