"""What nets of others cost, against torchvision's published figures and the lab's own count."""

import pytest
import torch
from torch import nn

from resnet_core.models import measure_cost, model_config
from resnet_core.others import asked_request
from resnet_core.others.building import library_facts
from resnet_core.others.cost import count_cost, measure_other_cost
from tests.others.builders import Tiny

_STATISTICS = 2
"""Numbers that a batch norm keeps for each channel: mean and spread of the batch."""


@pytest.mark.parametrize(
    "name",
    [
        "resnet50",
        "vgg16",
        "densenet121",
        "convnext_tiny",
        "efficientnet_b0",
        "mobilenet_v3_small",
        "mobilenet_v3_large",
        "googlenet",
        "vit_b_16",
        "swin_t",
    ],
)
def test_published_figures_are_met(name: str) -> None:
    request = asked_request(f"torchvision:{name}")
    cost, facts = measure_other_cost(request), library_facts(request)
    assert facts is not None
    assert cost.parameters == facts.parameters
    assert round(cost.macs / 1e9, 3) == facts.giga_macs


def test_memory_is_that_of_the_labs_own_count() -> None:
    # The lab counts a batch's statistics for every picture; they belong to the batch.
    cost = measure_other_cost(asked_request("torchvision:resnet18", image_size_px=64))
    own = measure_cost(model_config("resnet18", num_classes=1000), 64)
    norms = sum(each.output_shape[0] for each in own.layers if each.kind == "norm")
    expected = own.activation_mib - norms * _STATISTICS * 4 / 2**20
    assert cost.activation_mib == pytest.approx(expected)
    assert (cost.parameters, cost.macs) == (own.parameters, own.macs)


def test_every_module_has_its_own_share() -> None:
    cost = count_cost(Tiny(), (3, 16, 16), "tiny")
    layers = {layer.path: layer for layer in cost.layers}
    assert layers["body.conv"].macs == 16 * 16 * 6 * 3 * 9
    assert layers["body.deep"].macs == 8 * 8 * 5 * 6 * 9
    assert layers["head"].parameters == 5 * 4 + 4
    assert layers["body.conv"].output_shape == (6, 16, 16)
    assert layers["body.conv"].label == "3x3 conv 6"
    assert sum(layer.parameters for layer in cost.layers) == cost.parameters


def test_products_of_functions_are_the_net_itself() -> None:
    class Product(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(torch.rand(48, 2))

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return pictures.flatten(1) @ self.table

    (only,) = count_cost(Product(), (3, 4, 4), "product").layers
    assert (only.path, only.macs, only.parameters) == ("", 96, 96)


def test_counting_leaves_a_net_as_it_was() -> None:
    net = Tiny().eval()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    count_cost(net, (3, 16, 16), "tiny")
    assert not net.training
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
