"""Probabilities of classes as bars of plain HTML: on the screen before a chart library would be."""

import html
from collections.abc import Sequence

import streamlit as st

from resnet_core.inference import ClassScore
from resnet_core.shares import probability_text

_ROW = "display:grid;grid-template-columns:minmax(5rem,32%) 1fr 3.6rem;gap:0.6rem;margin:0.3rem 0"
_NAME = "text-align:right;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
_TRACK = "background:rgba(128,140,160,0.16);border-radius:4px;align-self:center;height:1.1rem"


def show_class_bars(scores: Sequence[ClassScore], colour: str) -> None:
    """Shows one bar a class; names are text, whatever they hold."""
    st.html(class_bars_html(scores, colour))


def class_bars_html(scores: Sequence[ClassScore], colour: str) -> str:
    """Draws the bars.

    Args:
        scores: in the order from top to bottom.
        colour: of the bars, as `#1f6fb4`.
    """
    rows = "".join(_row(score, colour) for score in scores)
    return f'<div role="list" data-testid="class-bars" style="font-size:0.9rem">{rows}</div>'


def _row(score: ClassScore, colour: str) -> str:
    name = html.escape(score.class_name)
    bar = f"width:{100 * score.probability:.2f}%;background:{colour};height:100%;border-radius:4px"
    return (
        f'<div role="listitem" style="{_ROW}"><span style="{_NAME}" title="{name}">{name}</span>'
        f'<span style="{_TRACK}"><span style="display:block;{bar}"></span></span>'
        f"<span>{probability_text(score.probability)}</span></div>"
    )
