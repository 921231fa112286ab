"""How large the responses of each layer are, as the cards of the shipped nets tell."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.notices import plain
from pages.ui.shell.shared import drawn
from pages.ui.shell.words import hover_text
from resnet_core.checkpoints import CheckpointCard, list_checkpoints
from resnet_core.figures.scoreboard import card_responses_figure
from resnet_core.figures.scoreboard_tables import card_responses_csv
from resnet_core.scoreboard import responses_sentence

_ORDERS = ("depth", "size")
_RESPONSES = """
The standard deviation of what each 3x3 layer says, after batch norm, before ReLU and addition. He
et al. (2015, fig. 7) find that the layers of residual nets say less than those of plain ones, and
those of deeper residual nets less still: each block changes its input only a little. Short
training, as these nets had, need not show it.
"""


def show_responses() -> None:
    """Draws the layer responses of the shipped nets that learned the same pictures as long."""
    groups = _groups()
    if not groups:
        st.info("No net with measured responses comes with this copy of the lab.")
        return
    titles = list(groups)
    with st.container(horizontal=True):
        title = st.selectbox("Trained on", titles, **choice_in_address("nets", titles, titles[0]))
        order = choose_view("Layers in order of", _ORDERS, key="order", is_labelled=True)
    cards = groups[title or titles[0]]
    st.markdown(plain(responses_sentence(cards)), help=hover_text("batch norm"))
    measured_figure(
        _responses(cards, by_size=order == "size"),
        key="responses",
        alt=f"Deviation of each layer's responses, in order of {order}",
        caption="Measured on 1,000 training pictures when each net was added to the lab.",
        numbers=lambda: card_responses_csv(cards),
    )
    with st.expander("What to look for", icon=":material/menu_book:"):
        st.markdown(_RESPONSES)


def _groups() -> dict[str, list[CheckpointCard]]:
    """Cards by data and budget, those with most nets first."""
    groups: dict[str, list[CheckpointCard]] = {}
    for card in list_checkpoints():
        if card.layer_responses:
            groups.setdefault(f"{card.data_title}, {card.num_steps:,} steps", []).append(card)
    return dict(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])))


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
