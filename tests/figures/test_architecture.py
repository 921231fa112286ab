# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false
import json

import pytest

from resnet_core.figures.architecture import (
    architecture_figure,
    lacking_in,
    shape_text,
)
from resnet_core.figures.architecture_layout import ROW_WIDTH_PX, lay_out_net
from resnet_core.figures.architecture_resolution import resolution_csv, resolution_figure
from resnet_core.models import model_config
from resnet_core.models.outline import outline_net
from resnet_core.models.resolution import trace_resolution
from tests.figures.reading import rows

GATED = model_config("se_resnet20", name="gated", skip_kind="exclusive_gate", shortcut="B")
NETS = ["plain20", "preact_resnet164", "resnet50_d", "resnet1202", "gated", "densenet121"]
NETS += ["densenet40_12", "fixup_resnet56"]


def diagram(name):
    return lay_out_net(outline_net(GATED if name == "gated" else model_config(name), 32))


def overlap(first, second):
    """Whether two (left, right, top, bottom) rectangles share an area."""
    return (
        first[0] < second[1]
        and second[0] < first[1]
        and first[2] < second[3]
        and second[2] < first[3]
    )


@pytest.mark.parametrize("name", NETS)
def test_no_two_columns_and_no_two_boxes_overlap(name):
    net = diagram(name)
    columns = [(c.left, c.left + c.width, c.top, c.top + c.height) for c in net.columns]
    boxes = [
        (b.x - b.half_width, b.x + b.half_width, b.y - b.half_height, b.y + b.half_height)
        for column in net.columns
        for b in column.boxes
    ]
    for rectangles in (columns, boxes):
        for index, rectangle in enumerate(rectangles):
            assert not any(overlap(rectangle, other) for other in rectangles[index + 1 :])


@pytest.mark.parametrize("name", NETS)
def test_boxes_and_lines_stay_in_their_frame(name):
    for column in diagram(name).columns:
        points = [point for line in column.lines for point in line.points]
        points += [(b.x + sign * b.half_width, b.y) for b in column.boxes for sign in (-1, 1)]
        for x, y in points:
            assert column.left <= x <= column.left + column.width
            assert column.frame_top <= y <= column.top + column.height


@pytest.mark.parametrize("name", NETS)
def test_every_connection_is_drawn_once(name):
    for column in diagram(name).columns:
        drawn = [o for o in column.section.operations if o.label != "identity"]
        assert len(column.boxes) == len(drawn)
        assert len(column.lines) == sum(len(o.inputs) for o in drawn) + 1


def test_branch_gate_is_fed_by_branch_and_gate():
    column = diagram("gated").columns[2]
    boxes = {box.operation.path: box for box in column.boxes}
    gating = boxes[f"{column.section.path}.branch_scale"]
    assert len(gating.operation.inputs) == 2
    ends = [line.points[-1] for line in column.lines]
    assert (gating.x, gating.y - gating.half_height) in ends
    assert (gating.x + gating.half_width, gating.y) in ends


def test_deep_net_stays_small_by_folding():
    net = diagram("resnet1202")
    assert len(net.columns) == 7
    assert net.width <= ROW_WIDTH_PX
    assert net.height < 900


def test_dense_blocks_show_what_they_hand_on_and_how_channels_grow():
    sections = outline_net(model_config("densenet40_12"), 32)
    column = lay_out_net(sections).columns[1]
    assert [line.is_skip for line in column.lines] == [False] * 3 + [True, False, False]
    headers = next(t for t in architecture_figure(sections).data if t.name == "sections").text
    assert "28 to 160 x 32 x 32" in headers[1]
    assert "blocks 1-12  x 12" in headers[1]


def test_skips_are_there_in_residual_nets_alone():
    for name, has_skip in (("plain20", False), ("resnet20", True)):
        lines = [line for column in diagram(name).columns for line in column.lines]
        assert any(line.is_skip for line in lines) == has_skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figure_shows_every_operation_with_its_cost(theme):
    sections = outline_net(model_config("resnet20"), 32)
    figure = architecture_figure(sections, theme=theme)
    boxes = next(trace for trace in figure.data if trace.name == "operations")
    assert list(boxes.text).count("3x3 conv 16") == 3
    assert list(boxes.text).count("+") == 5
    hover = boxes.hovertext[0]
    assert "stem.conv" in hover
    assert "16 x 32 x 32" in hover
    assert "432 parameters, 442,368 multiply-adds" in hover
    headers = next(trace for trace in figure.data if trace.name == "sections")
    assert any("blocks 1-3  x 3" in text for text in headers.text)
    assert json.loads(str(figure.to_json()))


def test_figure_never_holds_a_name_that_a_person_gave():
    config = model_config("resnet20", name="<a href='x'>mine</a>")
    assert "mine" not in str(architecture_figure(outline_net(config, 32)).to_json())


def test_plain_nets_have_their_colour():
    sections = outline_net(model_config("plain20"), 32)
    plain, residual = (
        str(architecture_figure(sections, is_plain=is_plain).to_json())
        for is_plain in (True, False)
    )
    assert plain.count("#d95f02") > 0 == residual.count("#d95f02")


def test_resolution_figure_shows_the_sides_along_both_nets():
    resolutions = [
        (name, trace_resolution(model_config(name), 32), name.startswith("plain"))
        for name in ("resnet18", "plain18")
    ]
    figure = resolution_figure(resolutions)
    for trace in figure.data:
        assert list(trace.y) == [32, 16, 8, 8, 4, 2, 1]
        assert trace.x[1] == "stem.conv"
    assert [trace.line.color for trace in figure.data] == ["#1f6fb4", "#d95f02"]
    assert figure.layout.yaxis.type == "log"
    first, *_ = rows(resolution_csv(resolutions))
    assert (first["net"], first["side_positions"], first["stride_px"]) == ("resnet18", "32", "1")


def test_shape_text_puts_channels_first():
    operations = outline_net(model_config("resnet20"), 40)[-1].operations
    assert [shape_text(operation) for operation in operations] == ["64 x 1 x 1", "10"]


def test_what_the_net_beside_lacks_has_a_heavy_frame():
    residual, plain = (outline_net(model_config(name), 32) for name in ("resnet20", "plain20"))
    lacking = lacking_in(plain, residual)
    assert {path.rpartition(".")[2] for path in lacking} == {"add", "shortcut"}
    assert len(lacking) == 9 + 2
    assert lacking_in(residual, plain) == frozenset()

    def heavy(figure):
        return sum(shape.line.width == 3 for shape in figure.layout.shapes if shape.line.width)

    marked = architecture_figure(residual, beside=plain)
    assert heavy(marked) > heavy(architecture_figure(residual)) == 0
    assert heavy(architecture_figure(plain, beside=residual, is_plain=True)) == 0
    assert heavy(architecture_figure(residual, beside=residual)) == 0


def test_diagrams_side_by_side_are_half_as_wide():
    sections = outline_net(model_config("resnet20"), 32)
    alone, narrow = (
        architecture_figure(sections, beside=beside).layout.xaxis.range[1]
        for beside in ((), sections)
    )
    assert narrow < 0.55 * alone


def test_the_figure_says_how_wide_it_was_laid_out():
    layout = architecture_figure(outline_net(model_config("resnet20"), 32)).layout
    low, high = layout.xaxis.range
    assert layout.meta == {"laid_out_px": high - low}


def test_every_box_says_its_path_when_pressed():
    figure = architecture_figure(outline_net(model_config("plain20"), 32))
    boxes = figure.data[2]
    assert len(boxes.customdata) == len(boxes.text)
    assert "stage1.0.conv1" in boxes.customdata
