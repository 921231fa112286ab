"""What layers of a net of others make of a picture."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from resnet_core.errors import ProbeError
from resnet_core.probes.features import FeatureMaps
from resnet_core.probes.hooks import borrowed, capture_outputs
from resnet_core.probes.in_place import out_of_place
from resnet_core.probes.own_nets import SpatialLayer


def measure_other_maps(
    model: nn.Module, picture: Tensor, layers: Sequence[SpatialLayer]
) -> tuple[FeatureMaps, ...]:
    """Takes the maps of layers in one pass in evaluation mode, as each layer gave them.

    Args:
        model: a net that nobody else uses meanwhile; it is left as it was.
        picture: (1, C, S, S) float32 on its device.
        layers: as the net's own pass listed them.

    Raises:
        ProbeError: for maps that are not finite.
    """
    paths = [layer.path for layer in layers]
    # Copied at once: a function of the net may write over what a layer gave.
    captured = capture_outputs(model, paths, reduce=torch.clone)
    with borrowed(model, training=False), out_of_place(model), captured as seen, torch.no_grad():
        model(picture)
    return tuple(_maps(layer, _channels_first(seen[layer.path], layer)) for layer in layers)


def _channels_first(output: Tensor, layer: SpatialLayer) -> Tensor:
    """The maps (C, h, w) of one picture, wherever the layer keeps its channels."""
    maps = output if layer.map_axes == "NCHW" else output.permute(0, 3, 1, 2)
    return maps[0].float().cpu().contiguous()


def _maps(layer: SpatialLayer, maps: Tensor) -> FeatureMaps:
    if not torch.isfinite(maps).all():
        raise ProbeError(
            f"The maps of {layer.path} are not finite numbers: take other weights or another layer."
        )
    return FeatureMaps(point=layer, maps=maps.numpy())
