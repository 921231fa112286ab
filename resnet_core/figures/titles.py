"""Titles over the parts of a figure: names that people gave, which may be long."""

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from resnet_core.figures.gradient_layout import as_text

_LINE_PX = 18


def titles_over(names: Sequence[str], most_letters: int) -> list[str]:
    """Breaks names into lines, so that none reaches over its neighbour's part.

    Args:
        names: as people gave them.
        most_letters: that fit over one part.
    """
    return ["<br>".join(map(as_text, textwrap.wrap(name, most_letters))) for name in names]


def make_room(figure: go.Figure, titles: Sequence[str]) -> go.Figure:
    """Makes a figure higher by the lines that its titles have more than one, the legend above them.

    Args:
        figure: changed in place, after its height and its upper margin are set.
        titles: from `titles_over`.

    Returns:
        The same figure.
    """
    layout = figure.to_dict()["layout"]
    height_px, margin = layout["height"], layout["margin"]
    more_px = _LINE_PX * max((title.count("<br>") for title in titles), default=0)
    parts_px = height_px - margin["t"] - margin["b"]
    figure.update_layout(
        height=height_px + more_px,
        margin={"t": margin["t"] + more_px},
        legend={"y": layout["legend"]["y"] + more_px / parts_px},
    )
    return figure
