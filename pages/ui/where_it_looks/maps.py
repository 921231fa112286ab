"""The grid of maps: a row for each net and layer, a column for each method."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.kit.tiles import Tile, TileRow, show_tiles
from pages.ui.shell.address import write_to_address
from pages.ui.shell.controls import with_controls
from pages.ui.shell.jobs import Job, await_all, submit
from pages.ui.shell.notices import plain
from pages.ui.where_it_looks.controls import ExplanationRequest, word_of_method
from pages.ui.where_it_looks.detail import DETAIL_ANCHOR, show_detail
from pages.ui.where_it_looks.drawing import explanation_sheet
from resnet_core.asking.layers_to_ask import AnyNet, find_layer_to_ask
from resnet_core.explain import (
    Attribution,
    Question,
    find_method,
)
from resnet_core.explain.sentences import draws_sentence, map_sentence
from resnet_core.figures.map_pictures import MapStyle
from resnet_core.progress import Progress
from resnet_core.shares import probability_text

_LONG = 64
"""Pictures through a net from which work counts as long, so that it gets a net of its own."""
_TILE_PX = 288
_PLACE = "look_cell"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One map of the grid."""

    net: AnyNet
    question: Question
    job: Job[Attribution]

    @property
    def name(self) -> str:
        """Names the cell among all."""
        method = word_of_method(self.question.method)
        return f"{self.net.source.key}/{self.question.layer}/{method}"


def show_maps(request: ExplanationRequest, style: MapStyle) -> None:
    """Shows the grid, and below it the map that was pressed, at first the first one, large."""
    rows = [
        _row(request, net, layer, is_first=layer == request.layers[0])
        for net in request.nets
        for layer in request.layers
    ]
    cells = [cell for row in rows for cell in row]
    await_all([cell.job for cell in cells], "Maps")
    for sentence in _sentences(request, rows):
        st.markdown(plain(sentence))
    chosen = _find_chosen(cells)
    show_tiles(
        [_tile_row(request, row, style) for row in rows if row],
        key="look_grid",
        tile_px=_TILE_PX,
        fill=True,
        selected=[chosen.name] if chosen else [],
        on_press=lambda name: write_to_address(_PLACE, name),
        reveals=DETAIL_ANCHOR,
    )
    for problem in dict.fromkeys(cell.job.problem for cell in cells if cell.job.is_done):
        if problem:
            st.error(plain(with_controls(problem)), icon=":material/error:")
    if chosen is not None:
        st.caption("Press another map to see it large, with its numbers and downloads.")
        if chosen.job.is_done and not chosen.job.problem:
            show_detail(chosen.net, request.picture, chosen.job.result(), style)


def _sentences(request: ExplanationRequest, rows: list[list[Cell]]) -> list[str]:
    """What the first map of each net shows, and how far maps that are drawn at random agree."""
    told, seen = [], set()
    for cell in (cell for row in rows for cell in row):
        answer, title = _answer(cell), find_method(cell.question.method).title
        if answer is None:
            continue
        names, label = cell.net.card.class_names, request.picture.class_name
        if cell.net.key not in seen:
            known = label if label in names else None
            told.append(_of_net(request, cell, map_sentence(title, answer, names, known)))
        seen.add(cell.net.key)
        if answer.draws is not None:
            told.append(_of_net(request, cell, draws_sentence(title, answer.draws)))
    return told


def _of_net(request: ExplanationRequest, cell: Cell, sentence: str) -> str:
    return f"{cell.net.title}: {sentence}" if len(request.nets) > 1 else sentence


def submit_question(
    request: ExplanationRequest, net: AnyNet, question: Question
) -> Job[Attribution]:
    """Asks a net in a thread; the same question is asked once."""
    method, side = find_method(question.method), net.card.image_size_px
    channels = 1
    if method.needs_layer:
        channels = find_layer_to_ask(net, question.layer).channels
    is_long = method.num_pictures(question.settings, channels, side) > _LONG
    pixels = request.picture.seen_by(net).pixels

    def work(progress: Progress) -> Attribution:
        return net.explain(pixels, question, progress, for_long=is_long)

    key = ("map", net.key, request.picture.key, question)
    return submit(key, work, lane="slow" if is_long else "quick")


def _row(request: ExplanationRequest, net: AnyNet, layer: str, *, is_first: bool) -> list[Cell]:
    cells = []
    for name in request.methods:
        needs_layer = find_method(name).needs_layer
        if needs_layer or is_first:  # what looks at no layer stands in a net's first row only
            question = Question(
                method=name,
                layer=request.layer(net, layer) if needs_layer else "",
                target=request.target(net),
                settings=request.settings,
            )
            job = submit_question(request, net, question)
            cells.append(Cell(net=net, question=question, job=job))
    return cells


def _tile_row(request: ExplanationRequest, row: list[Cell], style: MapStyle) -> TileRow:
    net = row[0].net
    layer = next((cell.question.layer for cell in row if cell.question.layer), "")
    tiles = [Tile(name="", label="The picture as the net sees it", caption="What the net sees")]
    tiles += [_tile(cell) for cell in row]
    answers = [_answer(cell) for cell in row]
    return TileRow(
        title=net.source.title,
        notes=(layer, *_verdict(request, row)),
        sheet=explanation_sheet(net, request.picture, answers, style, with_picture=True),
        tiles=tuple(tiles),
    )


def _answer(cell: Cell) -> Attribution | None:
    return cell.job.result() if cell.job.is_done and not cell.job.problem else None


def _tile(cell: Cell) -> Tile:
    title = find_method(cell.question.method).title
    if not cell.job.is_done:
        return Tile(name=cell.name, label=f"{title}: being computed", caption=f"{title} ...")
    if cell.job.problem:
        return Tile(name=cell.name, label=cell.job.problem, caption=f"{title}: not possible")
    where = cell.question.layer or "the pixels"
    label = f"{title} at {where}, {cell.net.source.title}"
    flat = ", flat" if cell.job.result().is_flat else ""
    return Tile(name=cell.name, label=label, caption=f"{title}{flat}")


def _verdict(request: ExplanationRequest, row: list[Cell]) -> tuple[str, ...]:
    """What the net says, and what is explained, as soon as one map of the row is there."""
    done = [cell for cell in row if cell.job.is_done and not cell.job.problem]
    if not done:
        return ()
    answer, names = done[0].job.result(), done[0].net.card.class_names
    best = int(answer.probabilities.argmax())
    says = f"says {names[best]} ({probability_text(float(answer.probabilities[best]))})"
    if request.picture.class_name:
        says += f", labelled {request.picture.class_name}"
    target = answer.target
    if target.class_index == best and target.against is None:
        return (says,)
    assert target.class_index is not None
    against = "" if target.against is None else f" against {names[target.against]}"
    return (says, f"evidence for {names[target.class_index]}{against}")


def _find_chosen(cells: list[Cell]) -> Cell | None:
    """The map that the address names, else the first that is there."""
    named = {cell.name: cell for cell in cells}
    done = (cell for cell in cells if _answer(cell) is not None)
    return named.get(st.query_params.get(_PLACE, "")) or next(done, None)
