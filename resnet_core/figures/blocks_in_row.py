"""A net as a row of blocks: its skips as arcs, and below how the gradient comes back through it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.config import BlockState
from resnet_core.figures.gradient_layout import log_ticks
from resnet_core.figures.style import (
    BACKGROUND_COLOURS,
    PERCENT_TICKS,
    PLAIN_COLOURS,
    RESIDUAL_COLOURS,
    Theme,
    hover_percent,
    styled,
)
from resnet_core.probes.taken_apart import TakenApart

_QUIET = "rgba(128,138,150,0.9)"
_CHOSEN_COLOURS: dict[Theme, str] = {"light": "#1b2430", "dark": "#e6ebf2"}
_MOST_BOX_PX, _ROW_PX = 15, 560
_ARC = ((-0.5, 0.0), (-0.42, 0.62), (-0.2, 0.95), (0.0, 1.0), (0.2, 0.95), (0.42, 0.62), (0.5, 0.0))
"""Points of a skip around its block, in blocks across and in arcs upwards."""
_HEIGHT_PX = 330


def blocks_figure(
    taken: Sequence[TakenApart],
    states: Mapping[str, BlockState],
    *,
    chosen: str,
    is_plain: bool = False,
    theme: Theme = "light",
) -> go.Figure:
    """Draws every block in forward order; a press on anything of a block names its path.

    Args:
        taken: the net as it was loaded and, where anything is switched, as it is switched.
        states: what holds of each block now.
        chosen: path of the block that is marked.
        is_plain: whether the net has no skips.
        theme: ground that the colours have to stand out from.
    """
    whole = taken[0]
    has_sums = any(block.skip_norm is not None for block in whole.blocks)
    figure = make_subplots(
        rows=3 if has_sums else 2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.06,
        row_heights=[0.24, 0.42, 0.34] if has_sums else [0.3, 0.7],
    )
    colours = (PLAIN_COLOURS if is_plain else RESIDUAL_COLOURS)[theme]
    if has_sums:
        _add_arcs(figure, states, colours[0])
    figure.add_trace(_boxes(whole, states, chosen, colours[0], theme), row=1, col=1)
    nets = [("as loaded", whole, colours[0], "solid")]
    if len(taken) > 1:
        nets = [
            ("as loaded", whole, _QUIET, "dot"),
            ("as switched", taken[1], colours[0], "solid"),
        ]
    for name, each, colour, dash in nets:
        for row, trace in enumerate(_curves(name, each, colour, dash, has_sums=has_sums), 2):
            figure.add_trace(trace, row=row, col=1)
    return _laid_out(figure, taken, chosen, has_sums=has_sums)


def _laid_out(
    figure: go.Figure, taken: Sequence[TakenApart], chosen: str, *, has_sums: bool
) -> go.Figure:
    styled(figure, x_title="", y_title="", height_px=_HEIGHT_PX)
    paths, has_two = [block.path for block in taken[0].blocks], len(taken) > 1
    figure.update_layout(
        margin={"l": 64, "r": 16, "t": 30 if has_two else 8, "b": 40}, showlegend=has_two
    )
    figure.update_xaxes(range=[-0.7, len(paths) - 0.3], showgrid=False, zeroline=False)
    figure.update_xaxes(
        title_text="block, in forward order", row=3 if has_sums else 2, **_stage_ticks(paths)
    )
    figure.update_yaxes(visible=False, range=[-0.75, 1.35], fixedrange=True, row=1)
    norms = np.array([block.gradient_norm for each in taken for block in each.blocks], float)
    figure.update_yaxes(title_text="gradient norm", type="log", **log_ticks(norms, most=4), row=2)
    if has_sums:
        figure.update_yaxes(title_text="through skip", nticks=4, row=3, **PERCENT_TICKS)
    figure.add_vline(x=paths.index(chosen), line={"color": _QUIET, "width": 1, "dash": "dot"})
    for first in _stage_starts(paths)[1:]:
        figure.add_vline(x=first - 0.5, line={"color": _QUIET, "width": 0.5})
    return figure


def _add_arcs(figure: go.Figure, states: Mapping[str, BlockState], colour: str) -> None:
    """Skips by what holds of them: whole, weakened, cut."""
    kinds = {
        "skip": (lambda alpha: alpha >= 1, {"color": colour, "width": 2.5}),
        "weak skip": (lambda alpha: 0 < alpha < 1, {"color": colour, "width": 1.2}),
        "cut skip": (lambda alpha: alpha == 0, {"color": _QUIET, "width": 1, "dash": "dot"}),
    }
    for name, (belongs, line) in kinds.items():
        x: list[float | None] = []
        y: list[float | None] = []
        for place, state in enumerate(states.values()):
            if belongs(state.passing_strength):
                x += [*(place + dx for dx, _ in _ARC), None]
                y += [*(dy for _, dy in _ARC), None]
        figure.add_trace(
            go.Scatter(
                x=x, y=y, mode="lines", line=line, name=name, hoverinfo="skip", showlegend=False
            ),
            row=1,
            col=1,
        )


def _boxes(
    taken: TakenApart, states: Mapping[str, BlockState], chosen: str, colour: str, theme: Theme
) -> go.Scatter:
    paths = [block.path for block in taken.blocks]
    size_px = max(6.0, min(_MOST_BOX_PX, 0.6 * _ROW_PX / len(paths)))
    ground = BACKGROUND_COLOURS[theme]
    return go.Scatter(
        x=list(range(len(paths))),
        y=[0.0] * len(paths),
        mode="lines+markers",
        line={"color": _QUIET, "width": 1.5},
        marker={
            "symbol": "square",
            "size": size_px,
            "color": [ground if states[path].is_dropped else colour for path in paths],
            "opacity": 1,
            "line": {
                "color": [_CHOSEN_COLOURS[theme] if p == chosen else colour for p in paths],
                "width": [3 if path == chosen else 1 for path in paths],
            },
        },
        customdata=paths,
        hovertext=[_told(path, states[path]) for path in paths],
        hoverinfo="text",
        name="blocks",
        showlegend=False,
    )


def _told(path: str, state: BlockState) -> str:
    on = f"branch on, alpha {state.skip_strength:g}"
    done = "branch off, its skip hands on all" if state.is_dropped else on
    return f"<b>{path}</b><br>{done}<br>press to choose it"


def _curves(
    name: str, taken: TakenApart, colour: str, dash: str, *, has_sums: bool
) -> Iterator[go.Scatter]:
    quantities = [("gradient norm", [b.gradient_norm or None for b in taken.blocks], "%{y:.3g}")]
    if has_sums:
        shares = [_percent_of(block.skip_gradient_share) for block in taken.blocks]
        quantities.append(("gradient through the skip", shares, hover_percent(decimals=0)))
    paths = [block.path for block in taken.blocks]
    for number, (title, values, written) in enumerate(quantities):
        yield go.Scatter(
            x=list(range(len(paths))),
            y=values,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 5, "color": colour},
            name=name,
            legendgroup=name,
            showlegend=number == 0,
            text=paths,
            customdata=paths,
            hovertemplate=f"<b>%{{text}}</b>, {name}<br>{title} {written}<extra></extra>",
        )


def _percent_of(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _stage_starts(paths: Sequence[str]) -> list[int]:
    stages = [path.partition(".")[0] for path in paths]
    return [stages.index(stage) for stage in dict.fromkeys(stages)]


def _stage_ticks(paths: Sequence[str]) -> dict[str, Any]:
    """One tick in the middle of each stage."""
    stages = [list(group) for _, group in groupby(paths, key=lambda path: path.partition(".")[0])]
    starts = _stage_starts(paths)
    middles = [start + (len(group) - 1) / 2 for start, group in zip(starts, stages, strict=True)]
    return {
        "tickmode": "array",
        "tickvals": middles,
        "ticktext": [group[0].partition(".")[0].replace("stage", "stage ") for group in stages],
    }
