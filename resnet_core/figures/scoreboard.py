"""Error against depth: the degradation plot of He et al. 2015, fig. 1 and 6, from numbers."""

import html
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.checkpoints import CheckpointCard
from resnet_core.figures.style import (
    PLAIN_COLOURS,
    RESIDUAL_COLOURS,
    Theme,
    arm_colours,
    hover_percent,
    styled,
)
from resnet_core.models import net_label
from resnet_core.scoreboard import Entry, EqualBudget, NetKind

_SYMBOLS = ("circle", "square", "triangle-up", "diamond", "star", "pentagon", "triangle-down", "x")
_OWNERS = {"shipped": "the lab's", "run": "yours"}
_TEXT_COLOURS: dict[Theme, str] = {"light": "#1b2430", "dark": "#e6ebf2"}
_KINDS: tuple[NetKind, ...] = ("residual", "pre-activation", "wide", "dense")
"""In the order of `RESIDUAL_COLOURS`; plain nets have the first of the plain ones."""
_LEAST_RATIO = {2: 1.105, 3: 1.2, 4: 1.25}
"""By digits of the larger depth: how far two labels on a log axis are apart that do not touch."""
_HOVER_ERROR = hover_percent(decimals=2)
_FIGURE_PX = 540
_BUDGET_PX = 400
_TITLE = "CIFAR-10 with the papers' budget"
_PANELS = ("Test pictures", "The nets' own training pictures")
_GAP = 0.1
_TOP_PX = 64
"""Room for a title below the figure's toolbar."""
_ABOVE_THE_TITLES = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.12, "yanchor": "bottom"}


def degradation_figure(entries: Sequence[Entry], *, theme: Theme = "light") -> go.Figure:
    """Draws test error against depth of everything that may be ranked; colour is the kind of net.

    Args:
        entries: those without a depth, and those that have no rank, are left out.
        theme: background that the colours have to stand out from.
    """
    drawn = [entry for entry in entries if entry.depth and entry.is_ranked]
    figure = go.Figure()
    colours = _kind_colours(theme)
    order: tuple[NetKind, ...] = (*_KINDS, "plain")
    ordered = sorted(drawn, key=lambda e: (order.index(e.kind), _series(e), e.depth or 0))
    symbols = _symbols([name for _, name in map(_series, ordered)])
    for (kind, name), group in itertools.groupby(ordered, key=_series):
        look = {"color": colours[kind], "symbol": symbols[name]}
        _add_line(figure, list(group), f"{kind}, {name}", look)
    styled(figure, x_title="depth (weight layers)", y_title="test error (%)", height_px=_FIGURE_PX)
    below = {"orientation": "v", "x": 0, "y": -0.15, "yanchor": "top", "tracegroupgap": 0}
    figure.update_layout(
        margin={"t": _TOP_PX, "b": 190},
        title={"text": _TITLE, "x": 0, "xref": "paper", "font": {"size": 15}},
        legend={**below, "font": {"color": _TEXT_COLOURS[theme]}},
    )
    _depth_axis(figure, [entry.depth or 0 for entry in drawn])
    return figure


def budget_figure(budget: EqualBudget, *, theme: Theme = "light") -> go.Figure:
    """Draws error against depth of nets with one budget, on test and on training pictures.

    The second panel is there where training errors were measured.  Bars are 95 % intervals, faint
    marks the seeds.

    Args:
        budget: the nets.
        theme: background that the colours have to stand out from.
    """
    is_split = any(entry.num_training_errors for entry in budget.entries)
    panels = _PANELS if is_split else _PANELS[:1]
    gap = _GAP if is_split else 0
    figure = make_subplots(1, len(panels), horizontal_spacing=gap, shared_yaxes=True)
    colours = _kind_colours(theme)
    for kind in dict.fromkeys(entry.kind for entry in budget.entries):
        line = [entry for entry in budget.entries if entry.kind == kind]
        _add_test_errors(figure, line, colours[kind])
        if is_split:
            _add_training_errors(figure, line, colours[kind])
    styled(figure, x_title="depth (weight layers)", y_title="error (%)", height_px=_BUDGET_PX)
    figure.update_layout(margin={"t": _TOP_PX}, legend=_ABOVE_THE_TITLES)
    for column, title in enumerate(panels):
        # On the left of its panel, where no toolbar comes.
        place = {"x": column * (0.5 + _GAP / 2), "y": 1.06, "xref": "paper", "yref": "paper"}
        figure.add_annotation(
            text=title, showarrow=False, xanchor="left", font={"size": 15}, **place
        )
    figure.update_yaxes(rangemode="tozero")
    if is_split:
        figure.update_yaxes(title_text="", col=2)
        figure.update_xaxes(matches="x", col=2)
    _depth_axis(figure, [entry.depth or 0 for entry in budget.entries])
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
    for card, name, colour in zip(cards, _names(cards), colours, strict=True):
        responses = list(card.layer_responses.items())
        if by_size:
            responses.sort(key=lambda response: -response[1])
        figure.add_scatter(
            x=list(range(1, len(responses) + 1)),
            y=[std for _, std in responses],
            name=html.escape(name, quote=False),
            mode="lines+markers",
            line={"color": colour},
            marker={"size": 5},
            text=[layer for layer, _ in responses],
            hovertemplate="%{text}<br>layer %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
        )
    first = "3x3 layer, the largest response first" if by_size else "3x3 layer, from the picture on"
    return styled(figure, x_title=first, y_title="standard deviation of response", height_px=460)


