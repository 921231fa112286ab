"""Every family's net, written anew, gives the logits of the net that was saved."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
import torch
import torchvision
from torch import Tensor, nn

from resnet_core.importing.readings import open_questions
from resnet_core.importing.recognising import recognise
from resnet_core.importing.settling import Settled, settle_reading
from resnet_core.models import build_model
from tests.importing.nets_anew import (
    Bare,
    Bottleneck,
    Net,
    Post,
    Pre,
    Renaming,
    Textbook,
    renamed,
    seeded,
    warm,
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A net of somebody's, the names that its file has, and what is right."""

    build: Callable[[], nn.Module]
    names: tuple[Renaming, ...] = ()
    family: str = ""
    answers: dict[str, str] = field(default_factory=dict[str, str])
    side_px: int = 32


WEIAICUNZAI: tuple[Renaming, ...] = (
    (r"^conv1\.", "conv1.0."),
    (r"^bn1\.", "conv1.1."),
    (r"^layer(\d)", lambda match: f"conv{int(match[1]) + 1}_x"),
    (r"(_x\.\d+)\.conv1", r"\1.residual_function.0"),
    (r"(_x\.\d+)\.bn1", r"\1.residual_function.1"),
    (r"(_x\.\d+)\.conv2", r"\1.residual_function.3"),
    (r"(_x\.\d+)\.bn2", r"\1.residual_function.4"),
)
HUGGING_FACE: tuple[Renaming, ...] = (
    (r"^conv1", "resnet.embedder.embedder.convolution"),
    (r"^bn1", "resnet.embedder.embedder.normalization"),
    (r"^layer(\d)\.(\d)", lambda m: f"resnet.encoder.stages.{int(m[1]) - 1}.layers.{m[2]}"),
    (r"\.conv(\d)\.", lambda m: f".layer.{int(m[1]) - 1}.convolution."),
    (r"\.bn(\d)\.", lambda m: f".layer.{int(m[1]) - 1}.normalization."),
    (r"shortcut\.0", "shortcut.convolution"),
    (r"shortcut\.1", "shortcut.normalization"),
    (r"^fc", "classifier.1"),
)
NUMBERS: tuple[Renaming, ...] = (
    (r"^conv1", "0"),
    (r"^bn1", "1"),
    (r"^layer(\d)", lambda match: str(int(match[1]) + 3)),
    (r"^fc", "9"),
)
RESNEXT = (
    (r"conv1\.(?=.*)", "conv1."),
    (r"(layer.*)conv1", r"\1conv_reduce"),
    (r"(layer.*)conv2", r"\1conv_conv"),
    (r"(layer.*)conv3", r"\1conv_expand"),
    (r"(layer.*)bn1", r"\1bn_reduce"),
    (r"(layer.*)bn2", r"\1bn"),
    (r"(layer.*)bn3", r"\1bn_expand"),
)
IMAGENET = {"stem": (7, 2), "pool": True}
CASES = {
    "the blog's ResNet": Case(build=partial(Net, **IMAGENET), side_px=64),
    "the blog's with a 3x3 stem": Case(build=Net, answers={"stem_pool": "none"}),
    "akamaster, option A": Case(
        build=partial(Net, option="A", head="linear"),
        family="akamaster",
        answers={"skips": "zeros-around"},
    ),
    "akamaster, option B": Case(build=partial(Net, head="linear"), family="akamaster"),
    "zeros behind": Case(
        build=partial(Net, option="A behind", head="linear"), answers={"skips": "zeros-behind"}
    ),
    "a plain net": Case(build=partial(Net, option="plain"), answers={"skips": "plain"}),
    "kuangliu": Case(build=partial(Net, blocks=(1, 1, 1, 1), head="linear"), family="kuangliu"),
    "kuangliu, bottleneck": Case(
        build=partial(Net, Bottleneck, (1, 1, 1, 1), skip="shortcut", head="linear", expansion=4),
        family="kuangliu",
    ),
    "kuangliu's PreActResNet": Case(
        build=partial(Net, Pre, (2, 1, 1, 1), stem_norm=False, head="linear"),
        family="kuangliu",
        answers={"pre_shortcut": "projections"},
    ),
    "kuangliu's SENet": Case(
        build=partial(Net, Pre, (1, 1, 1, 1), gate=4, head="linear"),
        family="kuangliu",
    ),
    "kuangliu's SENet of basic blocks": Case(
        build=partial(Net, Post, (1, 1, 1, 1), gate=4, head="linear"),
        family="kuangliu",
    ),
    "kuangliu's ResNeXt29": Case(
        build=partial(
            Net,
            Bottleneck,
            (1, 1, 1),
            stem=(1, 1),
            groups=2,
            widen=2,
            skip="shortcut",
            head="linear",
            expansion=2,
        ),
    ),
    "chenyaofo": Case(build=partial(Net, skip="downsample"), family="bearpaw or chenyaofo"),
    "bearpaw, 9n+2": Case(
        build=partial(Net, Bottleneck, (1, 1, 1), expansion=4), family="bearpaw or chenyaofo"
    ),
    "bearpaw's PreResNet": Case(
        build=partial(
            Net, Pre, (1, 1, 1), skip="downsample", source="raw", stem_norm=False, final_norm=True
        ),
        answers={"pre_shortcut": "raw"},
    ),
    "weiaicunzai": Case(build=Net, names=WEIAICUNZAI, family="weiaicunzai"),
    "huyvnphan": Case(
        build=partial(Net, blocks=(1, 1, 1, 1), skip="downsample", pool=True),
        answers={"stem_pool": "keep"},
    ),
    "Hugging Face": Case(
        build=partial(Net, blocks=(2, 1, 1, 1), **IMAGENET),
        names=HUGGING_FACE,
        family="Hugging Face",
        side_px=64,
    ),
    "numbers of nn.Sequential": Case(build=partial(Net, **IMAGENET), names=NUMBERS, side_px=64),
    "ResNeXt's conv_reduce": Case(
        build=partial(Net, Bottleneck, (1, 1, 1), groups=2, expansion=4), names=RESNEXT
    ),
    "stride on the first 1x1": Case(
        build=partial(Net, Bottleneck, (1, 1, 1, 1), first=True, expansion=4, **IMAGENET),
        answers={"stride_on": "1x1"},
        side_px=64,
    ),
    "biases before norms": Case(build=partial(Net, bias=True)),
    "identity_downsample": Case(
        build=partial(Net, Bottleneck, (1, 1, 1, 1), skip="identity_downsample", expansion=4)
    ),
    "backbone beside head": Case(build=Net, names=((r"^(?!fc)", "backbone."), (r"^fc", "head.fc"))),
    "gates below se": Case(
        build=partial(Net, gate=4, **IMAGENET),
        names=((r"(layer\d\.\d)\.fc(\d)", r"\1.se.fc\2"),),
        family="timm",
        side_px=64,
    ),
    "gates of squeeze and excitation": Case(
        build=partial(Net, gate=4),
        names=((r"\.fc1\.", ".excitation.0."), (r"\.fc2\.", ".excitation.2.")),
    ),
    "se_module beside layer0": Case(
        build=partial(Net, gate=4, **IMAGENET),
        names=(
            (r"(layer\d\.\d)\.fc(\d)", r"\1.se_module.fc\2"),
            (r"^(conv1|bn1)", r"layer0.\1"),
            (r"^fc", "last_linear"),
        ),
        side_px=64,
    ),
    "stages of ModuleLists": Case(
        build=Net,
        names=((r"^layer(\d)\.(\d)", lambda m: f"stages.{int(m[1]) - 1}.blocks.{m[2]}"),),
    ),
    "convolutions in units": Case(
        build=Net,
        names=(
            (r"(layer\d\.\d)\.conv(\d)", r"\1.unit\2.0"),
            (r"(layer\d\.\d)\.bn(\d)", r"\1.unit\2.1"),
            (r"^conv1", "stem.0"),
            (r"^bn1", "stem.1"),
        ),
    ),
    "projection called conv3, with a bias": Case(build=partial(Net, Textbook)),
    "blocks without stages": Case(
        build=Net, names=((r"layer(\d)\.0", r"block\1"), (r"^fc", "head.1"))
    ),
}


