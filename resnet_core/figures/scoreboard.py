"""Error against depth: the degradation plot of He et al. 2015, fig. 1 and 6, from numbers."""

import html
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.checkpoints import CheckpointCard
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.scoreboard import Entry

_SYMBOLS = ("circle", "square", "triangle-up", "diamond", "star", "pentagon", "triangle-down")
_OWNERS = {"shipped": "the lab's", "run": "yours"}
_TEXT_COLOURS: dict[Theme, str] = {"light": "#1b2430", "dark": "#e6ebf2"}
_LEAST_RATIO = 1.35
_FIGURE_PX = 560
_TITLES = ("CIFAR-10 with the papers' budget", "Other data or a shorter budget")
_GAP = 0.1


@dataclass(frozen=True)
class _Panel:
    """Where a line is drawn, and how."""

    column: int
    colour: str
    symbol: str
    dash: str


def degradation_figure(entries: Sequence[Entry], *, theme: Theme = "light") -> go.Figure:
    """Draws test error against depth for residual and plain nets, and training error where known.

    What may be compared with the papers is on the left, filled and full; everything else is on the
    right with a scale of its own, open and dotted.  A cross is training error.

    Args:
        entries: those without a depth are left out.
        theme: background that the colours have to stand out from.
    """
    drawn = [entry for entry in entries if entry.depth]
    is_split = any(not entry.is_ranked for entry in drawn)
    titles = _TITLES if is_split else _TITLES[:1]
    figure = make_subplots(
        1, len(titles), subplot_titles=titles, horizontal_spacing=_GAP if is_split else 0
    )
    blue, orange = arm_colours((False, True), theme)
    ordered = sorted(drawn, key=lambda entry: (*_series(entry), entry.depth or 0))
    symbols = _symbols([_series(entry) for entry in ordered])
    for (is_unranked, is_plain, name), group in itertools.groupby(ordered, key=_series):
        panel = _Panel(
            column=1 + is_unranked,
            colour=orange if is_plain else blue,
            symbol=symbols[is_unranked, name] + ("-open" if is_unranked else ""),
            dash="dot" if is_unranked else "solid",
        )
        _add_series(figure, list(group), f"{'plain' if is_plain else 'residual'}, {name}", panel)
    _lay_out(figure, theme)
    for column in range(1, len(titles) + 1):
        shown = [e.depth for e in drawn if e.depth and 2 - e.is_ranked == column]
        figure.update_xaxes(tickvals=_apart(shown), col=column)
    return figure


def card_responses_figure(
    cards: Sequence[CheckpointCard], *, by_size: bool = False, theme: Theme = "light"
) -> go.Figure:
    """Draws the layer responses that cards hold.

    Source: He et al. 2015 (arXiv 1512.03385), fig. 7: above in depth order, below sorted.

    Args:
        cards: one net each, with `layer_responses`.
        by_size: the largest response first, instead of depth order.
        theme: background that the colours have to stand out from.
    """
    figure = go.Figure()
    colours = arm_colours([card.model.is_plain for card in cards], theme)
    for card, colour in zip(cards, colours, strict=True):
        responses = list(card.layer_responses.items())
        if by_size:
            responses.sort(key=lambda response: -response[1])
        figure.add_scatter(
            x=list(range(1, len(responses) + 1)),
            y=[std for _, std in responses],
            name=html.escape(card.name, quote=False),
            mode="lines+markers",
            line={"color": colour},
            marker={"size": 5},
            text=[layer for layer, _ in responses],
            hovertemplate="%{text}<br>layer %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
        )
    first = "3x3 layer, the largest response first" if by_size else "3x3 layer, from the picture on"
    return styled(figure, x_title=first, y_title="standard deviation of response", height_px=460)


def _series(entry: Entry) -> tuple[bool, bool, str]:
    """What is one line: whether it is set apart, whether it is plain, where it comes from."""
    owner = _OWNERS.get(entry.origin)
    name = f"{owner}, {entry.data_title}" if owner else entry.source
    return (not entry.is_ranked, entry.is_plain, html.escape(name, quote=False))


def _symbols(series: Sequence[tuple[bool, bool, str]]) -> dict[tuple[bool, str], str]:
    """Gives each source of a panel a symbol, the same for its residual and its plain nets."""
    symbols = {}
    for panel in (False, True):
        names = dict.fromkeys(name for is_unranked, _, name in series if is_unranked is panel)
        cycle = zip(names, itertools.cycle(_SYMBOLS), strict=False)
        symbols |= {(panel, name): symbol for name, symbol in cycle}
    return symbols


def _apart(depths: Sequence[int]) -> list[int]:
    """Picks depths whose labels do not touch on a log axis, the most frequent first."""
    chosen: list[int] = []
    for depth, _ in Counter(sorted(depths)).most_common():
        if all(max(depth / other, other / depth) >= _LEAST_RATIO for other in chosen):
            chosen.append(depth)
    return sorted(chosen)


def _add_series(figure: go.Figure, entries: list[Entry], name: str, panel: _Panel) -> None:
    place = {"row": 1, "col": panel.column}
    shared = {
        "cliponaxis": False,
        "legendgroup": name,
        "legend": "legend" if panel.column == 1 else "legend2",
    }
    figure.add_scatter(
        x=[entry.depth for entry in entries],
        y=[100 * entry.test_error for entry in entries],
        error_y={"array": [100 * (entry.test_error_spread or 0) for entry in entries]},
        name=name,
        mode="lines+markers",
        line={"color": panel.colour, "dash": panel.dash},
        marker={"symbol": panel.symbol, "size": 9},
        text=[_hover(entry) for entry in entries],
        hovertemplate="%{text}<br>test error %{y:.2f} %<extra>%{fullData.name}</extra>",
        **shared,
        **place,
    )
    known = [entry for entry in entries if entry.training_error is not None]
    if known:
        figure.add_scatter(
            x=[entry.depth for entry in known],
            y=[100 * (entry.training_error or 0) for entry in known],
            name=f"{name}: training",
            mode="lines+markers",
            line={"color": panel.colour, "dash": panel.dash, "width": 1},
            marker={"symbol": "x", "size": 8},
            text=[_hover(entry) for entry in known],
            hovertemplate="%{text}<br>training error %{y:.2f} %<extra>%{fullData.name}</extra>",
            showlegend=False,
            **shared,
            **place,
        )


def _hover(entry: Entry) -> str:
    parts = (entry.title, entry.note) if entry.note else (entry.title,)
    return "<br>".join(html.escape(part, quote=False) for part in parts)


def _lay_out(figure: go.Figure, theme: Theme) -> None:
    styled(figure, x_title="depth (weight layers)", y_title="error (%)", height_px=_FIGURE_PX)
    below = {
        "orientation": "v",
        "y": -0.17,
        "yanchor": "top",
        "tracegroupgap": 0,
        "font": {"color": _TEXT_COLOURS[theme]},
    }
    figure.update_layout(
        margin={"b": 150}, legend={**below, "x": 0}, legend2={**below, "x": 0.5 + _GAP / 2}
    )
    figure.update_xaxes(type="log", tickangle=0)
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title_text="", col=2)
