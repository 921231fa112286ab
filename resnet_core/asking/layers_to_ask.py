"""Which layers a net can be asked about, be it the lab's own or one of others."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from resnet_core.asking.net import ReadyNet
from resnet_core.asking.other_net import OtherNet
from resnet_core.explain import find_map_layer, list_map_layers, matching_layer

AnyNet: TypeAlias = ReadyNet | OtherNet
"""Whatever a page can show a picture to."""


@dataclass(frozen=True, kw_only=True)
class LayerToAsk:
    """A layer whose output has height and width."""

    path: str
    label: str
    """Path, map size and channels, as pickers show them."""
    channels: int
    num_cells: int
    """Places that its map can tell apart."""

    @property
    def is_flat(self) -> bool:
        """Whether the map is one cell, which covers the whole picture alike."""
        return self.num_cells == 1


def layers_to_ask(net: AnyNet, *, every_operation: bool = False) -> tuple[LayerToAsk, ...]:
    """Lists the layers in forward order.

    Args:
        net: which is to be asked.
        every_operation: also what stands inside blocks.

    Raises:
        ProbeError: where no layer has a map worth looking at.
    """
    if isinstance(net, OtherNet):
        net.layer_paths()  # refuses a net without maps
        found = net.layers if every_operation else net.coarse
        return tuple(_of_others(net, layer.path) for layer in found)
    side = net.card.image_size_px
    listed = list_map_layers(net.model, side, every_operation=every_operation)
    return tuple(_of_the_lab(net, layer.path) for layer in listed)


def find_layer_to_ask(net: AnyNet, path: str) -> LayerToAsk:
    """Looks a layer up.

    Raises:
        ProbeError: for a path that is not there or has no map; the message names what to take.
    """
    return _of_others(net, path) if isinstance(net, OtherNet) else _of_the_lab(net, path)


def layer_in_its_place(net: AnyNet, path: str) -> str:
    """Path of the layer that stands in this net where `path` stands in another.

    Of nets of others only the same path is known to be the same layer; else it is the first one
    that a person would look at.
    """
    if isinstance(net, OtherNet):
        return path if any(layer.path == path for layer in net.layers) else net.first_path()
    return matching_layer(net.model, net.card.image_size_px, path).path


def maps_problem(nets: Iterable[AnyNet]) -> str:
    """Why one of the nets has no maps to look at, in a sentence; empty where all have some."""
    problems = (net.layers_problem for net in nets)
    return next((problem for problem in problems if problem), "")


def plainness(net: AnyNet) -> bool | None:
    """Whether a net has no shortcuts; `None` of one of others, whose kind nobody told."""
    return net.is_plain if isinstance(net, ReadyNet) else None


def _of_others(net: OtherNet, path: str) -> LayerToAsk:
    layer = net.find_layer(path)
    height, width = layer.map_size_px
    return LayerToAsk(
        path=path, label=layer.label, channels=layer.channels, num_cells=height * width
    )


def _of_the_lab(net: ReadyNet, path: str) -> LayerToAsk:
    layer = find_map_layer(net.model, net.card.image_size_px, path)
    return LayerToAsk(
        path=path,
        label=layer.label,
        channels=layer.point.channels,
        num_cells=layer.num_cells,
    )