def settled(state: dict[str, Tensor], side_px: int) -> tuple[Settled, nn.Module]:
    """What is made of a file's tensors, with noise to measure on."""
    found = recognise({"state_dict": state})
    noise = torch.randn(
        64, found.config.in_channels, side_px, side_px, generator=torch.Generator().manual_seed(1)
    )
    result = settle_reading(found.config, found.tensors, {}, {"noise": noise})
    ours = build_model(result.config)
    ours.load_state_dict(dict(found.tensors))
    return result, ours.eval()


def assert_equal_logits(ours: nn.Module, theirs: nn.Module, side_px: int, channels: int = 3):
    x = torch.randn(4, channels, side_px, side_px, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        expected = theirs(x)
        worst = (ours(x) - expected).abs().max() / expected.abs().max()
    assert worst < 1e-4


@pytest.mark.parametrize("kind", CASES)
def test_logits_are_those_of_the_net_that_was_saved(kind):
    case = CASES[kind]
    theirs = warm(seeded(case.build), case.side_px)
    state = renamed(theirs, *case.names)
    result, ours = settled(dict(state), case.side_px)
    assert_equal_logits(ours, theirs, case.side_px)
    assert case.answers.items() <= result.answers.items()
    assert not set(case.answers) & set(result.assumed)
    assert recognise(dict(state)).family == case.family or not case.family


@pytest.mark.parametrize(
    "prefix", ["module.", "model.", "net.", "backbone.", "encoder.", "_orig_mod.", "0.", "a.b.c."]
)
def test_prefixes_say_nothing(prefix):
    theirs = warm(seeded(Net))
    state = {f"{prefix}{key}": tensor for key, tensor in theirs.state_dict().items()}
    _, ours = settled(state, 32)
    assert_equal_logits(ours, theirs, 32)


@pytest.mark.parametrize("skip", ["shortcut", "downsample", "skip", "projection", "identity_conv"])
@pytest.mark.parametrize("head", ["fc", "linear", "classifier", "head.1", "out.0"])
def test_names_of_shortcut_and_classifier_are_independent(skip, head):
    theirs = seeded(partial(Net, skip=skip))
    state = renamed(theirs, (r"^fc", head))
    found = recognise(dict(state))
    assert found.config.shortcut == "B"
    assert torch.equal(found.tensors["classifier.weight"], theirs.state_dict()["fc.weight"])


def test_net_in_two_mappings_is_put_together():
    theirs = warm(seeded(Net))
    state = theirs.state_dict()
    head = {"weight": state["fc.weight"], "bias": state["fc.bias"]}
    body = OrderedDict((key, state[key]) for key in state if not key.startswith("fc."))
    found = recognise({"backbone": body, "head": head})
    ours = build_model(found.config)
    ours.load_state_dict(dict(found.tensors))
    assert_equal_logits(ours.eval(), theirs, 32)


def test_net_without_norms_is_read_and_an_answer_makes_it_plain():
    theirs = seeded(partial(Net, Bare, stem_norm=False)).eval()
    found = recognise(theirs.state_dict())
    answers = {"skips": "plain", "stem_pool": "none"}
    result = settle_reading(found.config, found.tensors, answers, {})
    assert (result.config.norm, result.config.is_plain, result.assumed) == ("none", True, ("blur",))
    ours = build_model(result.config)
    ours.load_state_dict(dict(found.tensors))
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():  # theirs has no ReLU behind a stem without norm
        stem = torch.relu(theirs.conv1(x))  # pyright: ignore[reportCallIssue]
        torch.testing.assert_close(ours.stem(x), stem)


def test_classifier_may_be_a_convolution():
    state = dict(seeded(Net).state_dict())
    state["fc.weight"] = state["fc.weight"][:, :, None, None]
    found = recognise(state)
    assert found.tensors["classifier.weight"].shape == (5, 32)


def test_named_answers_come_before_statistics():
    theirs = warm(seeded(Net))
    found = recognise(theirs.state_dict())
    noise = torch.randn(16, 3, 32, 32)
    result = settle_reading(found.config, found.tensors, {"stem_pool": "keep"}, {"noise": noise})
    assert result.config.stem_pool == "keep"
    assert result.distance is not None
    right = settled(theirs.state_dict(), 32)[0].distance
    assert right is not None
    assert result.distance > right


def test_untrained_net_is_settled_by_custom_alone():
    found = recognise(seeded(partial(Net, option="A")).state_dict())
    result = settle_reading(found.config, found.tensors, {}, {"noise": torch.randn(8, 3, 32, 32)})
    asked = [each.question.name for each in open_questions(found.config)]
    assert result.distance is None
    assert list(result.assumed) == asked == ["stem_pool", "skips", "blur"]
    assert result.answers["skips"] == "zeros-around"


def test_torchvisions_resnet_with_a_kept_pool_is_not_another_net():
    def build() -> nn.Module:
        net = torchvision.models.resnet18(num_classes=5)
        net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        return net

    theirs = warm(seeded(build), steps=20)
    result, ours = settled(theirs.state_dict(), 32)
    assert (result.config.stem_pool, result.assumed) == ("keep", ())
    assert_equal_logits(ours, theirs, 32)
