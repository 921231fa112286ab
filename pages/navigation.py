"""The app's script: the table of pages, and what stands around every page."""

import streamlit as st

from pages.ui.frame import prepare_window, show_frame

prepare_window()

_SECTIONS = {
    "": [
        st.Page(
            "home.py",
            title="Home",
            icon=":material/home:",
            default=True,
            help="What can be done here, what runs now, and a demo that starts with one click.",
        ),
    ],
    "Train": [
        st.Page(
            "train.py",
            title="Train",
            icon=":material/play_circle:",
            help="Choose nets, pictures and a recipe, see the cost, and watch them train live.",
        ),
        st.Page(
            "runs.py",
            title="Runs",
            icon=":material/list_alt:",
            help="All experiments: compare, rename, resume, download and delete them.",
        ),
        st.Page(
            "scoreboard.py",
            title="Scoreboard",
            icon=":material/leaderboard:",
            help="The papers' results beside those of the shipped nets and of your runs.",
        ),
    ],
    "Look inside": [
        st.Page(
            "gradient_flow.py",
            title="Gradient flow",
            icon=":material/trending_down:",
            help="How much gradient reaches every layer, with and without skips, measured.",
        ),
        st.Page(
            "feature_maps.py",
            title="Feature maps",
            icon=":material/grid_view:",
            help="What every layer makes of a picture, down to a channel and what excites it.",
        ),
        st.Page(
            "classify.py",
            title="Classify",
            icon=":material/image_search:",
            help="What nets say of your own pictures, how sure they may be, and what they confuse.",
        ),
        st.Page(
            "where_it_looks.py",
            title="Where it looks",
            icon=":material/center_focus_strong:",
            help="Grad-CAM and ten relatives for any net and picture, and whether to trust them.",
        ),
    ],
    "Nets": [
        st.Page(
            "architecture.py",
            title="Architecture",
            icon=":material/account_tree:",
            help="Take a net apart: diagram, cost of every layer, map sizes; change it, train it.",
        ),
    ],
}

page = st.navigation(_SECTIONS)
show_frame(page.title)
page.run()
