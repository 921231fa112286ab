"""The same layer at every saved step of a run: how it learned, and what it began from."""

import streamlit as st

from pages.ui.features.measuring import layer_paths, submit_steps
from pages.ui.features.sheets import maps_sheet
from pages.ui.jobs import shown
from pages.ui.nets import LoadedNet
from pages.ui.picture_choice import PickedPicture
from pages.ui.tiles import Tile, TileRow, photo_sheet, show_tiles
from resnet_core.figures.feature_sheets import filter_tiles
from resnet_core.probes.features import FeatureMaps, read_first_filters

_NUM_CHANNELS = 12
_NUM_WHOLE = 64


def show_learning(net: LoadedNet, picture: PickedPicture) -> None:
    """Shows a layer's maps over the saved steps, all at once, and one step at a time."""
    if net.source.run_id is None:
        st.info(
            "This net comes without the steps that led to it. Train one, and choose it above: its "
            "saved steps are shown here, while it still trains, too."
        )
        return
    paths = layer_paths(net)
    path = st.selectbox("Layer", paths, index=len(paths) - 1, key="maps_learning_layer")
    steps = shown(submit_steps(net, picture, path), "Maps of every saved step")
    if steps is None:
        return
    order = [int(channel) for channel in steps[-1][1].order("activation")]
    show_tiles(
        [_row(step, features, order[:_NUM_CHANNELS], _NUM_CHANNELS) for step, features in steps],
        key="maps_learning",
        tile_px=64,
        fill=True,
    )
    by_step = dict(steps)
    step = st.select_slider("Step", list(by_step), value=steps[-1][0], key="maps_learning_step")
    show_tiles(
        [_row(step, by_step[step], order[:_NUM_WHOLE], 16)], key="maps_learning_one", tile_px=56
    )
    st.caption("The channels stand in the order of their activation at the last step.")


def show_filters(nets: tuple[LoadedNet, ...]) -> None:
    """Shows the first convolution's filters as colour tiles."""
    rows = []
    for number, net in enumerate(nets):
        filters = read_first_filters(net.model)[:_NUM_WHOLE]
        names = range(len(filters))
        rows.append(
            TileRow(
                title=net.source.title,
                notes=(f"{filters.shape[1]}x{filters.shape[2]} px, gray is zero",),
                sheet=photo_sheet(list(filter_tiles(filters)), columns=16),
                tiles=tuple(Tile(name=f"{number}/{k}", label=f"filter {k}") for k in names),
            )
        )
    show_tiles(rows, key="maps_filters", tile_px=56)


def _row(step: int, features: FeatureMaps, channels: list[int], columns: int) -> TileRow:
    return TileRow(
        title=f"step {step:,}",
        sheet=maps_sheet(features, channels, scale="own", columns=columns),
        tiles=tuple(
            Tile(name=f"{step}/{channel}", label=f"step {step}, channel {channel}")
            for channel in channels
        ),
    )
