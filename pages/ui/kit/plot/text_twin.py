"""A figure in words, for whoever does not see it: what each line begins, ends and turns with."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from resnet_core.probes.spread import readable

_MOST_TRACES = 24
_MOST_LABELS = 40
_Point = tuple[object, float]


def text_twin(figure: go.Figure) -> str:
    """Tells what a figure shows: its axes, and of each trace the ends, the lowest, the highest."""
    drawn: Any = figure.data  # Plotly's stubs take it for a string
    traces = [trace for trace in drawn if trace.visible not in (False, "legendonly")]
    sentences = [s for trace in traces[:_MOST_TRACES] for s in _tell(trace, _units(figure, trace))]
    more = len(traces) - _MOST_TRACES
    rest = [f"And {more} more."] if more > 0 else []
    return " ".join((*_axes(figure), *sentences, *rest)).replace("<br>", " ")


def _axes(figure: go.Figure) -> Iterator[str]:
    for word, axes in (("Across", figure.select_xaxes()), ("Up", figure.select_yaxes())):
        titles = dict.fromkeys(axis.title.text for axis in axes if axis.title.text)
        if titles:
            yield f"{word}: {'; '.join(titles)}."


def _units(figure: go.Figure, trace: Any) -> tuple[str, str]:
    """What an axis writes behind its numbers: of the places, and of the values of a trace."""
    if trace.type in ("heatmap", "contour"):
        return "", trace.colorbar.ticksuffix or ""
    layout: Any = figure.layout
    names = ("yaxis", "xaxis") if trace.orientation == "h" else ("xaxis", "yaxis")
    axes = [layout[f"{name}{(trace[name] or name[0])[1:]}"] for name in names]
    return axes[0].ticksuffix or "", axes[1].ticksuffix or ""


def _tell(trace: Any, units: tuple[str, str]) -> Iterator[str]:
    if trace.type in ("heatmap", "contour"):
        yield from _tell_heatmap(trace, units[1])
    elif trace.type in ("scatter", "scattergl") and trace.mode == "text":
        yield from _tell_labels(trace)
    elif trace.type in ("scatter", "scattergl", "bar") and trace.hoverinfo != "skip":
        yield from _tell_curve(trace, units)


def _tell_curve(trace: Any, units: tuple[str, str]) -> Iterator[str]:
    places, values = (trace.y, trace.x) if trace.orientation == "h" else (trace.x, trace.y)
    points = _points(places, values)
    if not points:
        return
    lowest, highest = (pick(points, key=lambda point: point[1]) for pick in (min, max))
    start, end, least, most = (
        _at(point, units) for point in (points[0], points[-1], lowest, highest)
    )
    name = _name(trace)
    if len(points) == 1:
        yield f"{name}: {start}."
    elif len(points) == 2:
        yield f"{name}: {start}, {end}."
    else:
        turns = f"lowest {least}, highest {most}"
        yield f"{name}: {len(points)} points from {start} to {end}, {turns}."


def _tell_labels(trace: Any) -> Iterator[str]:
    labels = [str(label) for label in _listed(trace.text) if label]
    more = f", and {len(labels) - _MOST_LABELS} more" if len(labels) > _MOST_LABELS else ""
    if labels:
        yield f"{_name(trace)}: {', '.join(labels[:_MOST_LABELS])}{more}."


def _tell_heatmap(trace: Any, unit: str) -> Iterator[str]:
    rows = [[value for value in _listed(row) if _is_number(value)] for row in _listed(trace.z)]
    values = [float(value) for row in rows for value in row]
    if values:
        columns = max(map(len, rows))
        yield (
            f"{_name(trace)}: {len(rows)} rows of {columns}, from {_number(min(values))}{unit} "
            f"to {_number(max(values))}{unit}."
        )


def _points(places: object, values: object) -> list[_Point]:
    heights = _listed(values)
    where = _listed(places) or list(range(len(heights)))
    return [
        (at, float(value)) for at, value in zip(where, heights, strict=False) if _is_number(value)
    ]


def _listed(values: Any) -> Sequence[Any]:
    """What a trace holds as a list: Plotly keeps arrays, tuples, a single text, or nothing."""
    if values is None:
        return []
    if isinstance(values, str):
        return [values]
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _at(point: _Point, units: tuple[str, str]) -> str:
    place = _number(point[0]) if _is_number(point[0]) else str(point[0])
    return f"{_number(point[1])}{units[1]} at {place}{units[0]}"


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else readable(value)


def _name(trace: Any) -> str:
    return trace.name or "Values"
