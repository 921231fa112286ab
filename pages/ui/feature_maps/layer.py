"""One layer: all its channels, sorted, on pages that stay small."""

from typing import cast

import numpy as np
import streamlit as st

from pages.ui.feature_maps.choices import CHANNEL_ANCHOR, Choice, choose_channel
from pages.ui.feature_maps.measuring import submit_statistics
from pages.ui.feature_maps.sheets import layer_notes, maps_sheet
from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.tiles import Tile, TileRow, show_tiles
from pages.ui.shell.address import choice_in_address, number_in_address
from pages.ui.shell.jobs import shown
from pages.ui.shell.notices import plain
from resnet_core.asking import ReadyNet
from resnet_core.asking.labelled_sets import LabelledSet
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.figures.feature_sheets import TILE_SCALES, TileScale
from resnet_core.probes.feature_sentences import layer_sentence
from resnet_core.probes.features import FeatureMaps, Order
from resnet_core.probes.spread import readable

_PER_PAGE = 64
_COLUMNS = 8
_ORDERS = {
    "activation": "activation",
    "variance": "variance",
    "selectivity": "class selectivity",
    "number": "number",
}
_SCALE_TITLES = {"shared": "shared scale", "own": "own scale each"}


def ask_order() -> tuple[str, TileScale]:
    """Lets a person choose how channels are sorted and coloured."""
    orders = tuple(_ORDERS)
    with st.expander("How channels are shown", icon=":material/tune:"):
        order = st.selectbox(
            "Sorted by",
            orders,
            format_func=_ORDERS.__getitem__,
            **choice_in_address("maps_order", orders, orders[0]),
        )
        scale = choose_view(
            "Colours",
            TILE_SCALES,
            key="maps_scale",
            title=_SCALE_TITLES.__getitem__,
            is_labelled=True,
        )
    return order, scale


def show_layer(
    net: AnyNet,
    features: FeatureMaps,
    labelled: LabelledSet | None,
    choice: Choice,
    asked: tuple[str, TileScale],
) -> None:
    """Shows a page of a layer's channels; a press opens one."""
    order, scale = asked
    values, channels = _sorted(net, features, labelled, order)
    first = _ask_page(net, len(channels))
    page = [int(channel) for channel in channels[first : first + _PER_PAGE]]
    row = TileRow(
        title=f"{features.point.path}, {net.source.title}",
        notes=layer_notes(features),
        sheet=maps_sheet(features, page, scale=scale, columns=_COLUMNS),
        tiles=tuple(
            Tile(
                name=str(channel),
                label=f"channel {channel}: {_ORDERS[order]} {readable(values[channel])}",
            )
            for channel in page
        ),
    )
    st.markdown(plain(layer_sentence(features)))
    if features.maps[0].size == 1:
        st.caption(plain(net.describe_path(features.point.path)))
    show_tiles(
        [row],
        key=f"maps_layer_{net.source.key}",
        tile_px=72,
        fill=True,
        selected=[] if choice.channel is None else [str(choice.channel)],
        on_press=lambda name: choose_channel(choice.layer, int(name)),
        reveals=CHANNEL_ANCHOR,
    )


def _sorted(
    net: AnyNet, features: FeatureMaps, labelled: LabelledSet | None, order: str
) -> tuple[np.ndarray, np.ndarray]:
    """What channels are sorted by, and their numbers in that order."""
    if order == "selectivity" and labelled is not None and isinstance(net, ReadyNet):
        statistics = shown(submit_statistics(net, labelled, features.point.path), "Selectivity")
        if statistics is not None:
            return statistics.selectivity, np.argsort(-statistics.selectivity, kind="stable")
        order = "activation"
    known = cast(Order, order)
    values = np.arange(len(features.maps)) if known == "number" else getattr(features, known)
    return values, features.order(known)


def _ask_page(net: AnyNet, num_channels: int) -> int:
    """Number of the first channel that is shown."""
    num_pages = -(-num_channels // _PER_PAGE)
    if num_pages == 1:
        return 0
    page = st.number_input(
        f"Page of {num_pages}",
        1,
        num_pages,
        width=140,
        **number_in_address(f"maps_page_{net.source.key}_{num_channels}", 1, 1, num_pages),
    )
    return (int(page) - 1) * _PER_PAGE
