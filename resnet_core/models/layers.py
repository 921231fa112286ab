"""What a net offers to look at: its probe points, and the layers of its gradient charts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from torch import nn

from resnet_core.config import Intervention, ModelConfig
from resnet_core.models.nets import ResNet
from resnet_core.models.trace import Operation, trace_operations

ProbeKind = Literal[
    "stem",
    "conv",
    "norm",
    "activation",
    "shortcut",
    "add",
    "concat",
    "scale",
    "block",
    "transition",
    "stage",
    "pool",
    "linear",
]


@dataclass(frozen=True, kw_only=True)
class ProbePoint:
    """A module whose output can be looked at."""

    path: str
    """Dotted path, for `model.get_submodule`."""
    kind: ProbeKind
    """What the module does; `stem`, `block`, `transition`, `stage` and projections hold other
    probe points."""
    channels: int
    """Channels of its output, or features after the pooling."""
    map_size_px: tuple[int, int]
    """Height and width of its output; (1, 1) after the pooling."""
    receptive_field_px: int
    """Side of the square of input pixels that one position can depend on, borders ignored."""
    stride_px: int
    """Input pixels between two neighbouring positions."""


def weight_layers(model: nn.Module) -> tuple[str, ...]:
    """Lists the dotted paths of all convolutions and linear maps in depth order.

    These are the layers of every gradient chart.  A shortcut's projection follows its block's
    convolutions.
    """
    return tuple(
        path for path, module in model.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)
    )


def list_probe_points(model: ResNet, image_size_px: int) -> tuple[ProbePoint, ...]:
    """Lists every operation in forward order, each stem, block and stage after its last one.

    Nothing is computed and the model is not touched: shapes follow from its config and from what
    was done to it.  A dropped block offers nothing to look at.

    Raises:
        ConfigError: for an image size below 1 px.
    """
    return _probe_points(model.config, image_size_px, model.interventions)


@lru_cache(maxsize=64)
def _probe_points(
    config: ModelConfig, image_size_px: int, interventions: tuple[Intervention, ...]
) -> tuple[ProbePoint, ...]:
    operations = trace_operations(config, image_size_px, interventions)
    following = [operation.path for operation in operations[1:]] + [""]
    return tuple(
        point
        for operation, next_path in zip(operations, following, strict=True)
        for point in _points_at(operation, next_path)
    )


def _points_at(operation: Operation, next_path: str) -> Iterator[ProbePoint]:
    """The operation itself, then whatever contains it and ends with it, innermost first."""
    yield _point(operation.path, operation.kind, operation)
    path = operation.path
    while "." in path:
        path = path.rpartition(".")[0]
        if not next_path.startswith(f"{path}."):
            yield _point(path, _container_kind(path), operation)


def _container_kind(path: str) -> ProbeKind:
    name = path.rpartition(".")[2]
    if name in ("shortcut", "shortcut_gate"):
        return "shortcut"
    if name == "se":
        return "scale"
    if path == "stem" or name == "transition":
        return "stem" if path == "stem" else "transition"
    return "block" if re.fullmatch(r"stage\d+\.\d+", path) else "stage"


def _point(path: str, kind: ProbeKind, operation: Operation) -> ProbePoint:
    return ProbePoint(
        path=path,
        kind=kind,
        channels=operation.output.channels,
        map_size_px=operation.output.map_size_px,
        receptive_field_px=operation.output.receptive_field_px,
        stride_px=operation.output.stride_px,
    )
