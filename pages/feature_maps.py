"""Feature maps: what every layer of a net makes of a picture, down to a single channel."""

import streamlit as st

from pages.ui.choosing.labelled_sets import open_own_pictures
from pages.ui.choosing.net_and_picture import pick_nets_and_picture
from pages.ui.feature_maps.block import show_block
from pages.ui.feature_maps.channel import OpenChannel, show_channel
from pages.ui.feature_maps.choices import current_choice, say_no_channel
from pages.ui.feature_maps.glance import show_glance
from pages.ui.feature_maps.layer import ask_order, show_layer
from pages.ui.feature_maps.learning import show_filters, show_learning
from pages.ui.feature_maps.measuring import submit_features
from pages.ui.feature_maps.other_blocks import show_sums
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.jobs import shown
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.words import hover_text
from resnet_core.asking import OtherNet, ReadyNet
from resnet_core.asking.layers_to_ask import AnyNet, layer_in_its_place, maps_problem
from resnet_core.asking.picked import PickedPicture
from resnet_core.figures.feature_sheets import TileScale

_VIEWS = ("Maps", "Parts of a block", "Over training", "First filters")


def show_view(
    nets: tuple[AnyNet, ...], picture: PickedPicture, asked: tuple[str, TileScale]
) -> None:
    """Shows what was chosen of the four ways to look."""
    view = choose_view("Show", _VIEWS, key="maps_view")
    if view == "Parts of a block":
        show_parts(nets, picture)
    elif view == "Over training":
        show_learning(nets, picture)
    elif view == "First filters":
        show_filters(nets)
    else:
        show_feature_maps(nets, picture, asked)


def show_parts(nets: tuple[AnyNet, ...], picture: PickedPicture) -> None:
    """Shows the blocks of the lab's own nets together, and the additions of each of others."""
    own = tuple(net for net in nets if isinstance(net, ReadyNet))
    if own:
        show_block(own, picture)
    for net in nets:
        if isinstance(net, OtherNet):
            show_sums(net, picture)


def show_feature_maps(
    nets: tuple[AnyNet, ...], picture: PickedPicture, asked: tuple[str, TileScale]
) -> None:
    """Shows the whole net, the open layer of each net, and the open channel."""
    if problem := maps_problem(nets):
        st.info(plain(problem), icon=":material/info:")
        return
    paths = nets[0].layer_paths()
    layers = shown(submit_features(nets[0], picture, paths), "Maps of all layers")
    if layers is None:
        return
    choice = current_choice(paths, nets[0].first_path())
    labelled = open_own_pictures(nets[0])
    glance, layer = st.columns(2, gap="medium")
    with glance:
        show_glance(layers, choice)
    opened = [(nets[0], layers[paths.index(choice.layer)])]
    with layer:
        for net in nets[1:]:
            same = layer_in_its_place(net, choice.layer)
            others = shown(submit_features(net, picture, (same,)), "Second net")
            opened += [(net, maps) for maps in others or ()]
        for net, maps in opened:
            show_layer(net, maps, labelled, choice, asked)
    if choice.channel is None:
        st.caption("Press a layer on the left for all its channels, and a channel to see it large.")
        return
    if all(choice.channel >= len(maps.maps) for _, maps in opened):
        say_no_channel(choice.channel)
    for number, (net, maps) in enumerate(opened):
        if choice.channel < len(maps.maps):
            channel = OpenChannel(features=maps, channel=choice.channel)
            show_channel(net, picture, channel, labelled, number=number)


st.title("Feature maps")
st.caption(
    "What every layer of a net makes of a picture, down to one channel.",
    help=hover_text("feature map", "receptive field", "stage", "shortcut"),
)
left, right = st.columns([2, 5], gap="medium")
with left, shown_errors():
    nets, picture = pick_nets_and_picture()
    if picture is not None:
        asked = ask_order()
        with right, shown_errors():
            show_view(nets, picture, asked)
