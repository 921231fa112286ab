"""What happened to the gradient over a run: heatmaps, the profile at a step, skip anatomy."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.figures.gradient_layout import as_text, log_ticks, or_gaps, with_panel_titles
from resnet_core.figures.style import (
    DIVERGING_SCALE,
    MOST_DECADES,
    SEQUENTIAL_SCALE,
    Theme,
    arm_colours,
    styled,
)
from resnet_core.figures.titles import make_room, titles_over
from resnet_core.training.flow import ArmFlow, FlowQuantity, ratio_of

_MARK = "#e8364e"
_MOST_LETTERS = 80
"""Of the titles over the heatmaps, across the whole figure."""


def flow_heatmaps(
    flows: Sequence[ArmFlow], quantity: FlowQuantity, step: int | None = None
) -> go.Figure:
    """Draws one heatmap an arm, positions by steps, all on one colour scale.

    Args:
        flows: the arms.
        quantity: what they measured.
        step: marked by a line; `None` marks nothing.
    """
    columns = min(2, len(flows))
    rows = -(-len(flows) // columns)
    titles = titles_over([flow.label for flow in flows], _MOST_LETTERS // columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=titles,
        horizontal_spacing=0.14,
        vertical_spacing=0.25 / rows,
    )
    for index, flow in enumerate(flows):
        figure.add_trace(
            _heatmap(flow, quantity), row=index // columns + 1, col=index % columns + 1
        )
    deepest = max(len(flow.positions) for flow in flows)
    height_px = 90 + rows * min(460, 190 + 3 * deepest)
    styled(figure, x_title="step", y_title="", height_px=height_px)
    # A cell of a heatmap reaches halfway to its neighbours, the first one beyond step 0.
    steps = np.concatenate([flow.steps for flow in flows])
    figure.update_xaxes(range=[float(steps.min()) - 0.5, float(steps.max()) + 0.5])
    figure.update_yaxes(type="category", nticks=8, tickfont={"size": 10})
    figure.update_layout(coloraxis=_colour_axis(flows, quantity), margin={"t": 48})
    if step is not None:
        figure.add_vline(x=step, line={"color": _MARK, "width": 1.5})
    return make_room(figure, titles)


def step_figure(
    flows: Sequence[ArmFlow], quantity: FlowQuantity, step: int, *, theme: Theme = "light"
) -> go.Figure:
    """Draws the profile over depth at one step, and the ratio of the first residual and plain arm.

    The ratio is left out where there is no such pair, or no common layer with a ratio above zero.
    """
    pair = _pair(flows)
    ratios = ratio_of(*pair, step) if pair else ((), np.array([]))
    titles = [f"At step {step:,}"]
    if pair and (ratios[1] > 0).any():
        titles.append(f"{as_text(pair[0].label)} / {as_text(pair[1].label)}")
    figure = make_subplots(rows=1, cols=len(titles), subplot_titles=titles, horizontal_spacing=0.1)
    colours = arm_colours([flow.is_plain for flow in flows], theme)
    for flow, colour in zip(flows, colours, strict=True):
        figure.add_trace(_profile(flow, quantity, step, colour), row=1, col=1)
    styled(figure, x_title=f"{quantity.place}, input to output", y_title="", height_px=380)
    figure.update_layout(showlegend=True)  # one net, too, is named
    figure.update_yaxes(title_text=quantity.unit, col=1)
    if quantity.scale == "log":
        shown = np.concatenate([flow.at(step) for flow in flows])
        figure.update_yaxes(type="log", **log_ticks(shown))
    if quantity.scale == "share":
        figure.update_yaxes(range=[-0.02, 1.02], col=1)
    if len(titles) > 1:
        figure.add_trace(_ratio(*ratios, colour=_MARK), row=1, col=2)
        figure.add_hline(y=1, line={"color": "#808a99", "dash": "dot"}, row=1, col=2)  # pyright: ignore[reportArgumentType]
        figure.update_yaxes(title_text="ratio", type="log", row=1, col=2, **log_ticks(ratios[1]))
    return with_panel_titles(figure)


def anatomy_figure(
    arms: Sequence[Mapping[str, ArmFlow]], step: int, *, theme: Theme = "light"
) -> go.Figure:
    """Draws norms, gradient shares and cosines of every block at one step.

    Args:
        arms: for each residual arm, its flows by quantity.
        step: which step.
        theme: background that the colours have to stand out from.
    """
    titles = ("Norms: x, F(x), x + F(x)", "Gradient back through the skip", "Cosines")
    figure = make_subplots(rows=1, cols=3, subplot_titles=titles, horizontal_spacing=0.08)
    colours = arm_colours([False] * len(arms), theme)
    lines = (
        (1, "skip_norm", "x", "solid"),
        (1, "branch_norm", "F(x)", "dash"),
        (1, "sum_norm", "x + F(x)", "dot"),
        (2, "skip_gradient_share", "share", "solid"),
        (3, "skip_cosine", "x and F(x)", "solid"),
        (3, "gradient_cosine", "the two gradients", "dash"),
    )
    for flows, colour in zip(arms, colours, strict=True):
        for column, name, what, dash in lines:
            trace = _anatomy_line(flows[name], step, what, {"color": colour, "dash": dash})
            figure.add_trace(trace, row=1, col=column)
    styled(figure, x_title="block, input to output", y_title="", height_px=380)
    norms = ("skip_norm", "branch_norm", "sum_norm")
    shown = np.concatenate([flows[name].at(step) for flows in arms for name in norms])
    figure.update_yaxes(
        title_text="norm of one picture's maps", type="log", row=1, col=1, **log_ticks(shown)
    )
    figure.update_yaxes(title_text="share", row=1, col=2)
    figure.update_yaxes(title_text="cosine", row=1, col=3)
    return with_panel_titles(figure)


def _heatmap(flow: ArmFlow, quantity: FlowQuantity) -> go.Heatmap:
    values = flow.values.T.astype(float)  # (P, S)
    coloured = flow.logs.T.astype(float) if quantity.scale == "log" else values
    says = f"<b>{as_text(flow.label)}</b><br>{quantity.place} %{{y}}<br>step %{{x:,d}}<br>"
    return go.Heatmap(
        x=flow.steps.tolist(),
        y=list(flow.positions),
        z=_rounded(coloured),
        customdata=_rounded(values),
        coloraxis="coloraxis",
        hovertemplate=says + f"{quantity.unit} %{{customdata:.3g}}<extra></extra>",
    )


def _rounded(values: np.ndarray) -> list[list[float | None]]:
    """Four digits are more than a colour shows, and a third of the bytes."""
    return [[float(f"{v:.4g}") if np.isfinite(v) else None for v in row] for row in values]


def _colour_axis(flows: Sequence[ArmFlow], quantity: FlowQuantity) -> dict[str, object]:
    bar: dict[str, object] = {
        "title": {"text": quantity.unit, "side": "right"},
        "thickness": 12,
        "outlinewidth": 0,
    }
    if quantity.scale == "signed":
        return {"colorscale": DIVERGING_SCALE, "cmin": -1, "cmax": 1, "colorbar": bar}
    if quantity.scale == "share":
        return {"colorscale": SEQUENTIAL_SCALE, "cmin": 0, "cmax": 1, "colorbar": bar}
    if quantity.scale == "linear":
        return {"colorscale": SEQUENTIAL_SCALE, "colorbar": bar}
    logs = np.concatenate([flow.logs.ravel() for flow in flows]).astype(float)
    logs = logs[np.isfinite(logs)]
    logs = logs if len(logs) else np.array([-3.0, 0.0])
    high = float(np.ceil(2 * logs.max()) / 2)
    low = max(float(np.floor(2 * logs.min()) / 2), high - MOST_DECADES)
    decades = range(int(np.ceil(low)), int(np.floor(high)) + 1, max(1, int((high - low) / 6)))
    ticks = {
        "tickvals": list(decades),
        "ticktext": [f"10<sup>{decade}</sup>" for decade in decades],
    }
    return {"colorscale": SEQUENTIAL_SCALE, "cmin": low, "cmax": high, "colorbar": bar | ticks}


def _pair(flows: Sequence[ArmFlow]) -> tuple[ArmFlow, ArmFlow] | None:
    residual = next((flow for flow in flows if flow.is_plain is False), None)
    plain = next((flow for flow in flows if flow.is_plain), None)
    return (residual, plain) if residual and plain else None


def _profile(flow: ArmFlow, quantity: FlowQuantity, step: int, colour: str) -> go.Scatter:
    values = flow.at(step)
    name = as_text(flow.label)
    says = f"<b>{name}</b><br>%{{text}}<br>step {step:,}<br>{quantity.unit} %{{y:.3g}}"
    return go.Scatter(
        x=list(range(1, len(values) + 1)),
        y=or_gaps(values) if quantity.scale == "log" else values.astype(float).tolist(),
        text=list(flow.positions),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 4},
        hovertemplate=says + "<extra></extra>",
    )


def _ratio(places: tuple[str, ...], ratios: np.ndarray, *, colour: str) -> go.Scatter:
    return go.Scatter(
        x=list(range(1, len(places) + 1)),
        y=or_gaps(ratios),
        text=list(places),
        mode="lines+markers",
        showlegend=False,
        line={"color": colour, "width": 2},
        marker={"size": 4},
        hovertemplate="%{text}<br>ratio %{y:.3g}<extra></extra>",
    )


def _anatomy_line(flow: ArmFlow, step: int, what: str, line: dict[str, object]) -> go.Scatter:
    name = f"{as_text(flow.label)}, {what}"
    return go.Scatter(
        x=list(range(1, len(flow.positions) + 1)),
        y=flow.at(step).astype(float).tolist(),
        text=list(flow.positions),
        name=name,
        mode="lines+markers",
        line={"width": 2, **line},
        marker={"size": 4},
        hovertemplate=f"<b>{name}</b><br>%{{text}}<br>%{{y:.3g}}<extra></extra>",
    )
