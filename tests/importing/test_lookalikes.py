"""Nets that look like one that can be built, and are another, are never read in silence."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.errors import CheckpointError
from resnet_core.importing import CheckedFile, ImportRequest, import_checkpoint
from resnet_core.importing.described import Described
from resnet_core.importing.doubts import warning_sentences
from resnet_core.importing.recognising import recognise
from resnet_core.importing.settling import Settled, settle_reading
from resnet_core.models import build_model, model_config
from resnet_core.models.operations import BlurPooling
from tests.importing.conftest import saved
from tests.importing.nets_anew import Bottleneck, Net, Post, seeded, warm

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


# Strides, averages and activations that the lab does not build


def small(*, pool: bool = False, stem: tuple[int, int] = (3, 1)) -> Net:
    return Net(Post, (1, 1, 1), skip="downsample", pool=pool, stem=stem)


def last_stage_kept(net: Net) -> Net:
    for module in net.get_submodule("layer3").modules():
        if isinstance(module, nn.Conv2d):
            module.stride = (1, 1)
    return net


class Activated(Net):
    """A net whose ReLUs are another function."""

    def __init__(self, activation: Callable[[Tensor], Tensor]) -> None:
        super().__init__(Post, (1, 1, 1), skip="downsample")
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(functional, "relu", self.activation)
            return super().forward(x)


class Averaged(nn.Module):
    """The average of 2x2 pixels before a projection."""

    def __init__(self, convolution: nn.Module) -> None:
        super().__init__()
        self.convolution = convolution

    def forward(self, x: Tensor) -> Tensor:
        return self.convolution(functional.avg_pool2d(x, 2))


def averaging_projections() -> Net:
    net: Any = small()
    for layer in (net.layer2, net.layer3):
        projection = layer[0].downsample
        projection[0].stride = (1, 1)
        projection[0] = Averaged(projection[0])
    return net


def averaging_bottlenecks() -> Net:
    """The 3x3 of stride 1 and an average of 2x2 pixels behind its ReLU, as in timm's resnetaa50."""
    net: Any = Net(Bottleneck, (1, 1, 1), expansion=4)
    for layer in (net.layer2, net.layer3):
        block = layer[0]
        block.conv2.stride = (1, 1)
        block.conv3 = Averaged(block.conv3)
    return net


def settled(net: nn.Module) -> tuple[Settled, nn.Module]:
    """What is read of a net, and the lab's own net of that."""
    state = {name.replace(".convolution", ""): each for name, each in net.state_dict().items()}
    found = recognise(state)
    generator = torch.Generator().manual_seed(1)
    noise = {"noise": torch.randn(64, 3, 32, 32, generator=generator)}
    result = settle_reading(found.config, found.tensors, {}, noise)
    ours = build_model(result.config)
    ours.load_state_dict(dict(found.tensors))
    return result, ours.eval()


ALIKE: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "last stage": (lambda: last_stage_kept(small()), "last stage"),
    "stem of stride 2": (lambda: small(stem=(3, 2)), "halves its pictures in its stem"),
    "and a pooling": (lambda: small(stem=(3, 2), pool=True), "halves its pictures in its stem"),
    "7x7 of stride 1": (lambda: small(stem=(7, 1)), "does not halve its pictures in its stem"),
    "average": (averaging_bottlenecks, "averages 2x2 pixels where its maps shrink"),
    "SiLU": (lambda: Activated(functional.silu), "has SiLU in place of ReLU"),
    "GELU": (lambda: Activated(functional.gelu), "has GELU in place of ReLU"),
    "leaky": (lambda: Activated(partial(functional.leaky_relu, negative_slope=0.1)), "leaky ReLU"),
}


@pytest.mark.parametrize("case", ALIKE)
def test_net_of_the_same_tensors_that_cannot_be_built_is_told(case):
    build, what = ALIKE[case]
    result, _ = settled(warm(seeded(build)))
    assert what in result.alike


@pytest.mark.parametrize("build", [small, partial(small, pool=True), averaging_projections])
def test_net_that_can_be_built_has_no_lookalike(build):
    theirs = warm(seeded(build))
    result, ours = settled(theirs)
    assert (result.alike, result.assumed) == ("", ())
    expected = "D" if build is averaging_projections else "B"
    assert result.config.shortcut == expected
    generator = torch.Generator().manual_seed(2)
    pictures = torch.randn(2, 3, 32, 32, generator=generator)
    with torch.no_grad():
        torch.testing.assert_close(ours(pictures), theirs(pictures), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("alike", ["", "does not shrink its maps in its last stage"])
def test_warning_speaks_of_a_lookalike_where_there_is_one(alike):
    checked = CheckedFile(
        model=model_config("resnet20"),
        family="akamaster",
        path="",
        beside=(),
        mean=(),
        std=(),
        is_normalised=False,
        answers={},
        assumed=(),
        distance=0.05,
        alike=alike,
        left_out={},
        described=Described(),
    )
    sentences = warning_sentences(checked)
    assert [alike in sentence for sentence in sentences] == ([True] if alike else [])


def test_lookalike_is_refused(checker, home):
    file = saved(warm(seeded(lambda: last_stage_kept(small()))).state_dict())
    with pytest.raises(CheckpointError, match="tell of a net that does not shrink its maps"):
        import_checkpoint(file, ImportRequest(name="a"), file_name="a.pth", checker=checker)
