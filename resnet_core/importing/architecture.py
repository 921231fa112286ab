"""Nets by name, and which of them weights under this lab's own names belong to.

Weights of others are read from their shapes: see `shapes`.
"""

import contextlib
import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from resnet_core.config import ModelConfig
from resnet_core.config.families import num_convolutions
from resnet_core.errors import CheckpointError, UnknownNetError
from resnet_core.models import list_models, model_config
from resnet_core.models.nets import build_on_meta

AUTOMATIC = "auto"
_MOST_CLASSES = 100_000
_CIFAR_STEMS = ("resnet34", "resnet50", "resnet101", "resnet152")
_OWN_STEM = "stem.conv.weight"
_DEEP_STEMS = ("resnet18", "resnet34", "resnet101", "resnet152")


def known_architectures() -> tuple[str, ...]:
    """Lists the nets whose weights can be imported.

    The registry's, and ResNets with a 3x3 stem (`_cifar`) or one of three convolutions (`_d`).
    """
    others = [f"{name}_cifar" for name in _CIFAR_STEMS] + [f"{name}_d" for name in _DEEP_STEMS]
    return (*list_models(), *others)


def architecture_config(name: str) -> ModelConfig:
    """Looks a net up by one of the known names, or by any CIFAR depth such as `resnet26`.

    Raises:
        UnknownNetError: for another name.
    """
    base = name.removesuffix("_cifar")
    if name.endswith("_cifar") and base in _CIFAR_STEMS:
        return model_config(base, stem="cifar", name=name)
    base = name.removesuffix("_d")
    if name.endswith("_d") and base in _DEEP_STEMS:
        return model_config(base, stem="deep", shortcut="D", name=name)
    return model_config(name)


def is_own_state(tensors: Mapping[str, Tensor]) -> bool:
    """Whether tensors have this lab's own names."""
    has_stem = any(key == _OWN_STEM or key.endswith(f".{_OWN_STEM}") for key in tensors)
    return has_stem and any(re.search(r"(^|\.)stage1\.0\.", key) for key in tensors)


def is_dense_state(tensors: Mapping[str, Tensor]) -> bool:
    """Whether tensors have the names of torchvision's dense nets."""
    has_stem = any(key.endswith("features.conv0.weight") for key in tensors)
    return has_stem and any("denseblock" in key for key in tensors)


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
    if any(".transition." in key for key in tensors):
        return _recognise_dense(tensors)
    shape = _outline(tensors)
    known = [architecture_config(name) for name in known_architectures()]
    depth = 2 * sum(shape.blocks) + 2
    with contextlib.suppress(UnknownNetError):  # CIFAR nets exist at every depth 6n+2
        known.append(model_config(f"resnet{depth}"))
    for config in known:
        if not config.is_dense and _config_outline(config) == shape:
            return config
    blocks, widths = ("-".join(map(str, part)) or "no" for part in (shape.blocks, shape.widths))
    raise CheckpointError(
        f"has {blocks} blocks of {widths} channels, which no known net has: name the net that it "
        "is, such as resnet50 or resnet20."
    )


def _recognise_dense(tensors: Mapping[str, Tensor]) -> ModelConfig:
    sizes = {key: tuple(tensor.shape[:1]) for key, tensor in tensors.items()}
    for name in list_models():
        config = model_config(name)
        if config.is_dense:
            expected = build_on_meta(config).state_dict()
            if {key: tuple(tensor.shape[:1]) for key, tensor in expected.items()} | {
                key: size for key, size in sizes.items() if key.startswith("classifier.")
            } == sizes:
                return config
    raise CheckpointError(
        "is a dense net of a depth or growth that no known net has: bring weights of densenet121, "
        "densenet40_12 or densenet_bc100_12."
    )


@dataclass(frozen=True)
class _Outline:
    """What tells one net of residual blocks from another."""

    blocks: tuple[int, ...]
    widths: tuple[int, ...]  # channels of the 3x3 convolutions in each stage
    num_convolutions: int  # of a block
    num_groups: int
    stem: str
    has_final_norm: bool  # pre-activation
    has_projections: bool


def _config_outline(config: ModelConfig) -> _Outline:
    return _Outline(
        blocks=config.stage_blocks,
        widths=tuple(config.width_factor * width for width in config.stage_widths),
        num_convolutions=num_convolutions(config),
        num_groups=config.groups,
        stem=config.stem,
        has_final_norm=config.activation_order == "pre",
        has_projections=config.shortcut != "A" and not config.is_plain,
    )


def _outline(tensors: Mapping[str, Tensor]) -> _Outline:
    """The outline as names and shapes tell it."""
    widths: dict[int, int] = {}
    blocks: dict[int, int] = {}
    num_groups = 1
    for key, tensor in tensors.items():
        match = re.fullmatch(r"stage(\d{1,2})\.(\d{1,4})\.conv2\.weight", key)
        if match and tensor.ndim == 4:
            stage = int(match[1])
            blocks[stage] = max(blocks.get(stage, 0), int(match[2]) + 1)
            if int(match[2]) == 0:
                widths[stage] = tensor.shape[0]
                num_groups = tensor.shape[0] // max(1, tensor.shape[1])
    order = sorted(blocks)
    return _Outline(
        blocks=tuple(blocks[stage] for stage in order),
        widths=tuple(widths.get(stage, 0) for stage in order),
        num_convolutions=3 if any(key.startswith("stage1.0.conv3.") for key in tensors) else 2,
        num_groups=num_groups,
        stem=_stem(tensors),
        has_final_norm=any(key.startswith("final_norm.") for key in tensors),
        has_projections=any(".shortcut." in key for key in tensors),
    )


def _stem(tensors: Mapping[str, Tensor]) -> str:
    if "stem.conv2.weight" in tensors:
        return "deep"
    return "imagenet" if tensors["stem.conv.weight"].shape[-1] == 7 else "cifar"
