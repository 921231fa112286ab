"""Gradient flow: what the skip does to the gradient, measured at the start and during training."""

import streamlit as st

from pages.ui.gradient_flow.beyond_norms import show_paths, show_shattering
from pages.ui.gradient_flow.during_training import show_training
from pages.ui.gradient_flow.first_steps import show_first_steps
from pages.ui.gradient_flow.initial import show_instrument, show_two_by_two
from pages.ui.gradient_flow.knobs import turn_knobs
from pages.ui.gradient_flow.of_others import show_nets_of_others
from pages.ui.gradient_flow.responses import compare_responses
from pages.ui.gradient_flow.sweep import show_sweep
from pages.ui.gradient_flow.theory import explain
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.notices import shown_errors
from pages.ui.shell.words import hover_text

_WITH_KNOBS = {
    "At the start": show_instrument,
    "First 30 steps": show_first_steps,
    "Two by two": show_two_by_two,
    "Skip strength": show_sweep,
    "Shattering": show_shattering,
}
_VARIED = {"Two by two": ("norm",), "Skip strength": ("depth", "alpha")}
_WITHOUT_KNOBS = {
    "While training": show_training,
    "Paths": show_paths,
    "Responses": compare_responses,
    "Others": show_nets_of_others,
}
_VIEWS = ("At the start", "First 30 steps", "Two by two", "Skip strength", "While training")
_VIEWS += ("Paths", "Shattering", "Responses", "Others")

st.title("Gradient flow")
st.markdown(
    "How much of the gradient reaches every layer of a net with and without shortcuts, measured.",
    help=hover_text(
        "gradient norm", "vanishing gradient", "residual net", "plain net", "shortcut", "stage"
    ),
)
view = choose_view("View", _VIEWS, key="view")
with shown_errors():
    if view in _WITH_KNOBS:
        _WITH_KNOBS[view](turn_knobs(_VARIED.get(view, ())))
    else:
        _WITHOUT_KNOBS[view]()
explain(view)
