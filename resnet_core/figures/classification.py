"""How a net does on a labelled set, drawn: confusion, reliability, accuracy by class."""

import html

import numpy as np
import plotly.graph_objects as go

from resnet_core.figures.style import SEQUENTIAL_SCALE, Theme, arm_colours, hover_percent, styled
from resnet_core.inference import ClassificationReport
from resnet_core.pictures.names import distinct_names
from resnet_core.probes.calibration import Reliability
from resnet_core.shares import percent

_NUMBERS_UP_TO = 12
"""Classes up to which a confusion matrix has its counts written into its cells."""
_LABELS_UP_TO = 60


def confusion_figure(report: ClassificationReport) -> go.Figure:
    """Draws the confusion matrix: colour is the share of a true class, the text its count."""
    totals = np.maximum(report.confusion.sum(axis=1, keepdims=True), 1)
    names = _axis_names(report)
    figure = go.Figure(
        go.Heatmap(
            z=100 * report.confusion / totals,
            x=names,
            y=names,
            customdata=report.confusion,
            text=report.confusion if len(names) <= _NUMBERS_UP_TO else None,
            texttemplate="%{text}" if len(names) <= _NUMBERS_UP_TO else None,
            colorscale=SEQUENTIAL_SCALE,
            zmin=0,
            zmax=100,
            colorbar={"title": {"text": "% of class"}, "thickness": 12},
            hovertemplate="%{y} taken for %{x}: %{customdata} "
            f"({hover_percent('z')})<extra></extra>",
        )
    )
    styled(figure, x_title="predicted class", y_title="true class", height_px=520)
    shown = len(names) <= _LABELS_UP_TO
    figure.update_xaxes(type="category", showticklabels=shown, automargin=True)
    figure.update_yaxes(
        type="category", showticklabels=shown, autorange="reversed", automargin=True
    )
    return figure


def reliability_figure(report: ClassificationReport, *, theme: Theme = "light") -> go.Figure:
    """Draws accuracy against confidence with and without the temperature; honest is the diagonal.

    Source: Guo et al. 2017 (arXiv 1706.04599) fig. 1.
    """
    raw_colour, calibrated_colour = arm_colours((True, False), theme)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        name="honest",
        line={"dash": "dot", "color": "#8a94a0"},
        hoverinfo="skip",
    )
    for name, reliability, colour in (
        (f"as trained, ECE {percent(report.raw.ece)}", report.raw, raw_colour),
        (
            f"temperature {report.temperature:.2f}, ECE {percent(report.calibrated.ece)}",
            report.calibrated,
            calibrated_colour,
        ),
    ):
        figure.add_trace(_bins(name, reliability, colour))
    styled(figure, x_title="mean confidence (%)", y_title="share that is right (%)", height_px=420)
    figure.update_xaxes(range=[0, 102])
    figure.update_yaxes(range=[0, 102])
    return figure


def _bins(name: str, reliability: Reliability, colour: str) -> go.Scatter:
    """Marks grow with the pictures behind them."""
    filled = reliability.counts > 0
    counts = reliability.counts[filled]
    return go.Scatter(
        x=100 * reliability.confidence[filled],
        y=100 * reliability.accuracy[filled],
        customdata=counts,
        mode="lines+markers",
        name=name,
        line={"color": colour},
        marker={"size": 5 + 18 * np.sqrt(counts / reliability.counts.sum())},
        hovertemplate="%{customdata} pictures: "
        f"sure by {hover_percent('x')}, right in {hover_percent()}",
    )


def class_accuracy_figure(report: ClassificationReport, *, theme: Theme = "light") -> go.Figure:
    """Draws the share of each class that is recognised, the hardest class first."""
    shares = 100 * report.class_accuracy
    order = np.argsort(np.nan_to_num(shares, nan=101.0), kind="stable")
    names = _axis_names(report)
    figure = go.Figure(
        go.Bar(
            x=[names[index] for index in order],
            y=shares[order],
            marker_color=arm_colours((False,), theme)[0],
            hovertemplate=f"%{{x}}: {hover_percent()} recognised<extra></extra>",
        )
    )
    styled(figure, x_title="true class", y_title="recognised (%)", height_px=420)
    figure.update_xaxes(
        type="category", showticklabels=len(order) <= _LABELS_UP_TO, automargin=True
    )
    figure.update_yaxes(range=[0, 100])
    return figure


def _axis_names(report: ClassificationReport) -> list[str]:
    """Names of the classes as text, each once: an axis has one place for each name."""
    return [html.escape(name, quote=False) for name in distinct_names(report.class_names)]
