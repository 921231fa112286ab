"""Runs: all experiments, to compare, resume, rename, download and delete."""

import streamlit as st

from pages.ui.kit.live_chart import MAX_RUNS, live_chart
from pages.ui.runs.list import run_list, show_asked_dialog
from pages.ui.shell.links import link_to
from pages.ui.shell.notices import plain
from pages.ui.shell.session import app_state, take_notice
from resnet_core.runs.status import list_runs

st.title("Runs")
runs = list_runs()
state = app_state()
notice = take_notice()
if notice:
    st.info(plain(notice), icon=":material/info:")
if not runs:
    st.info("There is no run yet: start the demo, or an experiment of your own.")
    link_to("home", "Start the demo", ":material/home:")
    link_to("train", "Set up an experiment", ":material/tune:")
    st.stop()

st.write(f"Tick up to {MAX_RUNS} runs to see their curves in one chart.")
if not state.has_compared:
    state.has_compared = True
    sound = [status.run_id for status in runs if not status.is_damaged]
    state.compared = set(sound[:1])
run_list()
show_asked_dialog()

chosen = [s for s in runs if s.run_id in state.compared and not s.is_damaged]
if chosen:
    st.header("Curves")
    live_chart(chosen, key="compare_chart")
    st.caption("Colours say the kind of net, dashes the run. Runs that are going stay live here.")
