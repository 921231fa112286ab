"""The anatomy of any net as a figure and a table, by value."""

import csv
from typing import Any

import pytest
import torch
from torchvision.models import resnet18

from resnet_core.figures.own_anatomy import (
    own_anatomy_csv,
    own_anatomy_figure,
)
from resnet_core.probes.own_anatomy import SkipAnatomy, measure_skip_anatomy


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
    axes = {axis.title.text for axis in figure.select_xaxes()}
    assert axes == {"addition, input to output"}


def test_table_has_a_row_for_each_addition(anatomy: SkipAnatomy) -> None:
    rows = list(csv.DictReader(own_anatomy_csv(anatomy).splitlines()))
    assert [row["addition"] for row in rows] == [each.path for each in anatomy.additions]
    assert [row["identity"] for row in rows][:3] == ["True", "True", "False"]
    assert float(rows[0]["skip_norm"]) == pytest.approx(
        anatomy.quantities["skip_norm"][0], rel=1e-5
    )
