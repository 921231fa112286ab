"""The drawn net: every block with its skip, and how the gradient comes back through them."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from pages.ui.kit.plot import measured_figure, same_view, show_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import word_of
from pages.ui.shell.shared import drawn, same_each
from pages.ui.take_apart.switching import choose_block
from resnet_core.asking import ReadyNet
from resnet_core.config import BlockState
from resnet_core.figures.architecture import architecture_figure
from resnet_core.figures.blocks_in_row import blocks_figure
from resnet_core.figures.switched_blocks import switched_blocks
from resnet_core.models.outline import outline_net, set_apart
from resnet_core.probes.taken_apart import TakenApart

_BLOCK = re.compile(r"stage\d+\.\d+")


def show_blocks(
    net: ReadyNet,
    taken: Sequence[TakenApart],
    states: Mapping[str, BlockState],
    path: str,
) -> None:
    """Draws every block; a press chooses it.

    Args:
        net: the net.
        taken: the net as it was loaded and, where anything is switched, as it is switched.
        states: what holds of each block now.
        path: of the block that is chosen.
    """
    theme, told = shown_theme(), tuple(states.items())
    figure = drawn(
        ("apart", same_each(tuple(taken)), told, path, theme),
        lambda: same_view(
            blocks_figure(taken, states, chosen=path, is_plain=net.is_plain, theme=theme),
            net.key,
        ),
    )
    class_name = net.card.class_names[taken[0].class_index]
    has_sums = any(block.skip_norm is not None for block in taken[0].blocks)
    share = ", and the share of it that comes back through the skip" if has_sums else ""
    measured_figure(
        figure,
        key="apart_blocks",
        caption=f"Every block of the net; press one to choose it. Below, the gradient of the logit "
        f"of {class_name} that reaches what leaves each block, for this picture{share}.",
        alt=f"Every block of {net.title}, with its skip and the gradient that comes back",
        numbers=lambda: _csv(taken, states),
        on_press=choose_block,
    )


def show_drawn_net(net: ReadyNet, states: Mapping[str, BlockState], path: str) -> None:
    """Draws every operation of the net as it is switched; a press chooses its block.

    Args:
        net: the net.
        states: what holds of each block now.
        path: of the block that is chosen.
    """
    model, side, theme = net.card.model, net.card.image_size_px, shown_theme()
    marked = switched_blocks(path, states)

    def draw() -> go.Figure:
        sections = set_apart(outline_net(model, side), marked.paths)
        figure = architecture_figure(sections, is_plain=net.is_plain, theme=theme, switched=marked)
        return same_view(figure, model, side)

    st.header("The drawn net")
    st.caption(
        "Every operation, equal blocks once; the chosen block and those that are switched stand "
        "alone. A dotted line is a skip that carries nothing, an empty box computes nothing. Press "
        "a box to choose its block."
    )
    show_figure(
        drawn(("apart-net", model, side, marked, theme), draw),
        key="apart_net",
        alt=f"Every operation of {net.title} as it is switched, {path} marked",
        zooms=True,
        file_name=f"diagram-{word_of(net.card.name)}",
        on_press=_choose_block_of,
    )


def _choose_block_of(operation: str) -> None:
    block = _BLOCK.match(operation)
    if block is not None:
        choose_block(block[0])


def _csv(taken: Sequence[TakenApart], states: Mapping[str, BlockState]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = list(asdict(taken[0].blocks[0]))
    writer.writerow(("net", *names, "branch_is_on_now", "skip_strength_now"))
    for state_name, each in zip(("as loaded", "as switched"), taken, strict=False):
        for block in each.blocks:
            state, values = states[block.path], asdict(block).values()
            switch = (int(not state.is_dropped), f"{state.skip_strength:g}")
            writer.writerow((state_name, *map(_cell, values), *switch))
    return text.getvalue()


def _cell(value: str | float | None) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else f"{value:.9g}"
