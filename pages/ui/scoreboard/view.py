"""The figures and the tables of the Scoreboard page."""

from collections.abc import Sequence
from typing import Any, Literal

import plotly.graph_objects as go
import streamlit as st

from pages.ui.kit.plot import same_view, show_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.notices import plain
from pages.ui.shell.shared import drawn
from pages.ui.shell.wording import duration
from resnet_core import paths
from resnet_core.checkpoints import CheckpointCard, list_checkpoints
from resnet_core.figures.scoreboard import card_responses_figure, degradation_figure
from resnet_core.scoreboard import Entry

_ROW_PX = 35
_MEASURED = ("Test error (%)", "± (seeds)", "Training error (%)", "Epochs", "Seeds")
_RANKED_ORDER = ("Net", "From", *_MEASURED, "Parameters", "Time", "Hardware", "Link", "Mind")
_OTHERS_ORDER = (
    "Net",
    "Data",
    *_MEASURED,
    "Time",
    "Hardware",
    "Parameters",
    "Link",
    "From",
    "Mind",
)
_DEGRADATION = """
Plain nets get *worse* as they get deeper, and they do so **on their own training pictures**, so
that it is not overfitting: He et al. call it degradation (2015, fig. 1 and 6). With shortcuts,
deeper is better up to about a hundred layers. A cross is training error. On the right are results
on other data or with a shorter budget: compare them with each other, never with the papers'.
"""
_RESPONSES = """
The standard deviation of what each 3x3 layer says, after batch norm, before ReLU and addition. He
et al. (2015, fig. 7) find that the layers of residual nets say less than those of plain ones, and
those of deeper residual nets less still: each block changes its input only a little. Short
training, as these nets had, shows it less clearly than the paper's 182 epochs.
"""
_COLUMNS = {
    "Link": st.column_config.LinkColumn(display_text="open"),
    "Parameters": st.column_config.NumberColumn(format="localized"),
    "Test error (%)": st.column_config.NumberColumn(format="%.2f"),
    "± (seeds)": st.column_config.NumberColumn(format="%.2f", help="Deviation over seeds."),
    "Training error (%)": st.column_config.NumberColumn(format="%.2f"),
    "Epochs": st.column_config.NumberColumn(format="%.3g"),
}


def show_degradation(entries: Sequence[Entry]) -> None:
    """Draws error against depth, with the words that explain it."""
    theme = shown_theme()
    figure = drawn(
        ("degradation", tuple(entries), theme), lambda: degradation_figure(entries, theme=theme)
    )
    show_figure(figure, key="degradation", alt="Error over depth of residual and plain nets")
    st.caption("Crosses are training errors; bars are one standard deviation over seeds.")
    with st.expander("What to look for", icon=":material/menu_book:"):
        st.markdown(_DEGRADATION)


def show_responses() -> None:
    """Draws the layer responses of the shipped nets that one data set trained."""
    by_data: dict[str, list[CheckpointCard]] = {}
    for card in list_checkpoints():
        if card.layer_responses:
            by_data.setdefault(card.data_title, []).append(card)
    if not by_data:
        st.info("No net with measured responses comes with this copy of the lab.")
        return
    titles = sorted(by_data, key=lambda title: -len(by_data[title]))
    with st.container(horizontal=True):
        title = st.segmented_control(
            "Trained on", titles, default=titles[0], required=True, key="responses_data"
        )
        orders = ["depth", "size"]
        order = st.segmented_control(
            "Layers in order of", orders, default="depth", required=True, key="responses_order"
        )
    cards = by_data[title or titles[0]]
    show_figure(
        _responses(cards, by_size=order == "size"),
        key="responses",
        alt=f"Deviation of each layer's responses, in order of {order}",
    )
    st.caption("Measured on 1,000 training pictures when each net was added to the lab.")
    with st.expander("What to look for", icon=":material/menu_book:"):
        st.markdown(_RESPONSES)


def _responses(cards: Sequence[CheckpointCard], *, by_size: bool) -> go.Figure:
    theme = shown_theme()
    shown = tuple((c.name, c.model.is_plain, *c.layer_responses.items()) for c in cards)
    return drawn(
        ("responses", shown, by_size, theme),
        lambda: same_view(
            card_responses_figure(cards, by_size=by_size, theme=theme),
            [card.name for card in cards],
            by_size,
        ),
    )


def show_tables(entries: Sequence[Entry]) -> None:
    """Shows what may be ranked, best first, and apart from it what must not be."""
    ranked = sorted((e for e in entries if e.is_ranked), key=lambda entry: entry.test_error)
    others = sorted(
        (e for e in entries if not e.is_ranked),
        key=lambda entry: (entry.data_title, entry.test_error),
    )
    st.markdown("**CIFAR-10 with the papers' budget**, the lowest test error first")
    _table(ranked, _RANKED_ORDER, key="ranked")
    if others:
        st.markdown(
            "**Other data or a shorter budget**: to be compared within one data set and budget "
            "alone, never with the numbers above"
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
        height=_ROW_PX * (len(entries) + 1) + 3,
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
        "Test error (%)": 100 * entry.test_error,
        "± (seeds)": None if spread is None else 100 * spread,
        "Training error (%)": None if training is None else 100 * training,
        "Epochs": entry.epochs,
        "Seeds": entry.num_seeds,
        "Link": _address(entry),
        "Parameters": entry.parameters,
        "Time": None if entry.time_s is None else duration(entry.time_s),
        "Hardware": entry.hardware or None,
        "From": entry.source,
        "Mind": entry.note or None,
    }


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
    st.caption(plain(f"{name}, {card.data_title}, seed {card.seed}, {card.date}: {card.budget}"))


def _download(name: str, suffix: Literal[".safetensors", ".json"], label: str) -> None:
    path = paths.checkpoints_dir() / f"{name}{suffix}"
    st.download_button(
        label, path.read_bytes, path.name, icon=":material/download:", on_click="ignore"
    )
