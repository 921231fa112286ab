"""Figures of the lesion bench: every block removed in turn, and several at random."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.figures.gradient_layout import as_text
from resnet_core.figures.style import Theme, arm_colours, hover_percent, styled
from resnet_core.figures.titles import make_room, titles_over
from resnet_core.probes.lesions import BlockLesion, LesionBench, LesionReading
from resnet_core.shares import PER_CENT
from resnet_core.spreadsheets import harmless, title_cell

_GREY = "#808a99"
_PATTERNS: dict[LesionReading, str] = {"as_is": "", "recalibrated": "/"}
_DASHES: dict[LesionReading, str] = {"as_is": "solid", "recalibrated": "dash"}
_HEIGHT_PX = 350
_MOST_LETTERS = 88
"""Of the titles over the nets, across the whole figure."""
_LONGEST_IN_COLUMNS = 14
"""Letters of a net's name with which four entries of the legend fit beside each other."""
_SHORT: dict[LesionReading, str] = {"as_is": "as it is", "recalibrated": "recalibrated"}


def lesions_figure(benches: Mapping[str, LesionBench], *, theme: Theme = "light") -> go.Figure:
    """Draws the accuracy without each block in depth order, one net beside the other.

    Bars reach as far as Wilson's 95 % interval of the accuracy. The whole net and chance are
    lines; a block that cannot be removed is a cross, whose hover says why.

    Args:
        benches: by what each net is called.
        theme: ground that the colours must stand out from.
    """
    titles = titles_over(list(benches), _MOST_LETTERS // max(1, len(benches)))
    figure = make_subplots(
        rows=1,
        cols=max(1, len(benches)),
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=titles,
    )
    colours = arm_colours([bench.is_plain for bench in benches.values()], theme)
    for column, ((label, bench), colour) in enumerate(zip(benches.items(), colours, strict=True)):
        for trace in _panel(as_text(label), bench, colour, is_first=column == 0):
            figure.add_trace(trace, row=1, col=column + 1)
    styled(figure, x_title="removed block (stage.block)", y_title="", height_px=_HEIGHT_PX)
    figure.update_yaxes(range=[0, 102])
    figure.update_yaxes(title_text="right answers (%)", col=1)
    for column, bench in enumerate(benches.values(), start=1):
        figure.update_xaxes(**_block_ticks(bench), col=column)
    figure.update_annotations(font_size=14)
    if all(len(label) <= _LONGEST_IN_COLUMNS for label in benches):
        # What belongs to one net stands in one row.
        figure.update_layout(legend={"entrywidth": 0.24, "entrywidthmode": "fraction"})
    figure.update_layout(bargap=0.15, margin={"t": 76}, legend={"y": 1.1, "font": {"size": 11}})
    return make_room(figure, titles)


def random_lesions_figure(
    benches: Mapping[str, LesionBench], *, theme: Theme = "light"
) -> go.Figure:
    """Draws the mean accuracy against the number of blocks removed at random.

    Bars reach as far as Student's 95 % interval of that mean over the draws.

    Args:
        benches: by what each net is called.
        theme: ground that the colours must stand out from.
    """
    figure = go.Figure()
    colours = arm_colours([bench.is_plain for bench in benches.values()], theme)
    for (label, bench), colour in zip(benches.items(), colours, strict=True):
        for reading in bench.readings:
            figure.add_trace(_curve(as_text(label), bench, reading, colour))
    most = max((r.num_removed for b in benches.values() for r in b.at_random), default=1)
    for chance in sorted({bench.chance for bench in benches.values()}):
        figure.add_trace(_line("chance", [0, most], chance, _GREY, "dot"))
    styled(
        figure,
        x_title="blocks removed at random",
        y_title="right answers (%)",
        height_px=_HEIGHT_PX,
    )
    return figure.update_yaxes(range=[0, 102])


def lesions_csv(benches: Mapping[str, LesionBench]) -> str:
    """One row a net, block and reading, the whole net first."""
    header = ("net", "without", "reading", "accuracy", "low", "high", "pictures", "reason")
    return _csv(header, (row for label, b in benches.items() for row in _block_rows(label, b)))


def random_lesions_csv(benches: Mapping[str, LesionBench]) -> str:
    """One row a net, number of blocks, draw and reading."""
    rows = (
        (label, found.num_removed, number, reading, f"{score.accuracy:.6g}", score.total, paths)
        for label, bench in benches.items()
        for found in bench.at_random
        for number, draw in enumerate(found.draws)
        for reading, score in (("as_is", draw.as_is), ("recalibrated", draw.recalibrated))
        if score is not None
        for paths in (" ".join(draw.removed),)
    )
    header = ("net", "num_removed", "draw", "reading", "accuracy", "pictures", "removed")
    return _csv(header, rows)


def _panel(
    label: str, bench: LesionBench, colour: str, *, is_first: bool
) -> Iterator[go.Bar | go.Scatter]:
    paths = [block.path for block in bench.blocks]
    for reading in bench.readings:
        yield _bars(label, bench.blocks, reading, colour)
    yield _line(f"{label}, all blocks", paths, bench.whole.accuracy, colour, "dash")
    fixed = [block for block in bench.blocks if not block.is_removable]
    if fixed:
        yield _crosses(fixed)
    yield _line("chance", paths, bench.chance, _GREY, "dot", is_listed=is_first)


def _bars(label: str, blocks: Sequence[BlockLesion], reading: LesionReading, colour: str) -> go.Bar:
    scored = [(b, score) for b in blocks if (score := b.score(reading)) is not None]
    values = [100 * score.accuracy for _, score in scored]
    reach = [score.interval_95 for _, score in scored]
    name = f"{label}, {_SHORT[reading]}"
    return go.Bar(
        x=[block.path for block, _ in scored],
        y=values,
        name=name,
        marker={"color": colour, "pattern": {"shape": _PATTERNS[reading], "size": 5}},
        error_y=_errors(values, [100 * low for low, _ in reach], [100 * high for _, high in reach]),
        customdata=[f"{100 * low:.1f} to {100 * high:.1f}" for low, high in reach],
        hovertemplate=f"without %{{x}}: {hover_percent()} right<br>95 % interval "
        f"%{{customdata}}{PER_CENT}<extra>{name}</extra>",
    )


def _crosses(blocks: Sequence[BlockLesion]) -> go.Scatter:
    return go.Scatter(
        x=[block.path for block in blocks],
        y=[2] * len(blocks),
        mode="markers",
        name="cannot be removed",
        marker={"symbol": "x", "size": 8, "color": _GREY},
        customdata=[as_text(block.reason) for block in blocks],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _curve(label: str, bench: LesionBench, reading: LesionReading, colour: str) -> go.Scatter:
    rows = [(r.num_removed, r.mean(reading), r.interval(reading)) for r in bench.at_random]
    known = [(c, 100 * mean, found or (mean, mean)) for c, mean, found in rows if mean is not None]
    start = bench.whole if reading == "as_is" else bench.recalibrated_whole or bench.whole
    name = f"{label}, {_SHORT[reading]}"
    return go.Scatter(
        x=[0, *(count for count, _, _ in known)],
        y=[100 * start.accuracy, *(mean for _, mean, _ in known)],
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": _DASHES[reading], "width": 2},
        marker={"size": 6},
        error_y=_errors(
            [0.0, *(mean for _, mean, _ in known)],
            [0.0, *(100 * low for _, _, (low, _) in known)],
            [0.0, *(100 * high for _, _, (_, high) in known)],
        ),
        hovertemplate=f"%{{x}} blocks removed: {hover_percent()} right<extra>{name}</extra>",
    )


def _line(
    name: str,
    places: Sequence[object],
    share: float,
    colour: str,
    dash: str,
    *,
    is_listed: bool = True,
) -> go.Scatter:
    return go.Scatter(
        x=list(places),
        y=[100 * share] * len(places),
        name=name,
        mode="lines",
        line={"color": colour, "dash": dash, "width": 1.5},
        showlegend=is_listed,
        hovertemplate=f"{hover_percent()} right<extra>{name}</extra>",
    )


def _block_ticks(bench: LesionBench) -> dict[str, Any]:
    """Blocks in the order of the net, without the word that all have."""
    paths = [block.path for block in bench.blocks]
    return {
        "categoryorder": "array",
        "categoryarray": paths,
        "tickvals": paths,
        "ticktext": [path.removeprefix("stage") for path in paths],
        "tickfont_size": 10,
    }


def _errors(
    values: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [end - value for value, end in zip(values, high, strict=True)],
        "arrayminus": [value - end for value, end in zip(values, low, strict=True)],
        "thickness": 1,
        "width": 2,
        "color": _GREY,
    }


def _block_rows(label: str, bench: LesionBench) -> Iterator[tuple[object, ...]]:
    for reading, score in (("as_is", bench.whole), ("recalibrated", bench.recalibrated_whole)):
        if score is not None:
            numbers = _numbers(score.accuracy, *score.interval_95)
            yield label, "nothing", reading, *numbers, score.total, ""
    for block in bench.blocks:
        if not block.is_removable:
            yield label, block.path, "", "", "", "", "", block.reason
        for reading in bench.readings:
            found = block.score(reading)
            if found is not None:
                numbers = _numbers(found.accuracy, *found.interval_95)
                yield label, block.path, reading, *numbers, found.total, ""


def _numbers(*values: float) -> tuple[str, ...]:
    return tuple(f"{value:.6g}" for value in values)


def _csv(header: Sequence[str], rows: Iterator[tuple[object, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for label, *rest in rows:
        writer.writerow((title_cell(str(label)), *map(harmless, rest)))
    return text.getvalue()
