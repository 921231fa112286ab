"""Which layers of a net of others can be looked at, found by one traced pass.

All whose output has height and width; the coarse ones among them, which are not parts of another;
and the deepest that tells places apart.
"""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from resnet_core.others.sentences import tokens_sentence
from resnet_core.probes.every_module import every_module
from resnet_core.probes.own_nets import SpatialLayer, list_spatial_layers

USEFUL_CELLS = 4
"""Cells along a map's side from which on its place in the picture means something."""
_TRANSPARENT = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
_POOLS_ALL = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


@dataclass(frozen=True, kw_only=True)
class LayerTable:
    """What a net offers to look at."""

    layers: tuple[SpatialLayer, ...]
    """Every module whose output has height and width, in the order in which they end."""
    coarse: tuple[SpatialLayer, ...]
    """Those that are no part of another one, but for plain containers."""
    first: str
    """Path of the deepest coarse layer whose map tells places apart; empty where `problem` is."""
    problem: str
    """Why there are no maps to look at, in a sentence; empty where there are."""


@dataclass
class _Trace:
    """How many layers with weights had ended when a module did, itself among them."""

    model: nn.Module
    weights_before: dict[str, int] = field(default_factory=dict)
    num_weights: int = 0

    def leave(self, path: str, _inputs: tuple[Any, ...], _output: Any) -> None:
        weight = getattr(self.model.get_submodule(path), "weight", None)
        self.num_weights += isinstance(weight, nn.Parameter) and weight.ndim >= 2
        self.weights_before[path] = self.num_weights


def trace_layers(model: nn.Module, picture: Tensor, name: str) -> LayerTable:
    """Shows a net one picture and lists the layers that can be looked at.

    Args:
        model: maps pictures (N, C, S, S) to logits (N, K); nobody else uses it meanwhile.
        picture: (1, C, S, S), on its device.
        name: what sentences call the net.

    Raises:
        ProbeError: when it gives no logits.
    """
    trace = _Trace(model)
    with every_module(model, leave=trace.leave):
        layers = list_spatial_layers(model, picture)
    coarse = _coarse(model, layers)
    last = max((trace.weights_before[layer.path] for layer in coarse), default=0)
    if 2 * last < trace.num_weights:
        return LayerTable(
            layers=layers,
            coarse=coarse,
            first="",
            problem=tokens_sentence(name, num_after=trace.num_weights - last, of=trace.num_weights),
        )
    return LayerTable(layers=layers, coarse=coarse, first=_first(coarse), problem="")


def _first(coarse: tuple[SpatialLayer, ...]) -> str:
    useful = [layer for layer in coarse if min(layer.map_size_px) >= USEFUL_CELLS]
    finest = max(coarse, key=lambda layer: layer.map_size_px[0] * layer.map_size_px[1])
    return (useful[-1] if useful else finest).path


def _coarse(model: nn.Module, layers: tuple[SpatialLayer, ...]) -> tuple[SpatialLayer, ...]:
    pools = {path for path, module in model.named_modules() if isinstance(module, _POOLS_ALL)}
    paths = [layer.path for layer in layers if layer.path not in pools]
    units = _units(model, "", paths)
    return tuple(layer for layer in layers if layer.path in units and layer.path not in pools)


def _units(module: nn.Module, path: str, spatial: list[str]) -> set[str]:
    """Paths of the modules below that hold one another only by plain containers.

    A module that holds most of the net, such as a wrapper around all of it, is opened too.
    """
    found: set[str] = set()
    for name, child in module.named_children():
        inner = f"{path}.{name}".strip(".")
        share = sum(each.startswith(f"{inner}.") for each in spatial)
        if type(child) in _TRANSPARENT or 2 * share > len(spatial):
            found |= _units(child, inner, spatial)
        else:
            found.add(inner)
    return found
