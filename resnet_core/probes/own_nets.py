"""Gradients and maps of any net, such as a person's own: one traced pass finds its layers."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.devices import memory_errors, where_doubles_are
from resnet_core.errors import ProbeError
from resnet_core.probes.axes import AxesWatch, MapAxes, split_shape
from resnet_core.probes.every_module import every_module
from resnet_core.probes.hooks import borrowed

LossFunction = Callable[[Tensor, Tensor], Tensor]
"""From a net's answer and the labels to one number."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerGradients:
    """How much of the gradient of one batch reaches each layer of a net."""

    layers: tuple[str, ...]
    """Dotted paths of the L layers with a weight of at least two dimensions, in the order of the
    forward pass; layers that took no part stand last."""
    weight_norms: np.ndarray
    """Norm of the gradient of each layer's weight, (L,) float64; NaN where none arrived."""
    loss: float


@dataclass(frozen=True, kw_only=True)
class SpatialLayer:
    """A module whose output has height and width."""

    path: str
    channels: int
    map_size_px: tuple[int, int]
    """Height and width of its output."""
    kind: str = ""
    """Name of the module's class."""
    num_calls: int = 1
    """How often the pass calls it; its maps are those of the last call."""
    map_axes: MapAxes = "NCHW"
    """Where its output has the channels: first, or last as in a transformer of windows."""

    @property
    def label(self) -> str:
        """Path, kind, map size and channels, and what is unusual, as pickers show them."""
        height, width = self.map_size_px
        several = "" if self.num_calls == 1 else f", last of {self.num_calls} calls"
        last = ", channels last" if self.map_axes == "NHWC" else ""
        return (
            f"{self.path}  ({self.kind}, {height}x{width}, {self.channels} channels{last}{several})"
        )


@dataclass
class _Called:
    shape: torch.Size
    map_axes: MapAxes | None
    num_calls: int = 1


@dataclass
class _Pass:
    axes: AxesWatch
    seen: dict[str, _Called] = field(default_factory=dict)

    def note(self, path: str, inputs: tuple[object, ...], output: object) -> None:
        if not isinstance(output, Tensor):
            return
        before = self.seen.pop(path, None)  # called again: it ends later
        self._inherit(inputs, output)
        map_axes = self.axes.map_axes(output) if output.ndim == 4 else None
        num_calls = 1 + (before.num_calls if before else 0)
        self.seen[path] = _Called(shape=output.shape, map_axes=map_axes, num_calls=num_calls)

    def _inherit(self, inputs: tuple[object, ...], output: Tensor) -> None:
        """Of a module that regroups axes on its way, a shape that it keeps keeps its meaning."""
        first = inputs[0] if inputs else None
        if isinstance(first, Tensor) and first.shape == output.shape:
            axes = self.axes.axes(first)
            if axes is not None and self.axes.axes(output) is None:
                self.axes.tell(output, axes)


def measure_layer_gradients(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    loss: LossFunction = functional.cross_entropy,
) -> LayerGradients:
    """Measures the gradient of one batch in training mode, and leaves the net as it was.

    Args:
        model: any net that takes `images`.
        images: (N, ...), as the net wants them, on its device.
        labels: what the loss compares its answer with.
        loss: cross-entropy of logits by default.

    Raises:
        ProbeError: when the net has no such layer, or a gradient is not finite.
        OutOfMemoryError: when the device is too small.
    """
    with borrowed(model, training=True), memory_errors(len(images)):
        order: dict[str, None] = {}
        with every_module(model, enter=order.setdefault):
            value = loss(model(images), labels)
        value.backward()
        layers = {path: _weight(model, path) for path in (*order, *_named(model))}
        found = {path: w.grad for path, w in layers.items() if w is not None}
        norms = [float("nan") if g is None else _norm(g) for g in found.values()]
    endless = [path for path, g in found.items() if g is not None and not torch.isfinite(g).all()]
    return _checked(
        LayerGradients(layers=tuple(found), weight_norms=np.array(norms), loss=value.item()),
        endless,
    )


def list_spatial_layers(model: nn.Module, picture: Tensor) -> tuple[SpatialLayer, ...]:
    """Lists the modules whose output has height and width, in the order in which they end.

    Outputs of four dimensions whose axes are no places, such as weights of attention, are left
    out, and the net is left as it was.

    Args:
        model: maps pictures (N, C, H, W) to logits (N, K).
        picture: (1, C, H, W), as the net wants it, on its device.

    Raises:
        ProbeError: when the net gives no logits (1, K).
        OutOfMemoryError: when the device is too small.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(borrowed(model, training=False))
        stack.enter_context(torch.no_grad())
        stack.enter_context(memory_errors(len(picture)))
        watched = _Pass(stack.enter_context(AxesWatch(picture)))
        stack.enter_context(every_module(model, leave=watched.note))
        logits = model(picture)
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        raise ProbeError(
            "A map explains a class: the net has to give logits of the shape (N, K), one for each "
            "class."
        )
    modules = dict(model.named_modules())
    return tuple(
        _layer(path, modules[path], called, called.map_axes)
        for path, called in watched.seen.items()
        if called.map_axes is not None and path
    )


def _layer(path: str, module: nn.Module, called: _Called, map_axes: MapAxes) -> SpatialLayer:
    channels, map_size_px = split_shape(called.shape, map_axes)
    return SpatialLayer(
        path=path,
        channels=channels,
        map_size_px=map_size_px,
        kind=type(module).__name__,
        num_calls=called.num_calls,
        map_axes=map_axes,
    )


def _norm(gradient: Tensor) -> float:
    wide = where_doubles_are(gradient.detach())
    return float(torch.linalg.vector_norm(wide, dtype=torch.float64))


def _named(model: nn.Module) -> list[str]:
    return [path for path, _ in model.named_modules()]


def _weight(model: nn.Module, path: str) -> Tensor | None:
    weight = getattr(model.get_submodule(path), "weight", None)
    return weight if isinstance(weight, nn.Parameter) and weight.ndim >= 2 else None


def _checked(found: LayerGradients, endless: Sequence[str]) -> LayerGradients:
    """Refuses a gradient that is no number, which is none that is missing."""
    if not found.layers:
        raise ProbeError("The net has no layer with a weight of two or more dimensions.")
    if endless or not np.isfinite(found.loss):
        place = endless[0] if endless else "the loss"
        raise ProbeError(
            f"The gradient is not finite at {place}: take smaller weights, or other pictures."
        )
    return found
