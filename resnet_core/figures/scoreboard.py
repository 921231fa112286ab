"""Error against depth: the degradation plot of He et al. 2015, fig. 1 and 6, from numbers."""

import itertools
from collections.abc import Sequence

import plotly.graph_objects as go

from resnet_core.checkpoints import CheckpointCard
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.scoreboard import Entry

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "pentagon", "hexagon")
_LEGEND_BELOW = {"orientation": "h", "x": 0, "y": -0.15, "yanchor": "top"}


def degradation_figure(entries: Sequence[Entry], *, theme: Theme = "light") -> go.Figure:
    """Draws test error against depth for residual and plain nets, and training error where known.

    Filled markers and full lines are results on the papers' data and budget; open markers and
    dotted lines are not, and are never to be ranked with them.  A cross is training error.

    Args:
        entries: those without a depth are left out.
        theme: background that the colours have to stand out from.
    """
    figure = go.Figure()
    blue, orange = arm_colours((False, True), theme)

    def series(entry: Entry) -> tuple[bool, str, str]:
        name = entry.source if entry.origin == "published" else f"ours, {entry.data_title}"
        return (entry.is_plain, name, entry.origin)

    drawn = sorted((e for e in entries if e.depth), key=lambda e: (*series(e), e.depth or 0))
    names = list(dict.fromkeys(series(entry)[1] for entry in drawn))
    symbols = dict(zip(names, itertools.cycle(_SYMBOLS), strict=False))
    for (is_plain, name, _), group in itertools.groupby(drawn, key=series):
        members, colour = list(group), orange if is_plain else blue
        kind = "plain" if is_plain else "residual"
        figure.add_trace(_line(members, f"{kind}, {name}", colour, symbols[name]))
        if any(entry.training_error is not None for entry in members):
            figure.add_trace(_training_line(members, f"{kind}, {name}: training", colour))
    styled(figure, x_title="depth (weight layers)", y_title="error (%)", height_px=680)
    figure.update_layout(legend=_LEGEND_BELOW)
    figure.update_xaxes(type="log", tickvals=[20, 32, 56, 110, 164, 1001], tickangle=0)
    return figure


def card_responses_figure(cards: Sequence[CheckpointCard], *, theme: Theme = "light") -> go.Figure:
    """Draws the layer responses that cards hold, in depth order and, dotted, sorted by size.

    Source: He et al. 2015 (arXiv 1512.03385), fig. 7.

    Args:
        cards: one net each, with `layer_responses`.
        theme: background that the colours have to stand out from.
    """
    figure = go.Figure()
    colours = arm_colours([card.model.is_plain for card in cards], theme)
    for card, colour in zip(cards, colours, strict=True):
        layers, stds = list(card.layer_responses), list(card.layer_responses.values())
        positions = list(range(1, len(stds) + 1))
        for values, dash, order in ((stds, "solid", ""), (sorted(stds)[::-1], "dot", ", sorted")):
            figure.add_trace(
                go.Scatter(
                    x=positions,
                    y=values,
                    name=f"{card.name}{order}",
                    line={"color": colour, "dash": dash},
                    text=layers if not order else None,
                    hovertemplate="%{text}<br>layer %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
                    visible=True if not order else "legendonly",
                )
            )
    styled(figure, x_title="3x3 layer, from the picture on", y_title="standard deviation")
    figure.update_layout(height=560, legend=_LEGEND_BELOW)
    return figure


def _line(entries: Sequence[Entry], name: str, colour: str, symbol: str) -> go.Scatter:
    is_ranked = all(entry.is_ranked for entry in entries)
    return go.Scatter(
        x=[entry.depth for entry in entries],
        y=[100 * entry.test_error for entry in entries],
        error_y={"array": [100 * (entry.test_error_spread or 0) for entry in entries]},
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": "solid" if is_ranked else "dot"},
        marker={"symbol": symbol if is_ranked else f"{symbol}-open", "size": 9},
        text=[entry.title for entry in entries],
        hovertemplate="%{text}<br>test error %{y:.2f} %<extra>%{fullData.name}</extra>",
    )


def _training_line(entries: Sequence[Entry], name: str, colour: str) -> go.Scatter:
    known = [entry for entry in entries if entry.training_error is not None]
    return go.Scatter(
        x=[entry.depth for entry in known],
        y=[100 * (entry.training_error or 0) for entry in known],
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": "dot", "width": 1},
        marker={"symbol": "x", "size": 8},
        text=[entry.title for entry in known],
        hovertemplate="%{text}<br>training error %{y:.2f} %<extra>%{fullData.name}</extra>",
    )
