"""Scoreboard: the papers' results beside ours, and what degradation looks like in numbers."""

from typing import Literal

import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.scoreboard.depth import show_budgets, show_published
from pages.ui.scoreboard.own_runs import show_own_runs
from pages.ui.scoreboard.responses import show_responses
from pages.ui.scoreboard.view import show_tables
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.session import take_notice
from resnet_core.scoreboard import list_entries

View = Literal["Depth, equal budgets", "Published", "All results", "Layer responses"]
VIEWS: tuple[View, ...] = ("Depth, equal budgets", "Published", "All results", "Layer responses")

heading, ways = st.columns([2, 3], vertical_alignment="center")
heading.title("Scoreboard")
with ways, st.container(horizontal=True, horizontal_alignment="right"):
    view = choose_view("What to see", VIEWS, key="view")
st.caption(
    "What depth does to nets with and without shortcuts: errors that papers give and those that "
    "were measured here, each with its conditions."
)
notice = take_notice()
if notice:
    st.info(plain(notice), icon=":material/info:")
with shown_errors():
    entries = list_entries()
    if view == "Published":
        show_published(entries)
    elif view == "All results":
        show_tables(entries)
    elif view == "Layer responses":
        show_responses()
    else:
        show_budgets(entries)
    show_own_runs()
