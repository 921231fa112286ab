"""Scoreboard: the papers' results beside ours, and what degradation looks like in numbers."""

import streamlit as st

from pages.ui.scoreboard.own_runs import show_own_runs
from pages.ui.scoreboard.view import show_degradation, show_responses, show_tables
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.session import take_notice
from resnet_core.scoreboard import list_entries

st.title("Scoreboard")
st.write(
    "The papers' results on CIFAR-10 beside those of the nets that come with this lab and of your "
    "own runs, each with the data, the budget and the hardware behind it."
)
notice = take_notice()
if notice:
    st.info(plain(notice), icon=":material/info:")
with shown_errors():
    entries = list_entries()
    depth, results, responses = st.tabs(["Error against depth", "Results", "Layer responses"])
    with depth:
        show_degradation(entries)
    with results:
        show_tables(entries)
    with responses:
        show_responses()
    show_own_runs()
