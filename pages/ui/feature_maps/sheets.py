"""Maps on sheets, as the tiles show them."""

from collections.abc import Sequence

import numpy as np

from pages.ui.kit.tiles import Sheet, map_sheet
from pages.ui.shell.shared import Same, SharedCache
from resnet_core.figures.feature_sheets import TileScale, tile_colours, tile_indices
from resnet_core.probes.features import FeatureMaps


def maps_sheet(
    features: FeatureMaps, channels: Sequence[int], *, scale: TileScale, columns: int
) -> Sheet:
    """Lays channels of a layer on a sheet; a shared scale is that of the whole layer."""
    key = (Same(features), tuple(channels), scale, columns)
    return _sheets.get(key, lambda: _draw(features, channels, scale, columns))


def _draw(features: FeatureMaps, channels: Sequence[int], scale: TileScale, columns: int) -> Sheet:
    limit = float(np.abs(features.maps).max())
    maps = features.maps[list(channels)]
    indices = tile_indices(maps, scale=scale, is_signed=features.is_signed, limit=limit)
    return map_sheet(indices, tile_colours(is_signed=features.is_signed), columns=columns)


def layer_notes(features: FeatureMaps) -> tuple[str, ...]:
    """Map size, channels and receptive field of a layer."""
    point = features.point
    height, width = point.map_size_px
    field_px = features.receptive_field_px
    return (
        f"{height}x{width}",
        f"{point.channels} channels",
        *(() if field_px is None else (f"sees {field_px} px",)),
    )


# The whole of a net of 110 layers at a glance is 56 sheets.
_sheets: SharedCache[Sheet] = SharedCache(512)
