# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false
import numpy as np

from resnet_core.figures.faithfulness import NamedCurve, randomisation_figure, removal_figure
from resnet_core.figures.style import arm_colours

SHARES = np.array([0.0, 0.5, 1.0])


def curve(net: str, method: str) -> NamedCurve:
    return NamedCurve(net=net, method=method, x=SHARES, y=np.array([0.9, 0.4, 0.1]))


def test_removal_figure_tells_nets_by_colour_and_methods_by_dashes() -> None:
    curves = [curve(net, method) for net in ("r", "p") for method in ("Grad-CAM", "Chance")]
    figure = removal_figure(curves, {"r": False, "p": True}, x_title="pixels removed")
    blue, orange = arm_colours([False, True])
    assert [trace.line.color for trace in figure.data] == [blue, blue, orange, orange]
    assert [trace.line.dash for trace in figure.data] == ["solid", "dash"] * 2
    assert figure.data[1].name == "Chance, r"
    assert list(figure.data[0].x) == [0, 50, 100]
    assert list(figure.data[0].y) == [0.9, 0.4, 0.1]
    assert figure.layout.xaxis.title.text == "pixels removed (%)"


def test_names_of_nets_are_shown_letter_by_letter() -> None:
    curves = [curve("<b>r</b>", "Grad-CAM"), curve("p", "Grad-CAM")]
    figure = removal_figure(curves, {"<b>r</b>": False, "p": True}, x_title="x")
    assert figure.data[0].name == "Grad-CAM, &lt;b&gt;r&lt;/b&gt;"
    assert "<b>" not in figure.data[0].hovertemplate


def test_removal_figure_of_one_net_names_methods_alone() -> None:
    figure = removal_figure([curve("r", "Grad-CAM")], {"r": False}, x_title="x")
    assert figure.data[0].name == "Grad-CAM"


def test_randomisation_figure_has_a_gap_where_a_map_is_flat() -> None:
    values = {"Grad-CAM": [1.0, None, 0.2], "Saliency": [1.0, 0.5, 0.1]}
    figure = randomisation_figure(["trained net", "classifier", "stem"], values, is_plain=True)
    assert list(figure.data[0].y) == [1.0, None, 0.2]
    assert list(figure.data[1].x) == ["trained net", "classifier", "stem"]
    assert figure.data[0].line.color == arm_colours([True])[0]
