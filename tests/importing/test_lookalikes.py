"""Nets that look like one that can be built, and are another, are never read in silence."""

import torch
import torchvision
from torch import Tensor, nn

from resnet_core.importing.recognising import recognise
from resnet_core.importing.settling import settle_reading
from resnet_core.models.operations import BlurPooling
from tests.importing.nets_anew import seeded, warm

SIDE_PX = 64


class Blurring(nn.Module):
    """A norm and a ReLU, and a blur that halves the map behind them."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.norm, self.blur = norm, BlurPooling()

    def forward(self, x: Tensor) -> Tensor:
        return self.blur(self.norm(x).relu())


def build_blurring() -> nn.Module:
    net = torchvision.models.resnet18(num_classes=5)
    for stage in (net.layer2, net.layer3, net.layer4):
        block = stage[0]
        assert isinstance(block, torchvision.models.resnet.BasicBlock)
        block.conv1.stride = (1, 1)
        block.bn1 = Blurring(block.bn1)
    return net


def test_a_blur_that_only_statistics_tell_of_is_named():
    theirs = warm(seeded(build_blurring), SIDE_PX, steps=20)
    state = {name.replace("bn1.norm", "bn1"): each for name, each in theirs.state_dict().items()}
    found = recognise(state)
    generator = torch.Generator().manual_seed(1)
    noise = {"noise": torch.randn(64, 3, SIDE_PX, SIDE_PX, generator=generator)}
    result = settle_reading(found.config, found.tensors, {}, noise)
    assert (result.answers["blur"], result.assumed) == ("yes", ("blur",)), (
        "an average looks so, too"
    )
    said = settle_reading(found.config, found.tensors, {"blur": "yes"}, noise)
    assert said.assumed == ()
