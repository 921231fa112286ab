"""Home: what the lab is for, what runs now, and a demo that starts with one press."""

import streamlit as st

from pages.ui.home.effect import effect
from pages.ui.kit.live_chart import live_chart
from pages.ui.shell.links import link_to
from pages.ui.shell.notices import plain
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

effect(lambda: start(demo_experiment()))

st.caption(
    "The button trains the same two nets here: about a minute on two free CPU cores, nothing to "
    "download. The plain net is late, not dead: with 1,500 steps instead of 320 it was right on 54 "
    "and 44 % of the validation pictures (two seeds, one CPU thread, 2026-11-27; "
    "`train --recipe demo --arms plain56_narrow --steps 1500`)."
)

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

st.header("What the demo's nets learn to tell apart")
images, names = sample_pictures()
with st.grid(10, min_column_width=60):
    for image, name in zip(images, names, strict=True):
        st.image(image, caption=name, alt=f"A {name}, drawn by the lab", width="stretch")

st.header("This machine")
st.write(f"Trains on: **{plain(device_name())}**")
st.table([data_row(source) for source in list_data_sources()], hide_index=True)
