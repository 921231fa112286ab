"""The gradient in a net of others: at every layer, and on both sides of each addition."""

import streamlit as st

from pages.ui.choosing.other_nets import load_other_net, pick_other_net, say_caution
from pages.ui.kit.plot import measured_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.notices import plain
from resnet_core.asking.labelled_sets import SyntheticSet
from resnet_core.asking.other_anatomy import START_PICTURES, OtherStart, measure_start_of
from resnet_core.figures.own_anatomy import (
    layer_gradients_csv,
    layer_gradients_figure,
    own_anatomy_csv,
    own_anatomy_figure,
)
from resnet_core.probes.own_sentences import layer_gradients_sentence, skip_anatomy_sentence

_KEY = "flow"


def show_nets_of_others() -> None:
    """Lets a person choose a net of others, and shows how the gradient reaches its layers."""
    side, main = st.columns([2, 5], gap="medium")
    with side:
        net = load_other_net(pick_other_net(_KEY))
        say_caution(net)
    with main:
        job = submit(
            ("flow of others", net.key),
            lambda progress: measure_start_of(net, SyntheticSet(), progress),
            lane="slow",
        )
        found = shown(job, "Measuring the gradient")
        if found is not None:
            _show(found)


def _show(found: OtherStart) -> None:
    theme = shown_theme()
    said = layer_gradients_sentence(found.layers, found.title)
    st.info(plain(said), icon=":material/show_chart:")
    measured_figure(
        layer_gradients_figure(found.layers, found.title, theme=theme),
        key="flow_of_others",
        alt=said,
        caption=f"Norm of the gradient of each layer's weight: {START_PICTURES} synthetic "
        "pictures, cross-entropy, in training mode, one batch.",
        numbers=lambda: layer_gradients_csv(found.layers),
    )
    st.header("Skip anatomy")
    anatomy = skip_anatomy_sentence(found.anatomy, found.title)
    st.write(plain(anatomy))
    if found.anatomy.additions:
        measured_figure(
            own_anatomy_figure(found.anatomy, found.title, theme=theme),
            key="anatomy_of_others",
            alt=anatomy,
            caption="Every addition that was found in the forward pass, with the same pictures; "
            "batch norm by the batch, and nothing dropped at random.",
            numbers=lambda: own_anatomy_csv(found.anatomy),
        )
