"""The anatomy of any net as a figure and a table, by value."""

import csv
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.models import resnet18

from resnet_core.figures.own_anatomy import (
    layer_gradients_csv,
    layer_gradients_figure,
    own_anatomy_csv,
    own_anatomy_figure,
)
from resnet_core.probes.own_anatomy import SkipAnatomy, measure_skip_anatomy
from resnet_core.probes.own_nets import LayerGradients


@pytest.fixture(scope="module")
def anatomy() -> SkipAnatomy:
    torch.manual_seed(0)
    return measure_skip_anatomy(
        resnet18(num_classes=4), torch.randn(2, 3, 32, 32), torch.tensor([0, 1])
    )


def test_figure_has_a_line_for_each_quantity(anatomy: SkipAnatomy) -> None:
    figure = own_anatomy_figure(anatomy, "torchvision:resnet18")
    traces: tuple[Any, ...] = tuple(figure.data)
    drawn = {trace.name.partition(", ")[2]: trace for trace in traces}
    assert set(drawn) == {"x", "F(x)", "x + F(x)", "share", "x and F(x)", "the two gradients"}
    shares = anatomy.quantities["skip_gradient_share"]
    assert list(drawn["share"].y) == pytest.approx(shares.tolist())
    assert list(drawn["share"].text) == [each.label for each in anatomy.additions]


def test_table_has_a_row_for_each_addition(anatomy: SkipAnatomy) -> None:
    rows = list(csv.DictReader(own_anatomy_csv(anatomy).splitlines()))
    assert [row["addition"] for row in rows] == [each.path for each in anatomy.additions]
    assert [row["identity"] for row in rows][:3] == ["True", "True", "False"]
    assert float(rows[0]["skip_norm"]) == pytest.approx(
        anatomy.quantities["skip_norm"][0], rel=1e-5
    )


def test_layers_are_drawn_with_gaps_where_no_gradient_arrives() -> None:
    found = LayerGradients(layers=("a", "b"), weight_norms=np.array([2.0, np.nan]), loss=1.0)
    traces: tuple[Any, ...] = tuple(layer_gradients_figure(found, "net").data)
    (line,) = traces
    assert list(line.y) == [2.0, None] and list(line.text) == ["a", "b"]
    assert layer_gradients_csv(found) == "layer,gradient_norm\na,2\nb,\n"
