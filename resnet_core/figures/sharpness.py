"""Sharpness over the saved steps of nets beside the line of their recipe, and its CSV."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from resnet_core.figures.gradient_layout import as_text, log_ticks
from resnet_core.figures.gradient_tables import csv_text
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.probes.sharpness import Sharpness
from resnet_core.probes.sharpness.sentences import LINE_WORDS, NESTEROV_WORDS

_LINE = {"color": "#808a99", "dash": "dash"}


def sharpness_figure(arms: Sequence[Sequence[Sharpness]], *, theme: Theme = "light") -> go.Figure:
    """Draws the largest eigenvalue over the saved steps, or as bars where there is one step each.

    Args:
        arms: the saved steps of each net, in order of training.
        theme: background that the colours have to stand out from.
    """
    figure = go.Figure()
    colours = arm_colours([steps[0].is_plain for steps in arms], theme)
    over_steps = any(len(steps) > 1 for steps in arms)
    for steps, colour in zip(arms, colours, strict=True):
        figure.add_trace(_curve(steps, colour) if over_steps else _bar(steps[0], colour))
    styled(
        figure,
        x_title="step of training" if over_steps else "",
        y_title="largest eigenvalue of the Hessian",
        height_px=380,
        log_y=True,
    )
    if over_steps:
        figure.add_traces(_lines_over_steps(arms))
    lines = _lines(arms)
    for line, words in lines.items():
        figure.add_hline(y=line, line=_LINE)
        figure.add_annotation(
            text=f"{words}: {line:.3g}",
            x=0,  # curves begin high above the lines, and come down to them later
            xref="paper",
            xanchor="left",
            y=math.log10(line),  # on a logarithmic axis an annotation's place is the exponent
            yanchor="top",
            showarrow=False,
            font={"size": 11},
        )
    values = [each.largest for steps in arms for each in steps]
    figure.update_yaxes(**log_ticks(np.array([*values, *lines])))
    if over_steps:
        _stretch_first_steps(figure, [each.step for steps in arms for each in steps])
    return figure


def sharpness_csv(arms: Sequence[Sequence[Sharpness]]) -> str:
    """One row a net, step and eigenvalue; the trace stands on each."""
    rows = (
        (
            each.label,
            each.step,
            number,
            value,
            each.residuals[number - 1],
            each.trace.value,
            each.trace.standard_error,
            "" if each.threshold.value is None else each.threshold.value,
        )
        for steps in arms
        for each in steps
        for number, value in enumerate(each.top_eigenvalues, start=1)
    )
    header = ("net", "step", "number", "eigenvalue", "residual", "trace", "trace_standard_error")
    return csv_text((*header, "threshold"), rows)


def _lines(arms: Sequence[Sequence[Sharpness]]) -> dict[float, str]:
    """Lines of the recipes, each once, and what they are called."""
    thresholds = [each.threshold for steps in arms for each in steps]
    lower = {each.nesterov_value: f"with {NESTEROV_WORDS}" for each in thresholds}
    found = {**lower, **{each.value: LINE_WORDS for each in thresholds}}
    return {line: words for line, words in found.items() if line is not None}


def _lines_over_steps(arms: Sequence[Sequence[Sharpness]]) -> list[go.Scatter]:
    """The line by the learning rate of each step, once for all nets of one recipe."""
    curves = {
        tuple(
            (each.step, each.threshold.value_at_step)
            for each in steps
            if each.threshold.value_at_step is not None
        )
        for steps in arms
    }
    return [
        go.Scatter(
            x=[_place(step) for step, _ in curve],
            y=[line for _, line in curve],
            mode="lines",
            line={**_LINE, "dash": "dot"},
            name="line of the step's learning rate",
            hovertemplate="line of the step's learning rate: %{y:.3g}<extra></extra>",
        )
        for curve in sorted(curves)
        if curve
    ]


def _curve(steps: Sequence[Sharpness], colour: str) -> go.Scatter:
    return go.Scatter(
        x=[_place(each.step) for each in steps],
        y=[each.largest if each.largest > 0 else None for each in steps],
        mode="lines+markers",
        line={"color": colour},
        name=as_text(_arm_name(steps[0].label)),
        customdata=[_told(each) for each in steps],
        hovertemplate="step %{customdata[0]:,}<br>largest eigenvalue %{y:.4g}<br>"
        "trace %{customdata[1]:.4g}<br>loss %{customdata[2]:.4g}",
    )


def _bar(sharpness: Sharpness, colour: str) -> go.Bar:
    return go.Bar(
        x=[as_text(sharpness.label)],
        y=[sharpness.largest if sharpness.largest > 0 else None],
        marker={"color": colour},
        name=as_text(sharpness.label),
        customdata=[_told(sharpness)],
        hovertemplate="largest eigenvalue %{y:.4g}<br>trace %{customdata[1]:.4g}<br>"
        "loss %{customdata[2]:.4g}",
    )


def _told(sharpness: Sharpness) -> tuple[int, float, float]:
    return sharpness.step, sharpness.trace.value, sharpness.loss


def _arm_name(label: str) -> str:
    return label.rpartition(", step ")[0] or label


def _place(step: int) -> float:
    """Saved steps lie evenly on a logarithmic axis; the first, 0, stands at 1."""
    return max(1, step)


def _stretch_first_steps(figure: go.Figure, steps: Sequence[int]) -> None:
    shown = sorted(set(steps))
    figure.update_xaxes(
        type="log",
        tickmode="array",
        tickvals=[_place(step) for step in shown],
        ticktext=[f"{step:,}" for step in shown],
    )
