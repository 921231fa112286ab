"""Home: what the lab is for, what runs now, and a demo that starts with one press."""

import streamlit as st

from pages.ui.kit.live_chart import live_chart
from pages.ui.shell.links import link_to
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.resources import (
    device_name,
    list_data_sources,
    list_recent_runs,
    sample_pictures,
)
from pages.ui.shell.site_map import entries
from pages.ui.shell.wording import data_row, phase_word
from pages.ui.train.form import start
from resnet_core.recipes.presets import demo_experiment

st.title("ResNet Lab")
left, right = st.columns(2, gap="large")
with left:
    st.write(
        "Train two nets that differ in one thing, the shortcut around each block, **on the same "
        "batches from the same seed**, and watch what it changes: the loss, the accuracy, and the "
        "gradient that reaches every layer."
    )
    if st.button("Start the demo", type="primary", icon=":material/play_arrow:"):
        with shown_errors():
            start(demo_experiment())
    st.caption(
        "A narrow ResNet-56 against its plain twin on pictures that the lab draws itself: first "
        "curves within seconds, about a minute on two free CPU cores, nothing to download. The "
        "plain net is late, not dead: with 1,500 steps instead of 400 it was right on 54 and 44 % "
        "of the validation pictures (two seeds, one CPU thread, 2026-11-27; "
        "`train --recipe demo --arms plain56_narrow --steps 1500`)."
    )
with right:
    images, names = sample_pictures()
    st.caption("What the demo's nets learn to tell apart: one picture of each class")
    with st.grid(5, min_column_width=40):
        for image, name in zip(images, names, strict=True):
            st.image(image, caption=name, alt=f"A {name}, drawn by the lab", width="stretch")

runs = [status for status in list_recent_runs() if not status.is_damaged]
live = [status for status in runs if status.is_live]
if runs:
    st.header("Running now" if live else "The newest run")
    for status in live or runs[:1]:
        label = f"Open {plain(status.name)} ({phase_word(status)})"
        link_to("train", label, ":material/monitoring:", status.run_id)
    live_chart((live or runs)[:1], key="home_chart", figures=("loss", "accuracy"))

st.header("What else can be done here")
with st.grid(4, gap="medium"):
    for entry in entries()[1:]:
        with st.container(gap="xxsmall"):
            link_to(entry.name, entry.title, f":material/{entry.icon}:")
            st.caption(entry.summary)

st.header("This machine")
st.write(f"Trains on: **{plain(device_name())}**")
st.dataframe([data_row(source) for source in list_data_sources()], hide_index=True)