def _names(cards: Sequence[CheckpointCard]) -> list[str]:
    """What people call the nets; where that is not enough, what the files are called."""
    names = [net_label(card.model.name) for card in cards]
    return names if len(set(names)) == len(names) else [card.name for card in cards]


def _kind_colours(theme: Theme) -> Mapping[str, str]:
    colours: dict[str, str] = dict(zip(_KINDS, RESIDUAL_COLOURS[theme], strict=True))
    return {**colours, "plain": PLAIN_COLOURS[theme][0]}


def _series(entry: Entry) -> tuple[NetKind, str]:
    """What is one line: the kind of net, and where the numbers come from."""
    owner = _OWNERS.get(entry.origin)
    return entry.kind, html.escape(f"{owner}" if owner else entry.source, quote=False)


def _symbols(names: Sequence[str]) -> dict[str, str]:
    """Gives each source a symbol, the same for its residual and its plain nets."""
    return dict(zip(dict.fromkeys(names), itertools.cycle(_SYMBOLS), strict=False))


def _apart(depths: Sequence[int]) -> list[int]:
    """Picks depths whose labels do not touch on a log axis, the most frequent first."""
    chosen: list[int] = []
    for depth, _ in Counter(sorted(depths)).most_common():
        if all(_are_apart(depth, other) for other in chosen):
            chosen.append(depth)
    return sorted(chosen)


def _are_apart(one: int, other: int) -> bool:
    small, large = sorted((one, other))
    return large / small >= _LEAST_RATIO.get(len(str(large)), 1.25)


def _depth_axis(figure: go.Figure, depths: Sequence[int]) -> None:
    ticks = _apart(depths)
    figure.update_xaxes(
        type="log", tickangle=0, tickvals=ticks, ticktext=[str(depth) for depth in ticks]
    )


def _add_line(figure: go.Figure, entries: list[Entry], name: str, look: dict[str, str]) -> None:
    figure.add_scatter(
        x=[entry.depth for entry in entries],
        y=[100 * entry.test_error for entry in entries],
        error_y=_bars([entry.interval for entry in entries], entries),
        name=name,
        mode="lines+markers" if _is_row(entries) else "markers",
        line={"color": look["color"], "width": 1.5},
        marker={"symbol": look["symbol"], "size": 9, "color": look["color"]},
        text=[_hover(entry) for entry in entries],
        hovertemplate=f"%{{text}}<br>test error {_HOVER_ERROR}<extra>%{{fullData.name}}</extra>",
        cliponaxis=False,
    )


def _is_row(entries: Sequence[Entry]) -> bool:
    """Whether nets differ in depth alone, so that a line from one to the next says something."""
    kinds = {entry.kind for entry in entries}
    depths = {entry.depth for entry in entries}
    return len(depths) == len(entries) and not kinds & {"wide", "dense"}


def _add_test_errors(figure: go.Figure, line: Sequence[Entry], colour: str) -> None:
    seeds = [(entry.depth, 100 * error) for entry in line for error in entry.test_errors]
    figure.add_scatter(
        x=[depth for depth, _ in seeds],
        y=[error for _, error in seeds],
        mode="markers",
        marker={"color": colour, "size": 7, "opacity": 0.4},
        hovertemplate=f"one seed: {_HOVER_ERROR}<extra></extra>",
        showlegend=False,
        cliponaxis=False,
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=[entry.depth for entry in line],
        y=[100 * entry.test_error for entry in line],
        error_y=_bars([entry.interval for entry in line], line),
        name=line[0].kind,
        mode="lines+markers",
        line={"color": colour},
        marker={"size": 9},
        text=[_hover(entry) for entry in line],
        hovertemplate=f"%{{text}}<br>test error {_HOVER_ERROR}<extra></extra>",
        cliponaxis=False,
        row=1,
        col=1,
    )


def _add_training_errors(figure: go.Figure, line: Sequence[Entry], colour: str) -> None:
    known = [entry for entry in line if entry.training_error is not None]
    figure.add_scatter(
        x=[entry.depth for entry in known],
        y=[100 * (entry.training_error or 0) for entry in known],
        name=f"{line[0].kind}: training",
        mode="lines+markers",
        line={"color": colour},
        marker={"size": 9, "symbol": "x"},
        text=[f"{_hover(e)}<br>{e.num_training_errors} of {e.num_seeds} seeds" for e in known],
        hovertemplate=f"%{{text}}<br>training error {_HOVER_ERROR}<extra></extra>",
        showlegend=False,
        cliponaxis=False,
        row=1,
        col=2,
    )


def _bars(
    intervals: Sequence[tuple[float, float] | None], entries: Sequence[Entry]
) -> dict[str, object]:
    """Bars up and down to the ends of the intervals, none where there is none."""
    ends = [
        (0.0, 0.0) if i is None else (i[1] - e.test_error, e.test_error - i[0])
        for i, e in zip(intervals, entries, strict=True)
    ]
    return {
        "array": [100 * up for up, _ in ends],
        "arrayminus": [100 * down for _, down in ends],
        "thickness": 1.5,
    }


def _hover(entry: Entry) -> str:
    parts = [entry.title, entry.picked, entry.note]
    return "<br>".join(html.escape(part, quote=False) for part in parts if part)
