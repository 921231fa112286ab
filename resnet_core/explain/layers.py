"""Which layers a map can be taken from, what each can show, and which to take."""

import difflib
from dataclasses import dataclass

from resnet_core.errors import ProbeError
from resnet_core.models import ProbePoint, ResNet, list_probe_points

USEFUL_SIDE_PX = 4
"""Cells along a map's side from which on its place in the picture means something."""
_COARSE_KINDS = ("stem", "block")
_FINE_KINDS = ("stem", "conv", "norm", "activation", "add", "concat", "block", "transition")


@dataclass(frozen=True, kw_only=True)
class MapLayer:
    """A layer whose output has height and width, and what a map of it can tell."""

    point: ProbePoint
    """Path, channels, map size and receptive field."""
    image_size_px: int
    """Side of the picture that the map size belongs to, px."""

    @property
    def path(self) -> str:
        """Dotted path."""
        return self.point.path

    @property
    def num_cells(self) -> int:
        """Places that the map can tell apart."""
        height, width = self.point.map_size_px
        return height * width

    @property
    def is_flat(self) -> bool:
        """Whether the map is one cell, which covers the whole picture alike."""
        return self.num_cells == 1

    @property
    def label(self) -> str:
        """Path, map size and channels, as pickers show them."""
        height, width = self.point.map_size_px
        flat = ", one flat cell" if self.is_flat else ""
        return f"{self.path}  ({height}x{width}, {self.point.channels} channels{flat})"


def list_map_layers(
    model: ResNet, image_size_px: int, *, every_operation: bool = False
) -> tuple[MapLayer, ...]:
    """Lists the layers with height and width, in forward order.

    Args:
        model: the net; it is not touched.
        image_size_px: side of the picture, px.
        every_operation: also the convolutions, norms, activations and additions inside blocks.
    """
    kinds = _FINE_KINDS if every_operation else _COARSE_KINDS
    return tuple(
        MapLayer(point=point, image_size_px=image_size_px)
        for point in list_probe_points(model, image_size_px)
        if point.kind in kinds or point.path == "final_act"
    )


def recommended_layer(model: ResNet, image_size_px: int) -> MapLayer:
    """Finds the deepest block whose map still tells places apart.

    Deeper layers know more of the class, and their maps have fewer cells; from `USEFUL_SIDE_PX`
    cells a side on the deeper one is the better choice.  Where no map is that large, the finest is.
    """
    layers = list_map_layers(model, image_size_px)
    useful = [layer for layer in layers if min(layer.point.map_size_px) >= USEFUL_SIDE_PX]
    return useful[-1] if useful else max(layers, key=lambda layer: layer.num_cells)


def find_map_layer(model: ResNet, image_size_px: int, path: str) -> MapLayer:
    """Looks a layer up by its path.

    Raises:
        ProbeError: for a path that the net does not have, or a layer without height and width;
            the message names what to take instead.
    """
    points = {point.path: point for point in list_probe_points(model, image_size_px)}
    if path not in points:
        near = difflib.get_close_matches(path, points, n=3) or list(points)[:3]
        raise ProbeError(f"The net has no layer '{path}': did you mean {', '.join(near)}?")
    if points[path].kind in ("pool", "linear"):
        advice = recommended_layer(model, image_size_px)
        raise ProbeError(
            f"The layer '{path}' has no height and width, so it has no map: take {advice.path}, "
            f"whose map is {_size_text(advice)}."
        )
    return MapLayer(point=points[path], image_size_px=image_size_px)


def matching_layer(model: ResNet, image_size_px: int, path: str) -> MapLayer:
    """Finds the layer that stands in this net where `path` stands in another.

    The same path; where there is none, the last block of the same stage; else the recommended
    layer.  So nets of different depth can be looked at together.
    """
    layers = list_map_layers(model, image_size_px, every_operation=True)
    same = [layer for layer in layers if layer.path == path]
    stage = path.partition(".")[0]
    near = [
        layer
        for layer in list_map_layers(model, image_size_px)
        if layer.path.partition(".")[0] == stage
    ]
    found = same or near[-1:]
    return found[0] if found else recommended_layer(model, image_size_px)


def describe_layer(model: ResNet, layer: MapLayer) -> str:
    """Says in a sentence or two what a map of this layer can show."""
    cell_px = layer.point.stride_px
    if layer.is_flat:
        advice = recommended_layer(model, layer.image_size_px)
        return (
            f"At {layer.image_size_px} px the map of {layer.path} is one flat cell that covers the "
            f"whole picture, so it cannot say where the net looks: take {advice.path} "
            f"({_size_text(advice)})."
        )
    coarse = ""
    if min(layer.point.map_size_px) < USEFUL_SIDE_PX:
        advice = recommended_layer(model, layer.image_size_px)
        coarse = f" That is coarse; {advice.path} has {_size_text(advice)}."
    return (
        f"The map of {layer.path} has {_size_text(layer)} cells of {cell_px} px; each sees "
        f"{layer.point.receptive_field_px} px of the picture.{coarse}"
    )


def _size_text(layer: MapLayer) -> str:
    height, width = layer.point.map_size_px
    return f"{height}x{width}"
