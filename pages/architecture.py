"""Architecture: nets taken apart, changed, compared, and sent to training."""

import streamlit as st

from pages.ui.architecture.block import show_block_code
from pages.ui.architecture.diagram import show_diagrams
from pages.ui.architecture.form import LETTERS, pick_architecture, read_link, upload_net, write_link
from pages.ui.architecture.of_others import asks_for_others, show_cost_of_others
from pages.ui.architecture.speed import show_speed
from pages.ui.architecture.view import (
    show_file,
    show_layers,
    show_resolution,
    show_totals,
    title_of,
)
from pages.ui.choosing.nets_in_address import open_with_nets
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.words import hover_text
from resnet_core.config import ModelConfig, settings_of
from resnet_core.models.compare import compare_nets

_TABS = ("Diagram", "Layers", "Map sizes", "Formula and code", "Speed here", "Link and file")

heading, ways_on = st.columns([3, 2], vertical_alignment="center")
heading.title("Architecture")
told, whose = st.columns([5, 3], vertical_alignment="center")
told.caption(
    "Every net taken apart: what its blocks compute, what layers cost, how small maps get.",
    help=hover_text(
        "residual net",
        "plain net",
        "shortcut",
        "projection",
        "stage",
        "pre-activation",
        "batch norm",
        "feature map",
    ),
)
with whose, st.container(horizontal=True, horizontal_alignment="right"):
    is_of_others = asks_for_others()
if is_of_others:
    with shown_errors():
        show_cost_of_others()
    st.stop()
read_link()
nets_place, side = st.columns([7, 2], gap="medium")
with side:
    image_size_px = int(
        st.number_input("Picture, px a side", 1, 1024, 32, key="net_px", persist_state="session")
    )
    is_pair = st.toggle("Compare two nets", key="net_pair", persist_state="session")
letters = LETTERS if is_pair else LETTERS[:1]
picked = []
with nets_place:
    for place, letter in zip(st.columns(len(letters), gap="medium"), letters, strict=True):
        with place:
            picked.append(pick_architecture(letter))
nets = [net for net in picked if net is not None]
if len(nets) < len(letters):
    st.stop()
write_link(nets)

with shown_errors():
    show_totals(nets, image_size_px)
    if is_pair:
        difference = compare_nets(nets[0].config, nets[1].config, image_size_px)
        settings = [
            f"{setting.say(before)} / {setting.word(after)}"
            for name, (before, after) in difference.settings.items()
            if (setting := settings_of(ModelConfig)[name])
        ]
        listed = f" Settings that differ (A / B): {'; '.join(settings)}." if settings else ""
        st.info(plain(f"{difference.sentence}{listed}"), icon=":material/difference:")
    configs = [net.config for net in nets]
    with ways_on, st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(
            "Train both" if is_pair else "Train this", type="primary", icon=":material/play_arrow:"
        ):
            open_with_nets("train", configs)
        if st.button(
            "Gradient flow of both" if is_pair else "Gradient flow of this",
            icon=":material/trending_down:",
        ):
            open_with_nets("gradient_flow", configs)

    # Only the open tab is computed, so that a changed setting shows at once.
    tab_in_address = choice_in_address("net_tab", _TABS, _TABS[0])
    diagram, layers, maps, block, speed, share = st.tabs(
        _TABS,
        key=tab_in_address["key"],
        on_change=tab_in_address["on_change"],
        args=tab_in_address["args"],
    )
    with diagram:
        if diagram.open:
            show_diagrams(nets, image_size_px)
    for tab, show in ((layers, show_layers), (block, show_block_code)):
        if tab.open:
            for letter, net in zip(letters, nets, strict=True):
                with tab:
                    st.markdown(f"**Net {letter.upper()}**: {plain(title_of(net))}")
                    show(net, image_size_px, letter)
    with maps:
        if maps.open:
            show_resolution(nets, image_size_px)
    with speed:
        if speed.open:
            show_speed(nets, image_size_px, shown_theme())
    with share:
        if share.open:
            st.write("The address of this page is a link to these nets. As files:")
            for place, letter, net in zip(st.columns(len(nets)), letters, nets, strict=True):
                with place:
                    show_file(net, letter)
                    upload_net(letter)
