"""Maps of any net, such as a person's own, by the same methods."""

import difflib
from dataclasses import replace

import torch
from torch import Tensor, nn

from resnet_core.devices import memory_errors
from resnet_core.errors import ProbeError
from resnet_core.explain.attribution import Attribution, Question, attribute_at
from resnet_core.explain.layers import USEFUL_SIDE_PX
from resnet_core.explain.registry import find_method
from resnet_core.probes.own_nets import SpatialLayer, list_spatial_layers
from resnet_core.progress import Progress, ignore_progress


def attribute_own_net(
    model: nn.Module, picture: Tensor, question: Question, progress: Progress = ignore_progress
) -> Attribution:
    """Answers a question to any net with a map, and leaves the net as it was.

    Args:
        model: maps pictures (N, C, S, S) to logits (N, K); nobody else uses it meanwhile.
        picture: (1, C, S, S) float32, as the net wants it.
        question: without a layer, the deepest is taken whose map still tells places apart.
        progress: told after each pass; it may cancel.

    Raises:
        ProbeError: for a method, layer, class or picture that cannot be, an answer that is not
            finite, or a layer whose output the net changes in place.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    _check_picture(picture)
    method = find_method(question.method)
    with memory_errors(1):
        layers = list_spatial_layers(model, picture)
        chosen = _find(layers, question.layer) if method.needs_layer else None
        asked = replace(question, layer="" if chosen is None else chosen.path)
        channels = 1 if chosen is None else chosen.channels
        try:
            return attribute_at(model, picture, asked, channels, progress)
        except RuntimeError as exc:
            if "in-place" not in str(exc) and "inplace" not in str(exc):
                raise
            raise ProbeError(
                f"The net changes the output of '{asked.layer}' in place, so that no map can be "
                "taken there: take a later layer, or build the net without in-place operations."
            ) from exc


def _check_picture(picture: Tensor) -> None:
    if picture.ndim != 4 or len(picture) != 1 or picture.shape[2] != picture.shape[3]:
        raise ProbeError(
            f"A picture for a net has the shape (1, C, S, S), got {tuple(picture.shape)}."
        )
    if not torch.isfinite(picture.sum()):
        raise ProbeError("The picture holds values that are not finite numbers.")


def _find(layers: tuple[SpatialLayer, ...], path: str) -> SpatialLayer:
    by_path = {layer.path: layer for layer in layers}
    if not by_path:
        raise ProbeError(
            "No module of this net has an output with height and width, so there is nothing to "
            "take a map from."
        )
    if not path:
        useful = [layer for layer in layers if min(layer.map_size_px) >= USEFUL_SIDE_PX]
        return useful[-1] if useful else max(layers, key=_num_cells)
    if path not in by_path:
        near = difflib.get_close_matches(path, by_path, n=3) or list(by_path)[-3:]
        raise ProbeError(
            f"The net has no layer '{path}' with height and width: did you mean {', '.join(near)}?"
        )
    return by_path[path]


def _num_cells(layer: SpatialLayer) -> int:
    return layer.map_size_px[0] * layer.map_size_px[1]
