"""A figure in words says what is drawn, whatever kind of trace draws it."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.ui.kit.plot.text_twin import text_twin


def test_curve_is_told_by_its_ends_and_its_extremes():
    curve = go.Scatter(x=[1, 2, 3, 4], y=np.array([2.5, 0.125, np.nan, 1.5]), name="Plain-56")
    figure = go.Figure(curve).update_xaxes(title_text="Step").update_yaxes(title_text="Loss")
    assert text_twin(figure) == (
        "Across: Step. Up: Loss. Plain-56: 3 points from 2.5 at 1 to 1.5 at 4, "
        "lowest 0.125 at 2, highest 2.5 at 1."
    )


def test_few_points_are_told_each():
    bars = go.Bar(x=[0.25, 0.75], y=["cat", "dog"], orientation="h", name="Share")
    assert text_twin(go.Figure([bars, go.Scatter(y=[7])])) == (
        "Share: 0.25 at cat, 0.75 at dog. Values: 7 at 0."
    )


def test_heatmap_is_told_by_its_size_and_range():
    heat = go.Heatmap(z=[[1.0, float("inf")], [0.5, 4.0]], name="Gradient norm")
    assert text_twin(go.Figure(heat)) == "Gradient norm: 2 rows of 2, from 0.5 to 4."


def test_numbers_have_the_sign_that_their_axis_writes():
    figure = make_subplots(rows=2, cols=1)
    figure.add_trace(go.Scatter(x=[10.0], y=[3.0]), row=1, col=1)
    figure.add_trace(go.Scatter(x=[1], y=[30.0], name="share"), row=2, col=1)
    figure.update_yaxes(ticksuffix=" %", row=2).update_xaxes(ticksuffix=" px", row=1)
    assert text_twin(figure) == "Values: 3 at 10 px. share: 30 % at 1."
    heat = go.Heatmap(z=[[0.0, 50.0]], colorbar={"ticksuffix": " %"})
    assert text_twin(go.Figure(heat)) == "Values: 1 rows of 2, from 0 % to 50 %."


def test_labels_are_told_up_to_a_number():
    labels = go.Scatter(x=[0] * 50, y=[0] * 50, mode="text", text=[f"op{i}" for i in range(50)])
    told = text_twin(go.Figure(labels))
    assert told.startswith("Values: op0, op1, ")
    assert told.endswith("op39, and 10 more.")


def test_what_nobody_sees_is_not_told():
    hidden = [go.Scatter(y=[1, 2], visible="legendonly"), go.Scatter(y=[1], hoverinfo="skip")]
    assert text_twin(go.Figure([*hidden, go.Scatter(y=[None])])) == ""


def test_many_traces_are_told_in_part():
    told = text_twin(go.Figure([go.Scatter(y=[index], name=f"n{index}") for index in range(30)]))
    assert told.count(" at 0.") == 24
    assert told.endswith("And 6 more.")
