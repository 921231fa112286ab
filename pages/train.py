"""Train: set up an experiment, start it, and watch it live."""

import streamlit as st

from pages.ui.shell.links import link_to
from pages.ui.shell.notices import plain
from pages.ui.shell.session import current_run, take_notice
from pages.ui.shell.words import hover_text
from pages.ui.train.form import experiment_form, is_prepared
from pages.ui.train.one_run import run_view

head = st.container(horizontal=True, vertical_alignment="center")
head.title("Train", width="content")
status = None if is_prepared() else current_run()
notice = take_notice()
if notice:
    st.info(plain(notice), icon=":material/info:")
if status is None:
    st.markdown(
        "Choose nets that differ in one thing. They train on the same batches from the same seed, "
        "and you watch the loss, the accuracy and the gradient of every layer as they come.",
        help=hover_text(
            "residual net", "plain net", "seed", "loss", "gradient norm", "batch norm", "validation"
        ),
    )
    experiment_form()
else:
    run_view(status, head)
    another = st.expander(
        "Set up another experiment", icon=":material/add_circle:", key="another", on_change="rerun"
    )
    if another.open:  # closed, it would measure times for nobody
        with another:
            experiment_form()
    link_to("runs", "All runs, to compare and resume", ":material/list_alt:")
