"""A net's diagram."""

from collections.abc import Iterable, Iterator, Sequence

import plotly.graph_objects as go

from resnet_core.figures.architecture_layout import Box, Column, Connection, Diagram, lay_out_net
from resnet_core.figures.style import PLAIN_COLOURS, RESIDUAL_COLOURS, Theme
from resnet_core.figures.switched_blocks import AS_BUILT, SwitchedBlocks
from resnet_core.models.outline import Section
from resnet_core.models.trace import Operation, OperationKind

_FLOW_COLOUR = "rgba(128,138,150,0.9)"
_FRAME_COLOUR = "rgba(128,138,150,0.5)"
_FILLS: dict[OperationKind, str] = {
    "conv": "rgba(110,130,160,0.42)",
    "norm": "rgba(150,120,180,0.28)",
    "activation": "rgba(90,160,120,0.30)",
    "shortcut": "rgba(128,138,150,0.18)",
    "add": "rgba(128,138,150,0.10)",
    "concat": "rgba(70,150,170,0.30)",
    "scale": "rgba(200,110,110,0.26)",
    "pool": "rgba(128,138,150,0.34)",
    "linear": "rgba(190,160,80,0.38)",
}
"""Half-transparent, so that one choice serves the light and the dark ground."""
_TEXT_COLOURS: dict[Theme, str] = {"light": "#1b2430", "dark": "#e6ebf2"}
"""The app's own; Plotly's default is too faint for text this small."""
_MARGIN_PX = 12.0
_BESIDE_WIDTH_PX = 420.0
"""Width at which rows wrap where two diagrams stand side by side."""
_HOVER_PX = 52
"""Half of a box: the whole of it answers the pointer, not only the middle of its label."""


def architecture_figure(
    sections: Sequence[Section],
    *,
    is_plain: bool = False,
    theme: Theme = "light",
    beside: Sequence[Section] = (),
    switched: SwitchedBlocks = AS_BUILT,
) -> go.Figure:
    """Draws a net: one column a section, equal blocks once with their number, shortcuts beside.

    Args:
        sections: the net, as `outline_net` folds it.
        is_plain: whether frames take the plain nets' colour instead of the residual nets'.
        theme: ground that the coloured lines have to stand out from.
        beside: the net whose diagram stands beside it; what that one lacks gets a heavy frame.
        switched: what is marked of single blocks.
    """
    diagram = lay_out_net(sections, _BESIDE_WIDTH_PX) if beside else lay_out_net(sections)
    lacking = lacking_in(beside, sections) if beside else frozenset()
    accent = (PLAIN_COLOURS if is_plain else RESIDUAL_COLOURS)[theme][0]
    figure = go.Figure()
    figure.add_traces(list(_line_traces(diagram, switched, theme)))
    boxes = [box for column in diagram.columns for box in column.boxes]
    figure.add_trace(_box_trace(boxes, _TEXT_COLOURS[theme]))
    figure.add_trace(_header_trace(diagram.columns, _TEXT_COLOURS[theme]))
    shapes = [
        _box_shape(
            box,
            _TEXT_COLOURS[theme] if box.operation.path in lacking else "",
            is_off=switched.turn_off(box.operation.path, column.section.path),
        )
        for column in diagram.columns
        for box in column.boxes
    ]
    shapes += [_frame(column, accent, lacking, switched.chosen) for column in diagram.columns]
    return _laid_out(figure.update_layout(shapes=shapes), diagram)


def _laid_out(figure: go.Figure, diagram: Diagram) -> go.Figure:
    """Axes that count pixels of the diagram, none of them seen, and a pointer that finds boxes."""
    figure.update_layout(
        height=int(diagram.height + 4 * _MARGIN_PX),
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        dragmode="pan",
        hovermode="closest",
        hoverdistance=_HOVER_PX,
    )
    x_range = [-2 * _MARGIN_PX, diagram.width + _MARGIN_PX]
    # By this the page's host knows how far the figure may be stretched on a wide screen.
    figure.update_layout(meta={"laid_out_px": x_range[1] - x_range[0]})
    y_range = [diagram.height + _MARGIN_PX, -_MARGIN_PX]
    figure.update_xaxes(visible=False, range=x_range, constrain="domain", constraintoward="left")
    figure.update_yaxes(
        visible=False, range=y_range, scaleanchor="x", constrain="domain", constraintoward="top"
    )
    return figure


def lacking_in(other: Sequence[Section], sections: Sequence[Section]) -> frozenset[str]:
    """Paths of a net's operations that another net does not have, or has otherwise."""
    there = {_identity(operation) for operation in _all_operations(other)}
    return frozenset(
        operation.path
        for operation in _all_operations(sections)
        if operation.label != "identity" and _identity(operation) not in there
    )


