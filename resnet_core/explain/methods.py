"""What a method is, and how one is registered: by the function that computes its map.

@method(name="my-cam", title="My CAM", paper="...", idea="...", needs_layer=True)
def my_cam(scored, picture, layer, settings): ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor

from resnet_core.config.plugins import load_plugins, missing_sentence, qualified
from resnet_core.errors import ProbeError
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import ScoredNet

Compute = Callable[[ScoredNet, Tensor, str, MethodSettings], Tensor]
"""(net with target, picture (1, C, H, W), layer path or "", knobs) to a map (K, h, w)."""
Reduction = Literal["sum", "largest", "mean"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to ask where the net looks."""

    name: str
    """What the command line and manifests call it."""
    title: str
    """What pages call it."""
    paper: str
    """Authors, year and address of its source."""
    idea: str
    """What it does, one sentence."""
    compute: Compute
    """Computes its map of K channels."""
    reduction: Reduction = "sum"
    """How K channels become one map: their sum, their mean, or the largest magnitude."""
    needs_layer: bool = False
    """Whether it looks at one layer."""
    has_layer_grid: bool = False
    """Whether the map has the layer's grid of cells, and not the picture's pixels."""
    is_signed: bool = False
    """Whether its map has negative values, which speak against the target."""
    starts_with_picture: bool = True
    """Whether its first pass is the picture as it is."""
    num_pictures: Callable[[MethodSettings, int, int], int] = lambda settings, channels, side: 1
    """Pictures that pass through the net, from knobs, layer channels and picture side."""


_METHODS: dict[str, Method] = {}


def method(*, name: str, title: str, **facts: Any) -> Callable[[Compute], Compute]:
    """Registers a method by the function that computes its map.

    Args:
        name: what the command line calls it; a plugin's gets its module before it.
        title: what pages call it.
        **facts: the other fields of `Method`.
    """

    def register(compute: Compute) -> Compute:
        full = qualified(name, compute.__module__)
        if full in _METHODS:
            raise ProbeError(f"There is a method '{full}' already: rename one.")
        _METHODS[full] = Method(name=full, title=title, compute=compute, **facts)
        return compute

    return register


def list_methods() -> tuple[Method, ...]:
    """Lists all methods: those that weigh maps of a layer, others of a layer, those of pixels."""
    load_plugins()
    return tuple(sorted(_METHODS.values(), key=lambda m: (not m.needs_layer, not m.has_layer_grid)))


def find_method(name: str) -> Method:
    """Looks a method up by its name.

    Raises:
        ProbeError: for an unknown name; it lists the known ones, or says which module is missing.
    """
    load_plugins()
    if name not in _METHODS:
        known = tuple(_METHODS)
        raise ProbeError(
            missing_sentence("method", name, known)
            if ":" in name
            else f"There is no method '{name}': use {', '.join(known)}."
        )
    return _METHODS[name]
