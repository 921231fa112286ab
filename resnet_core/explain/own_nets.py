"""Maps of any net, such as a person's own, by the same methods."""

import difflib
from dataclasses import replace

import torch
from torch import Tensor, nn

from resnet_core.devices import memory_errors
from resnet_core.errors import ProbeError
from resnet_core.explain.attribution import Attribution, Question, attribute_at
from resnet_core.explain.layers import USEFUL_SIDE_PX
from resnet_core.explain.listening import LISTENING_PLACE, listening
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
        ProbeError: for a method, layer, class or picture that cannot be, or an answer that is not
            finite.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    _check_picture(picture)
    method = find_method(question.method)
    with memory_errors(1):
        layers = list_spatial_layers(model, picture)
        if not method.needs_layer:
            return attribute_at(model, picture, replace(question, layer=""), 1, progress)
        chosen = _find(layers, question.layer)
        asked = replace(question, layer=LISTENING_PLACE)
        with listening(model, chosen) as listened:
            found = attribute_at(listened, picture, asked, chosen.channels, progress)
        return replace(found, layer=chosen.path)


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
