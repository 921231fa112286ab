"""Runs: all experiments, to compare, note on, resume, stop, rename, download and delete."""

import streamlit as st

from pages.ui.kit.live_chart import MAX_RUNS
from pages.ui.runs.comparison import show_comparison
from pages.ui.runs.dialogs import show_asked_dialog
from pages.ui.runs.list import run_list
from pages.ui.runs.ticked import ticked_runs
from pages.ui.shell.links import link_to
from pages.ui.shell.notices import plain
from pages.ui.shell.session import take_notice
from resnet_core.runs.status import list_runs

st.title("Runs")
st.caption(
    "Everything that was trained here, forks below the run they come from: curves and settings "
    "side by side, notes, and what goes on from here."
)
runs = list_runs()
notice = take_notice()
if notice:
    st.info(plain(notice), icon=":material/info:")
if not runs:
    st.info("There is no run yet: start the demo, or an experiment of your own.")
    link_to("home", "Start the demo", ":material/home:")
    link_to("train", "Set up an experiment", ":material/tune:")
    st.stop()

ticked = ticked_runs(runs)
listed, shown = st.columns([2, 3], gap="medium")
with listed:
    st.caption(f"Tick up to {MAX_RUNS} runs to compare them.")
    run_list(ticked)
show_asked_dialog()
with shown:
    chosen = [status for status in runs if status.run_id in ticked]
    if chosen:
        show_comparison(chosen)
    else:
        st.info("Tick a run to see its curves and results.", icon=":material/check_box:")
