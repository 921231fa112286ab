"""Where it looks: maps of the evidence in a picture, from eleven methods, for any net."""

import streamlit as st

from pages.ui.choosing.net_and_picture import pick_nets_and_picture
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.words import hover_text
from pages.ui.where_it_looks.controls import ask_style, request_explanation
from pages.ui.where_it_looks.faithful import show_faithful
from pages.ui.where_it_looks.maps import show_maps
from pages.ui.where_it_looks.over_pictures import show_over_pictures
from pages.ui.where_it_looks.over_training import show_over_training
from pages.ui.where_it_looks.sanity import show_sanity
from pages.ui.where_it_looks.strangeness import say_strange
from resnet_core.asking.layers_to_ask import maps_problem

_VIEWS = ("Maps", "Is it faithful?", "Over training")

st.title("Where it looks")
st.caption(
    "Which part of a picture speaks for a class, in the eyes of a net.",
    help=hover_text(
        "Grad-CAM",
        "attribution",
        "faithfulness",
        "sanity check",
        "feature map",
        "logit",
        "receptive field",
    ),
)
left, right = st.columns([2, 5], gap="medium")
with left, shown_errors():
    nets, picture = pick_nets_and_picture()
    problem = maps_problem(nets)
    if problem:
        right.info(plain(problem), icon=":material/info:")
    picture = None if problem else picture
    request = request_explanation(nets, picture) if picture is not None else None
    style = ask_style() if request is not None else None
    if request is not None and style is not None:
        with right, shown_errors():
            view = choose_view("Show", _VIEWS, key="look_view")
            say_strange(request)
            if view == "Is it faithful?":
                show_faithful(request, style)
                show_over_pictures(request)
                show_sanity(request, style)
            elif view == "Over training":
                show_over_training(request, style)
            else:
                show_maps(request, style)
