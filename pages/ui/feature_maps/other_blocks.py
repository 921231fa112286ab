"""The sums of a net of others in pictures: x, F(x) and x + F(x) of one that a person chooses."""

import streamlit as st

from pages.ui.feature_maps.block import block_rows
from pages.ui.kit.tiles import show_tiles
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.notices import plain
from resnet_core.asking import OtherNet
from resnet_core.asking.other_anatomy import measure_blocks_of
from resnet_core.asking.picked import PickedPicture
from resnet_core.probes.feature_sentences import block_sentence
from resnet_core.probes.own_sentences import no_blocks_sentence

_NUM_CHANNELS = 12


def show_sums(net: OtherNet, picture: PickedPicture) -> None:
    """Lets a person choose an addition of those that were found, or says why there is none."""
    pixels = picture.seen_by(net).pixels
    key = ("own blocks", net.key, picture.key)
    found = shown(submit(key, lambda progress: measure_blocks_of(net, pixels)), "Additions")
    if found is None:
        return
    if not found.parts:
        st.info(plain(no_blocks_sentence(found, net.card.name)), icon=":material/info:")
        return
    by_label = {parts.path: parts for parts in found.parts}
    labels = tuple(by_label)
    label = st.selectbox(
        "Addition",
        labels,
        help="Found in the net's forward pass: sums of two maps, one of which is made of the other "
        "or of what it is made of.",
        **choice_in_address(f"maps_sum_{net.source.key}", labels, labels[len(labels) // 2]),
    )
    parts = by_label[label]
    st.markdown(f"**{plain(net.title)}**: {plain(block_sentence(parts))}")
    rows = block_rows(parts, _NUM_CHANNELS)
    show_tiles(rows, key=f"maps_sum_tiles_{net.source.key}", tile_px=96, fill=True)
