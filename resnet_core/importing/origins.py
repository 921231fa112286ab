"""Whose weights they may be, told by names; it decides nothing but how pictures are normalised."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from resnet_core.config import ModelConfig

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What torchvision, timm and akamaster/pytorch_resnet_cifar10 normalise with."""
KUANGLIU_MEAN, KUANGLIU_STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
"""What kuangliu/pytorch-cifar, bearpaw and chenyaofo normalise with."""
_HUYVNPHAN_STD = (0.2471, 0.2435, 0.2616)
_WEIAICUNZAI_MEAN = (0.5070751592371323, 0.48654887331495095, 0.4409178433670343)
_WEIAICUNZAI_STD = (0.2673342858792401, 0.2564384629170883, 0.27615047132568404)

OWN = "this lab"


@dataclass(frozen=True)
class Origin:
    """Somebody whose names these may be."""

    family: str
    """What sentences call them."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    matches: Callable[[str, ModelConfig], bool]
    """Whether names, one a line, and a net are theirs."""


def _has(*patterns: str) -> Callable[[str, ModelConfig], bool]:
    compiled = [re.compile(pattern, re.M) for pattern in patterns]
    return lambda names, net: all(pattern.search(names) for pattern in compiled)


def _is_small(names: str, net: ModelConfig) -> bool:
    return net.num_stem_halvings < 2


_ORIGINS = (
    Origin(
        "Hugging Face",
        IMAGENET_MEAN,
        IMAGENET_STD,
        _has(r"embedder\.embedder\.", r"encoder\.stages\.0\."),
    ),
    Origin(
        "weiaicunzai", _WEIAICUNZAI_MEAN, _WEIAICUNZAI_STD, _has(r"residual_function\.|conv2_x\.")
    ),
    Origin(
        "akamaster",
        IMAGENET_MEAN,
        IMAGENET_STD,
        lambda names, net: (
            bool(re.search(r"(^|\.)linear\.", names, re.M))
            and len(net.stage_blocks) == 3
            and net.block == "basic"
        ),
    ),
    Origin("kuangliu", KUANGLIU_MEAN, KUANGLIU_STD, _has(r"(^|\.)linear\.")),
    Origin(
        "timm",
        IMAGENET_MEAN,
        IMAGENET_STD,
        lambda names, net: (
            bool(re.search(r"conv1\.6\.|layer1\.0\.se\.", names)) and net.num_stem_halvings == 2
        ),
    ),
    Origin(
        "bearpaw or chenyaofo",
        KUANGLIU_MEAN,
        KUANGLIU_STD,
        lambda names, net: (
            len(net.stage_blocks) == 3
            and bool(re.search(r"(^|\.)fc\.", names, re.M))
            and _is_small(names, net)
        ),
    ),
    Origin(
        "huyvnphan, or torchvision's names",
        KUANGLIU_MEAN,
        _HUYVNPHAN_STD,
        lambda names, net: "downsample" in names and _is_small(names, net),
    ),
    Origin("torchvision or timm", IMAGENET_MEAN, IMAGENET_STD, _has(r"downsample|(^|\.)fc\.")),
)
_OTHERS = Origin("another project", IMAGENET_MEAN, IMAGENET_STD, lambda names, net: True)
_OTHERS_SMALL = Origin("another project", KUANGLIU_MEAN, KUANGLIU_STD, _is_small)


def find_origin(names: Iterable[str], net: ModelConfig) -> Origin:
    """Tells whose names a file's tensors have.

    Args:
        names: of the tensors.
        net: the net that they fill.
    """
    text = "\n".join(names)
    has_stages = re.search(r"(^|\.)layer1\.\d", text, re.M)
    for origin in _ORIGINS if has_stages or "conv2_x" in text or "embedder" in text else ():
        if "shortcut" in text and origin.family.startswith(("torchvision", "bearpaw")):
            continue  # theirs are called downsample
        if origin.matches(text, net):
            return origin
    return _OTHERS_SMALL if _is_small(text, net) else _OTHERS
