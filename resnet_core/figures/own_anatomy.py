"""Gradients and skip anatomy of any net, drawn as those of the lab's own nets."""

import csv
import io

import numpy as np
import plotly.graph_objects as go

from resnet_core.figures.gradient_layout import as_text, log_ticks, or_gaps
from resnet_core.figures.gradient_training import anatomy_figure
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.probes.own_anatomy import SkipAnatomy
from resnet_core.probes.own_nets import LayerGradients
from resnet_core.training.flow import ArmFlow


def own_anatomy_figure(anatomy: SkipAnatomy, title: str, *, theme: Theme = "light") -> go.Figure:
    """Draws norms, gradient shares and cosines of every skip addition.

    Args:
        anatomy: of a net that has some.
        title: what the net is called.
        theme: background that the colours have to stand out from.
    """
    positions = tuple(each.label for each in anatomy.additions)
    arm = {
        name: ArmFlow(
            label=title,
            is_plain=False,
            steps=np.zeros(1, np.int64),
            positions=positions,
            values=values[None],
        )
        for name, values in anatomy.quantities.items()
    }
    return anatomy_figure([arm], 0, theme=theme)


def layer_gradients_figure(
    found: LayerGradients, title: str, *, theme: Theme = "light"
) -> go.Figure:
    """Draws the gradient norm of every layer's weight, in the order of the forward pass.

    A layer at which no gradient arrives leaves a gap.
    """
    (colour,) = arm_colours([None], theme)
    name = as_text(title)
    figure = go.Figure(
        go.Scatter(
            x=list(range(1, len(found.layers) + 1)),
            y=or_gaps(found.weight_norms),
            text=list(found.layers),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 5},
            hovertemplate=f"<b>{name}</b><br>%{{text}}<br>%{{y:.3g}}<extra></extra>",
        )
    )
    styled(figure, x_title="layer, input to output", y_title="", height_px=300, log_y=True)
    figure.update_yaxes(title_text="gradient norm", **log_ticks(found.weight_norms))
    return figure


def layer_gradients_csv(found: LayerGradients) -> str:
    """Every layer as a row, with the norm of its weight's gradient; empty where none arrived."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["layer", "gradient_norm"])
    for layer, norm in zip(found.layers, found.weight_norms, strict=True):
        writer.writerow([layer, "" if np.isnan(norm) else f"{norm:.6g}"])
    return text.getvalue()


def own_anatomy_csv(anatomy: SkipAnatomy) -> str:
    """Every skip addition as a row: where it stands, what it joins, and what was measured."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["addition", "branch", "skip", "identity", *anatomy.quantities])
    for number, each in enumerate(anatomy.additions):
        values = [f"{value[number]:.6g}" for value in anatomy.quantities.values()]
        writer.writerow([each.label, each.branch, each.skip, each.is_identity, *values])
    return text.getvalue()
