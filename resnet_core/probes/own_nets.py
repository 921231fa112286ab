"""Gradients and maps of any net, such as a person's own: one traced pass finds its layers."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.devices import memory_errors, where_doubles_are
from resnet_core.errors import ProbeError
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
        with _called(model) as order:
            value = loss(model(images), labels)
        value.backward()
        layers = {path: _weight(model, path) for path in (*order, *_named(model))}
        found = {path: w.grad for path, w in layers.items() if w is not None}
        norms = [float("nan") if g is None else _norm(g) for g in found.values()]
    return _checked(
        LayerGradients(layers=tuple(found), weight_norms=np.array(norms), loss=value.item())
    )


def list_spatial_layers(model: nn.Module, picture: Tensor) -> tuple[SpatialLayer, ...]:
    """Lists the modules whose output has height and width, in the order in which they end.

    Args:
        model: maps pictures (N, C, H, W) to logits (N, K).
        picture: (1, C, H, W), as the net wants it, on its device.

    Raises:
        ProbeError: when the net gives no logits (1, K).
    """
    with borrowed(model, training=False), torch.no_grad(), _outputs(model) as seen:
        logits = model(picture)
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        raise ProbeError(
            "A map explains a class: the net has to give logits of the shape (N, K), one for each "
            "class."
        )
    return tuple(
        SpatialLayer(path=path, channels=shape[1], map_size_px=(shape[2], shape[3]))
        for path, shape in seen.items()
        if len(shape) == 4 and path
    )


def _norm(gradient: Tensor) -> float:
    wide = where_doubles_are(gradient.detach())
    return float(torch.linalg.vector_norm(wide, dtype=torch.float64))


def _named(model: nn.Module) -> list[str]:
    return [path for path, _ in model.named_modules()]


def _weight(model: nn.Module, path: str) -> Tensor | None:
    weight = getattr(model.get_submodule(path), "weight", None)
    return weight if isinstance(weight, nn.Parameter) and weight.ndim >= 2 else None


def _checked(found: LayerGradients) -> LayerGradients:
    if not found.layers:
        raise ProbeError("The net has no layer with a weight of two or more dimensions.")
    endless = np.isinf(found.weight_norms)
    if endless.any() or not np.isfinite(found.loss):
        place = found.layers[int(endless.argmax())] if endless.any() else "the loss"
        raise ProbeError(
            f"The gradient is not finite at {place}: take smaller weights, or other pictures."
        )
    return found


@contextlib.contextmanager
def _called(model: nn.Module) -> Iterator[dict[str, None]]:
    """Notes the paths of modules in the order in which they are called first."""
    order: dict[str, None] = {}
    handles = [
        module.register_forward_pre_hook(lambda *_, path=path: order.setdefault(path))
        for path, module in model.named_modules()
    ]
    try:
        yield order
    finally:
        for handle in handles:
            handle.remove()


@contextlib.contextmanager
def _outputs(model: nn.Module) -> Iterator[dict[str, torch.Size]]:
    """Notes the shape of the tensor that leaves each module last."""
    seen: dict[str, torch.Size] = {}

    def note(path: str, output: object) -> None:
        if isinstance(output, Tensor):
            seen.pop(path, None)  # called again: it ends later
            seen[path] = output.shape

    handles = [
        module.register_forward_hook(lambda _m, _i, output, path=path: note(path, output))
        for path, module in model.named_modules()
    ]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()
