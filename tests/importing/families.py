"""The families of nets that people save, written anew, with the names that their files have."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from torch import nn

from tests.importing.nets_anew import Bottleneck, Net, Post, Pre, Renaming, Textbook


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
