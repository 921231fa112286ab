"""The parts of the Scoreboard page."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.ui.notices import shown_errors
from pages.ui.wording import duration
from resnet_core.checkpoints import list_checkpoints
from resnet_core.figures.scoreboard import card_responses_figure, degradation_figure
from resnet_core.scoreboard import (
    Entry,
    joined_runs,
    leave_scoreboard,
    put_on_scoreboard,
)
from resnet_core.training.runs import list_runs

_DEGRADATION = """
Plain nets get *worse* as they get deeper, and they do so **on their own training pictures**, so
that it is not overfitting: He et al. call it degradation (2015, fig. 1 and 6). With shortcuts,
deeper is better up to about a hundred layers. Open markers and dotted lines are results on other
data or with a shorter budget: compare them with each other, not with the papers' numbers.
"""
_RESPONSES = """
The standard deviation of what each 3x3 layer says, after batch norm, before ReLU and addition. He
et al. (2015, fig. 7) find that the layers of residual nets say less than those of plain ones, and
those of deeper residual nets less still: each block changes its input only a little.
"""


def show_degradation(entries: Sequence[Entry]) -> None:
    """Draws error against depth, with the words that explain it."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    st.plotly_chart(degradation_figure(entries, theme=theme), key="degradation")
    with st.expander("What to look for", icon=":material/menu_book:"):
        st.markdown(_DEGRADATION)


def show_responses() -> None:
    """Draws the layer responses of the shipped nets."""
    cards = [card for card in list_checkpoints() if card.layer_responses]
    theme = "dark" if st.context.theme.type == "dark" else "light"
    st.plotly_chart(card_responses_figure(cards, theme=theme), key="responses")
    st.caption("Measured on 1,000 training pictures when each net was added to the lab.")
    with st.expander("What to look for", icon=":material/menu_book:"):
        st.markdown(_RESPONSES)


def show_entries(entries: Sequence[Entry]) -> None:
    """Shows all entries as a table that can be sorted and downloaded."""
    st.dataframe(
        [_row(entry) for entry in entries],
        hide_index=True,
        column_config={
            "Link": st.column_config.LinkColumn(display_text="open"),
            "Test error (%)": st.column_config.NumberColumn(format="%.2f"),
            "± (seeds)": st.column_config.NumberColumn(format="%.2f"),
            "Training error (%)": st.column_config.NumberColumn(format="%.2f"),
            "Epochs": st.column_config.NumberColumn(format="%.0f"),
        },
    )
    st.caption(
        "± is the standard deviation over seeds. Training errors of shipped nets are of the "
        "unchanged training pictures, those of runs of the augmented batches of the last 5 %."
    )


def join_form() -> None:
    """Lets a person put a finished run on the board, or take one off."""
    st.subheader("Your own runs")
    joined = set(joined_runs())
    finished = [s for s in list_runs() if s.phase == "finished"]
    names = {status.run_id: f"{status.name} ({status.run_id[:15]})" for status in finished}
    waiting = [run_id for run_id in names if run_id not in joined]
    if not finished:
        st.info("A finished run can join here. There is none yet.")
    for run_id in sorted(joined & set(names), reverse=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.text(names[run_id])
        right.button("Take off", key=f"leave_{run_id}", on_click=leave_scoreboard, args=(run_id,))
    if waiting:
        chosen = st.selectbox("Finished run", waiting, format_func=names.__getitem__)
        if st.button("Put it on the scoreboard", icon=":material/add:"):
            with shown_errors():
                put_on_scoreboard(chosen)
                st.rerun()


def _row(entry: Entry) -> dict[str, Any]:
    spread, training = entry.test_error_spread, entry.training_error
    return {
        "Net": entry.title,
        "Kind": "plain" if entry.is_plain else "residual",
        "Parameters": entry.parameters,
        "Data": entry.data_title,
        "Test error (%)": 100 * entry.test_error,
        "± (seeds)": None if spread is None else 100 * spread,
        "Seeds": entry.num_seeds,
        "Training error (%)": None if training is None else 100 * training,
        "Epochs": entry.epochs,
        "Time": duration(entry.time_s),
        "Hardware": entry.hardware,
        "From": entry.source,
        "Link": _address(entry),
        "Mind": entry.note,
    }


def _address(entry: Entry) -> str | None:
    if entry.origin == "run":
        return f"/train?run={entry.link}"
    return entry.link
