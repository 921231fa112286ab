"""Which net of the registry some weights belong to, told by their names and shapes."""

import dataclasses
import re
from collections.abc import Mapping

from torch import Tensor

from resnet_core.config import ModelConfig
from resnet_core.errors import CheckpointError, UnknownNetError
from resnet_core.models import list_models, model_config

AUTOMATIC = "auto"
_MOST_CLASSES = 100_000
_CIFAR_STEMS = ("resnet34", "resnet50", "resnet101", "resnet152")


def known_architectures() -> tuple[str, ...]:
    """Lists the nets whose weights can be imported: the registry, and ResNets with a 3x3 stem."""
    return (*list_models(), *(f"{name}_cifar" for name in _CIFAR_STEMS))


def architecture_config(name: str) -> ModelConfig:
    """Looks a net up by one of the known names, or by any CIFAR depth such as `resnet26`.

    Raises:
        UnknownNetError: for another name.
    """
    base = name.removesuffix("_cifar")
    if name.endswith("_cifar") and base in _CIFAR_STEMS:
        return model_config(base, stem="cifar", name=name)
    return model_config(name)


def fitting_config(name: str, tensors: Mapping[str, Tensor]) -> ModelConfig:
    """Describes the net that tensors under our names fill; classes and channels are theirs.

    Args:
        name: one of the known names, or `auto`, which asks the tensors.
        tensors: by our names.

    Raises:
        CheckpointError: when no known net has these names and shapes.
    """
    stem, classifier = tensors.get("stem.conv.weight"), tensors.get("classifier.weight")
    if stem is None or classifier is None or stem.ndim != 4 or classifier.ndim != 2:
        raise CheckpointError(
            "has no stem convolution of four dimensions and no classifier of two: these weights "
            "belong to another kind of net."
        )
    num_classes, channels = classifier.shape[0], stem.shape[1]
    if not (2 <= num_classes <= _MOST_CLASSES and 1 <= channels <= 64):
        raise CheckpointError(
            f"tells {num_classes:,} classes apart from pictures of {channels:,} channels; 2 to "
            f"{_MOST_CLASSES:,} classes and 1 to 64 channels are allowed."
        )
    try:
        config = _recognise(tensors) if name == AUTOMATIC else architecture_config(name)
    except UnknownNetError as exc:
        raise CheckpointError(str(exc)) from exc
    return dataclasses.replace(config, num_classes=num_classes, in_channels=channels)


def _recognise(tensors: Mapping[str, Tensor]) -> ModelConfig:
    shape = _outline(tensors)
    for name in known_architectures():
        if _config_outline(architecture_config(name)) == shape:
            return architecture_config(name)
    depth = 2 * sum(shape[0]) + 2
    try:
        config = model_config(f"resnet{depth}")
    except UnknownNetError:
        config = None
    if config is not None and _config_outline(config) == shape:
        return config
    blocks, widths = shape[:2]
    raise CheckpointError(
        f"has {'-'.join(map(str, blocks)) or 'no'} blocks of {'-'.join(map(str, widths)) or 'no'} "
        "channels, which no known net has: name the net that it is, such as resnet50 or resnet20."
    )


Outline = tuple[tuple[int, ...], tuple[int, ...], str, int, str]


def _config_outline(config: ModelConfig) -> Outline:
    kernel = 7 if config.stem == "imagenet" else 3
    shortcut = "A" if config.shortcut == "A" else "B"
    family = f"{config.activation_order} {(config.is_plain and 'A') or shortcut}"
    return config.stage_blocks, config.stage_widths, config.block, kernel, family


def _outline(tensors: Mapping[str, Tensor]) -> Outline:
    """Blocks, widths, kind of block, stem's kernel and shortcuts, as the names and shapes say."""
    widths: dict[int, int] = {}
    blocks: dict[int, int] = {}
    for key, tensor in tensors.items():
        match = re.fullmatch(r"stage(\d{1,2})\.(\d{1,4})\.conv2\.weight", key)
        if match and tensor.ndim == 4:
            stage = int(match[1])
            blocks[stage] = max(blocks.get(stage, 0), int(match[2]) + 1)
            widths[stage] = tensor.shape[0] if int(match[2]) == 0 else widths.get(stage, 0)
    order = sorted(blocks)
    has = {part: any(f".{part}." in key for key in tensors) for part in ("conv3", "shortcut")}
    activation = "pre" if any(key.startswith("final_norm.") for key in tensors) else "post"
    return (
        tuple(blocks[stage] for stage in order),
        tuple(widths.get(stage, 0) for stage in order),
        "bottleneck" if has["conv3"] else "basic",
        tensors["stem.conv.weight"].shape[-1],
        f"{activation} {'B' if has['shortcut'] else 'A'}",
    )
