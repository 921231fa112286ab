"""Scoreboard: the papers' results beside ours, and what degradation looks like in numbers."""

import streamlit as st

from pages.ui.notices import shown_errors
from pages.ui.scoreboard_view import (
    join_form,
    show_degradation,
    show_entries,
    show_responses,
)
from resnet_core.scoreboard import list_entries

st.title("Scoreboard")
st.write(
    "The papers' results on CIFAR-10 beside those of the nets that come with this lab and of your "
    "own runs, each with the data, the budget and the hardware behind it."
)
entries = list_entries()
with shown_errors():
    degradation, responses, table = st.tabs(["Error against depth", "Layer responses", "Table"])
    with degradation:
        show_degradation(entries)
    with responses:
        show_responses()
    with table:
        show_entries(entries)
    join_form()
