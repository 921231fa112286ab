"""The tables of the Scoreboard page: each number beside the conditions that it was got under."""

from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st

from pages.ui.shell.notices import plain
from pages.ui.shell.wording import duration
from resnet_core import paths
from resnet_core.checkpoints import list_checkpoints
from resnet_core.scoreboard import Entry, ranking_sentence
from resnet_core.shares import spaced_percents

_ROW_PX = 35
_MOST_ROWS = 10
_NUMBER = ("Test error (%)", "Picked")
_CONDITIONS = (
    "95 % interval",
    "Seeds",
    "Epochs",
    "Steps",
    "Augmentation",
    "Parameters",
)
_REST = ("± (seeds)", "Training error (%)", "Link", "Time", "Hardware")
_RANKED_ORDER = ("Net", *_NUMBER, "Note", *_CONDITIONS, "From", *_REST)
_OTHERS_ORDER = ("Net", "Data", *_NUMBER, *_CONDITIONS, *_REST, "Note", "From")
_COLUMNS = {
    "Link": st.column_config.LinkColumn(display_text="open"),
    "Parameters": st.column_config.NumberColumn(format="localized"),
    "Test error (%)": st.column_config.NumberColumn(
        format="%.2f", help="None where its source gives no more than “about”."
    ),
    "95 % interval": st.column_config.TextColumn(
        help="Of our own results: Student's over seeds, Wilson's over test pictures for one seed."
    ),
    "Picked": st.column_config.TextColumn(
        help="Which of several numbers it is. The best epoch on the test set, and the best of "
        "several runs, flatter a net."
    ),
    "Note": st.column_config.TextColumn(help="What else to know before it is compared."),
    "± (seeds)": st.column_config.NumberColumn(format="%.2f", help="Deviation over seeds."),
    "Training error (%)": st.column_config.NumberColumn(format="%.2f"),
    "Epochs": st.column_config.NumberColumn(format="%.3g"),
    "Steps": st.column_config.NumberColumn(format="localized"),
}


def show_tables(entries: Sequence[Entry]) -> None:
    """Shows what may be ranked, best first, and apart from it what must not be."""
    ranked = sorted((e for e in entries if e.is_ranked), key=lambda entry: entry.test_error)
    others = sorted(
        (e for e in entries if not e.is_ranked),
        key=lambda entry: (entry.data_title, entry.test_error),
    )
    st.markdown(plain(ranking_sentence(entries)))
    st.markdown("**CIFAR-10 with the papers' budget**, the lowest test error first")
    _table(ranked, _RANKED_ORDER, key="ranked")
    if others:
        st.markdown(
            "**Other data, a shorter budget, or no exact number**: to be compared within one data "
            "set and budget alone, never with the numbers above"
        )
        _table(others, _OTHERS_ORDER, key="others")
    _show_files(entries)
    st.caption(
        "± is the standard deviation over seeds. Training errors of shipped nets are of the "
        "unchanged training pictures, those of runs of the augmented batches of the last 5 %. "
        "Time is that of the whole run, which may have trained several nets on the same batches."
    )


def _table(entries: Sequence[Entry], order: Sequence[str], *, key: str) -> None:
    st.dataframe(
        [_row(entry) for entry in entries],
        hide_index=True,
        height=_ROW_PX * (min(_MOST_ROWS, len(entries)) + 1) + 3,
        placeholder="–",
        column_order=order,
        key=key,
        column_config=_COLUMNS,
    )


def _row(entry: Entry) -> dict[str, Any]:
    spread, training = entry.test_error_spread, entry.training_error
    return {
        "Net": entry.title,
        "Data": entry.data_title,
        "Test error (%)": None if entry.is_rough else 100 * entry.test_error,
        "95 % interval": _interval(entry),
        "Picked": entry.picked,
        "± (seeds)": None if spread is None else 100 * spread,
        "Training error (%)": None if training is None else 100 * training,
        "Epochs": entry.epochs,
        "Steps": entry.steps,
        "Augmentation": entry.augmentation or None,
        "Seeds": entry.num_seeds,
        "Link": _address(entry),
        "Parameters": entry.parameters,
        "Time": None if entry.time_s is None else duration(entry.time_s),
        "Hardware": entry.hardware or None,
        "From": entry.source,
        "Note": entry.note or None,
    }


def _interval(entry: Entry) -> str | None:
    if entry.interval is None:
        return None
    low, high = (100 * bound for bound in entry.interval)
    return f"{low:.2f} to {high:.2f}"


def _address(entry: Entry) -> str | None:
    return f"/train?run={entry.run_ids[0]}" if entry.run_ids else entry.link


def _show_files(entries: Sequence[Entry]) -> None:
    """Offers weights and card of every shipped net."""
    shipped = {name for entry in entries for name in entry.checkpoints}
    cards = {card.name: card for card in list_checkpoints() if card.name in shipped}
    if not cards:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Files of a net that comes with the lab", list(cards), key="files_of")
        _download(name, ".safetensors", "Weights")
        _download(name, ".json", "Card")
    card = cards[name]
    budget = spaced_percents(card.budget)
    st.caption(plain(f"{name}, {card.data_title}, seed {card.seed}, {card.date}: {budget}"))


def _download(name: str, suffix: Literal[".safetensors", ".json"], label: str) -> None:
    path = paths.checkpoints_dir() / f"{name}{suffix}"
    st.download_button(
        label, path.read_bytes, path.name, icon=":material/download:", on_click="ignore"
    )
