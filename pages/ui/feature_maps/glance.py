"""The whole net at a glance: a row for each block, with its most active maps."""

import streamlit as st

from pages.ui.feature_maps.choices import CHANNEL_ANCHOR, Choice, choose_channel, choose_layer
from pages.ui.feature_maps.sheets import layer_notes, maps_sheet
from pages.ui.kit.tiles import Tile, TileRow, show_tiles
from resnet_core.probes.features import FeatureMaps

_NUM_MAPS = 8
_TILE_PX = 56
_HEIGHT_PX = 640


def show_glance(layers: tuple[FeatureMaps, ...], choice: Choice) -> None:
    """Shows all layers; a press on one opens it, a press on a map opens the channel too."""
    rows = [_row(features) for features in layers]
    with st.container(height=_HEIGHT_PX, border=True):
        show_tiles(
            rows,
            key="maps_glance",
            tile_px=_TILE_PX,
            fill=True,
            selected=[choice.layer],
            on_press=_open,
            reveals=CHANNEL_ANCHOR,
        )


def _row(features: FeatureMaps) -> TileRow:
    path = features.point.path
    channels = [int(channel) for channel in features.order("activation")[:_NUM_MAPS]]
    return TileRow(
        title=path,
        name=path,
        notes=layer_notes(features),
        sheet=maps_sheet(features, channels, scale="own", columns=len(channels)),
        tiles=tuple(
            Tile(name=f"{path}/{channel}", label=f"{path}, channel {channel}")
            for channel in channels
        ),
    )


def _open(name: str) -> None:
    path, _, channel = name.partition("/")
    if channel:
        choose_channel(path, int(channel))
    else:
        choose_layer(path)
