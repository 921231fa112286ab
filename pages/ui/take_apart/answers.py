"""What a net says, as loaded and as switched, in a sentence, in bars and in a table of figures."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.kit.class_bars import show_class_bars
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.notices import plain
from resnet_core.asking import ReadyNet
from resnet_core.asking.held_pictures import HeldAnswers
from resnet_core.asking.picked import PickedPicture
from resnet_core.asking.switch_sentences import (
    accuracy_change_sentence,
    answer_change_sentence,
    held_sentence,
)
from resnet_core.asking.taking_apart import NetApart
from resnet_core.figures.style import arm_colours
from resnet_core.probes.apart_sentences import figures_sentence
from resnet_core.probes.spread import readable
from resnet_core.probes.taken_apart import BlockFigures
from resnet_core.shares import percent, probability_text

_NUM_CLASSES = 3
_AS_LOADED, _AS_SWITCHED = "as loaded", "as switched"
_QUIET = "#808a96"
_TABLE = "width:100%;border-collapse:collapse;font-size:0.82rem;line-height:1.25"
_CELL = "padding:0.18rem 0.4rem;border-bottom:1px solid rgba(128,140,160,0.25)"
_TITLE = "text-align:left;font-weight:400;white-space:nowrap;"


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """A net in one state: what it says of the picture, and how accurate it is."""

    apart: NetApart
    held: HeldAnswers | None
    """Answers to held pictures; `None` as long as there are none."""


def say_what_happens(
    picture: PickedPicture, path: str, words: str, readings: Sequence[Reading]
) -> None:
    """Says what the net answers and what the block does, or what the switches did.

    Args:
        picture: what the net was shown.
        path: of the block.
        words: what is switched, as `switch_words` says it.
        readings: the net as it was loaded and, where anything is switched, as it is switched.
    """
    if len(readings) == 1:
        told = _as_it_is(picture, path, readings[0])
    else:
        whole, now = readings
        told = [answer_change_sentence(whole.apart.answer, now.apart.answer)]
        if whole.held is not None and now.held is not None:
            told.insert(0, accuracy_change_sentence(words, whole.held, now.held))
        else:
            told.insert(0, f"{words[:1].upper()}{words[1:]}:")
    st.markdown(plain(" ".join(told)))


def _as_it_is(picture: PickedPicture, path: str, reading: Reading) -> list[str]:
    first = reading.apart.answer.top(1)[0]
    label = f", labelled {picture.class_name}" if picture.class_name else ""
    told = [f"It says {first.class_name} ({probability_text(first.probability)}){label}."]
    told.append(figures_sentence(reading.apart.taken.block(path)))
    return told if reading.held is None else [*told, held_sentence(reading.held)]


def show_bars(net: ReadyNet, readings: Sequence[Reading]) -> None:
    """Shows the most probable classes, as switched above those of the net as it was loaded."""
    colour = arm_colours([net.is_plain], shown_theme())[0]
    for reading, name in _named(readings):
        if len(readings) > 1:
            st.caption(name)
        is_first = reading is readings[-1]
        show_class_bars(reading.apart.answer.top(_NUM_CLASSES), colour if is_first else _QUIET)


def show_table(path: str, readings: Sequence[Reading]) -> None:
    """Shows what the block does to the picture, in one column for each state of the net."""
    named = _named(readings)
    rows = [_row(path, [name for _, name in named], tag="th")]
    rows.append(_row("accuracy (95 %)", [_accuracy(reading.held) for reading, _ in named]))
    for title, figure in _FIGURES.items():
        cells = [figure.write(reading.apart.taken.block(path)) for reading, _ in named]
        if any(cells):
            rows.append(_row(title, cells, words=figure.words))
    st.html(f'<table style="{_TABLE}">{"".join(rows)}</table>')


def _named(readings: Sequence[Reading]) -> list[tuple[Reading, str]]:
    """The net as it is switched first, as that is what a person has just done."""
    if len(readings) == 1:
        return [(readings[0], _AS_LOADED)]
    return [(readings[1], _AS_SWITCHED), (readings[0], _AS_LOADED)]


def _row(title: str, cells: Sequence[str], tag: str = "td", words: str = "") -> str:
    written = "".join(
        f'<{tag} style="text-align:right;{_CELL}">{html.escape(cell) or "–"}</{tag}>'
        for cell in cells
    )
    hover = f' title="{html.escape(words)}"' if words else ""
    heading = f'<th scope="row"{hover} style="{_TITLE}{_CELL}">{html.escape(title)}</th>'
    return f"<tr>{heading}{written}</tr>"


def _accuracy(held: HeldAnswers | None) -> str:
    if held is None:
        return ""
    low, high = (100 * bound for bound in held.interval)
    return f"{percent(held.accuracy)} ({low:.1f} to {high:.1f})"


def _number(value: float | None) -> str:
    return "" if value is None else readable(value)


def _share(value: float | None) -> str:
    return "" if value is None else percent(value, 0)


@dataclass(frozen=True, kw_only=True)
class _Figure:
    """A row of the table."""

    write: Callable[[BlockFigures], str]
    words: str
    """What it is, on hover."""


_FIGURES = {
    "norm of x": _Figure(
        write=lambda block: _number(block.input_norm),
        words="Length of what enters the block, all maps together.",
    ),
    "norm of F(x)": _Figure(
        write=lambda block: _number(block.branch_norm),
        words="Length of what the branch adds.",
    ),
    "norm over the skip": _Figure(
        write=lambda block: _number(block.skip_norm),
        words="Length of what comes over the skip, times alpha.",
    ),
    "norm of the sum": _Figure(
        write=lambda block: "" if block.skip_norm is None else _number(block.sum_norm),
        words="Length of the two together, before what follows the sum.",
    ),
    "norm of what leaves": _Figure(
        write=lambda block: _number(block.sum_norm) if block.skip_norm is None else "",
        words="Length of what the block hands on.",
    ),
    "cosine of the two": _Figure(
        write=lambda block: _number(block.cosine),
        words="1: F(x) points where the skip does; 0: across it; -1: against it.",
    ),
    "gradient by the skip": _Figure(
        write=lambda block: _share(block.skip_gradient_share),
        words="Share of the gradient that comes back to x through the skip; above 100 % where the "
        "branch works against it.",
    ),
    "gradient behind it": _Figure(
        write=lambda block: _number(block.gradient_norm),
        words="Length of the gradient that reaches what leaves the block.",
    ),
}
