"""The first screen: what skips do, shown by a stored run, and the button that trains it anew."""

from collections.abc import Callable

import streamlit as st

from pages.ui.kit.live_chart import live_chart
from pages.ui.shell.links import link_to
from pages.ui.shell.news import news_of_verdict
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.words import hover_text
from resnet_core.checkpoints import CheckpointCard
from resnet_core.recipes.stored_demo import find_stored_demo, read_conditions
from resnet_core.runs.status import RunStatus

_REPLAY_S = 6.0


def effect(start_demo: Callable[[], None]) -> None:
    """Shows question, button and answer: the stored run's verdict, and its curves as they went.

    Args:
        start_demo: trains the same experiment anew, and opens its live view.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("ResNet Lab", width="content")
        st.header("Why do deep nets need skips?", width="stretch")
        is_pressed = st.button("Start the demo", type="primary", icon=":material/play_arrow:")
    if is_pressed:
        with shown_errors():
            start_demo()
    st.markdown(
        "Two nets of 56 layers that differ in one thing, the shortcut around each block, trained "
        "on the same batches from the same seed.",
        help=hover_text("residual net", "plain net", "shortcut", "seed"),
    )
    with shown_errors():
        stored = find_stored_demo()
        if stored is not None:
            _answer(stored)


def _answer(stored: RunStatus) -> None:
    lines = news_of_verdict(stored).lines
    for line in lines:
        st.markdown(f"**{plain(line.title)}**")
    live_chart([stored], key="stored_demo", figures=("loss", "accuracy"), replay_s=_REPLAY_S)
    card = read_conditions(stored.run_id)
    conditions = "" if card is None else _conditions(card)
    st.caption(
        f"{plain(' '.join(line.text for line in lines))} **A stored run**: {conditions}",
        help=hover_text("loss", "gradient norm"),
    )
    link_to("train", "All curves of this run", ":material/monitoring:", stored.run_id)


def _conditions(card: CheckpointCard) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in card.libraries.items())
    return plain(
        f"{card.num_steps:,} steps from seed {card.seed}, trained on {card.date} on "
        f"{card.hardware} ({libraries})."
    )
