"""Gradients and skip anatomy of any net, drawn as those of the lab's own nets."""

import csv
import io

import numpy as np
import plotly.graph_objects as go

from resnet_core.figures.gradient_training import anatomy_figure
from resnet_core.figures.style import Theme
from resnet_core.probes.own_anatomy import SkipAnatomy
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
    figure = anatomy_figure([arm], 0, theme=theme)
    figure.update_xaxes(title_text="addition, input to output")
    return figure


def own_anatomy_csv(anatomy: SkipAnatomy) -> str:
    """Every skip addition as a row: where it stands, what it joins, and what was measured."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["addition", "branch", "skip", "identity", *anatomy.quantities])
    for number, each in enumerate(anatomy.additions):
        values = [f"{value[number]:.6g}" for value in anatomy.quantities.values()]
        writer.writerow([each.label, each.branch, each.skip, each.is_identity, *values])
    return text.getvalue()