def _line_traces(diagram: Diagram, switched: SwitchedBlocks, theme: Theme) -> Iterator[go.Scatter]:
    """The flow, the skips, and those skips that carry nothing."""
    parted: dict[bool, list[Connection]] = {True: [], False: list(diagram.links)}
    for column in diagram.columns:
        parted[column.section.path in switched.cut] += column.lines
    lines = [*parted[False], *parted[True]]
    yield _line_trace(lines, is_skip=False, colour=_FLOW_COLOUR)
    yield _line_trace(parted[False], is_skip=True, colour=RESIDUAL_COLOURS[theme][0])
    if switched.cut:
        cut = _line_trace(parted[True], is_skip=True, colour=_FLOW_COLOUR)
        yield cut.update(name="cut shortcut", line={"width": 1.5, "dash": "dot"})


def _line_trace(lines: Iterable[Connection], *, is_skip: bool, colour: str) -> go.Scatter:
    x: list[float | None] = []
    y: list[float | None] = []
    for line in lines:
        if line.is_skip == is_skip:
            x += [*(point[0] for point in line.points), None]
            y += [*(point[1] for point in line.points), None]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": colour, "width": 3 if is_skip else 1.5},
        hoverinfo="skip",
        name="shortcut" if is_skip else "flow",
    )


def _box_trace(boxes: Sequence[Box], colour: str) -> go.Scatter:
    return go.Scatter(
        x=[box.x for box in boxes],
        y=[box.y for box in boxes],
        mode="text",
        text=[box.operation.label for box in boxes],
        textfont={"size": 10.5, "color": colour},
        hovertext=[_hover(box.operation) for box in boxes],
        customdata=[box.operation.path for box in boxes],
        hoverinfo="text",
        name="operations",
    )


def _header_trace(columns: Sequence[Column], colour: str) -> go.Scatter:
    return go.Scatter(
        x=[column.left for column in columns],
        y=[column.top + 14 for column in columns],
        mode="text",
        text=[_header(column.section) for column in columns],
        textposition="middle right",
        textfont={"size": 11, "color": colour},
        hoverinfo="skip",
        name="sections",
    )


def _header(section: Section) -> str:
    times = f"  x {section.count}" if section.count > 1 else ""
    parameters = f"{section.parameters:,} parameters"
    return f"<b>{section.title}{times}</b><br>{_section_shape(section)}<br>{parameters}"


def _section_shape(section: Section) -> str:
    """What leaves its last block; for blocks that differ in channels, from the first one's on."""
    first, last = (member[-1] for member in (section.members[0], section.members[-1]))
    if first.output.channels == last.output.channels:
        return shape_text(last)
    return f"{first.output.channels} to {shape_text(last)}"


def shape_text(operation: Operation) -> str:
    """Writes what leaves an operation: `64 x 8 x 8`, channels first, or `10` after a linear map."""
    output = operation.output
    if operation.kind == "linear":
        return f"{output.channels}"
    return f"{output.channels} x {output.map_size_px[0]} x {output.map_size_px[1]}"


def _hover(operation: Operation) -> str:
    return (
        f"<b>{operation.path}</b>: {operation.label}<br>gives {shape_text(operation)}<br>"
        f"{operation.parameters:,} parameters, {operation.macs:,} multiply-adds<br>"
        f"sees {operation.output.receptive_field_px} px of the picture"
    )


def _all_operations(sections: Sequence[Section]) -> Iterator[Operation]:
    for section in sections:
        for member in section.members:
            yield from member


def _identity(operation: Operation) -> tuple[str, str, str]:
    return operation.path, operation.label, shape_text(operation)


def _box_shape(box: Box, mark_colour: str, *, is_off: bool) -> dict[str, object]:
    return {
        "type": "circle" if box.operation.kind == "add" else "rect",
        "x0": box.x - box.half_width,
        "x1": box.x + box.half_width,
        "y0": box.y - box.half_height,
        "y1": box.y + box.half_height,
        "fillcolor": "rgba(0,0,0,0)" if is_off else _FILLS[box.operation.kind],
        "line": {
            "color": mark_colour or _FLOW_COLOUR,
            "width": 3 if mark_colour else 1,
            "dash": "dot" if is_off else "solid",
        },
        "layer": "below",  # else it dims its own label
    }


def _frame(column: Column, accent: str, lacking: frozenset[str], chosen: str) -> dict[str, object]:
    is_chosen = bool(chosen) and column.section.path == chosen
    is_marked = is_chosen or any(
        operation.path in lacking for operation in _all_operations([column.section])
    )
    return {
        "type": "rect",
        "x0": column.left,
        "x1": column.left + column.width,
        "y0": column.frame_top,
        "y1": column.top + column.height,
        "line": {
            "color": accent if column.section.count > 1 or is_chosen else _FRAME_COLOUR,
            "width": 3 if is_marked else 1.5,
        },
        "layer": "below",
    }
