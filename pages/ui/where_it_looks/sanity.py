"""The sanity check: maps while the net forgets its training from the classifier down."""

import csv
import io
from dataclasses import replace

import streamlit as st

from pages.ui.kit.plot import measured_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.kit.tiles import Tile, TileRow, show_tiles
from pages.ui.shell.jobs import Job, await_all, find, submit
from pages.ui.shell.notices import plain
from pages.ui.where_it_looks.controls import ExplanationRequest
from pages.ui.where_it_looks.drawing import STRIP_PX, explanation_sheet
from resnet_core.explain import (
    Question,
    RandomisedMap,
    find_method,
    measure_randomisation,
    normalise_pictures,
)
from resnet_core.figures.faithfulness import randomisation_figure
from resnet_core.figures.map_pictures import MapStyle
from resnet_core.progress import Progress

Checks = dict[str, tuple[RandomisedMap, ...]]

_MOST_SHOWN = 12
_EXPLANATION = """
Parts of the net get the weights that they had before training, the classifier first, then block
after block down to the stem. A method that explains *this net* must change its map. One whose map
stays alike, as guided backpropagation's does, mostly redraws the picture's edges, however
convincing it looks. Adebayo et al. 2018, [arXiv 1810.03292](https://arxiv.org/abs/1810.03292).
"""


def show_sanity(request: ExplanationRequest, style: MapStyle) -> None:
    """Offers the check for the first net and the first layer, and shows what came of it."""
    st.header("Sanity check: does the map need a trained net?")
    jobs = {method: _key(request, method) for method in request.methods}
    asked = all(find(key) is not None for key in jobs.values())
    if not asked and not st.button(
        "Let the net forget, block by block", icon=":material/psychology:"
    ):
        st.caption("Takes one map of each method for every block of the net.")
        return
    running = [_submit(request, method) for method in request.methods]
    await_all(running, "Forgetting")
    checks: Checks = {}
    for method, job in zip(request.methods, running, strict=True):
        if job.is_done and job.problem:
            st.error(plain(job.problem), icon=":material/error:")
        elif job.is_done:
            checks[find_method(method).title] = job.result()
    if checks:
        _show(request, checks, style)
    with st.expander("How to read it", icon=":material/menu_book:"):
        st.markdown(_EXPLANATION)


def _question(request: ExplanationRequest, method: str) -> Question:
    return Question(
        method=method,
        layer=request.layers[0] if find_method(method).needs_layer else "",
        target=request.target(request.nets[0]),
        settings=request.settings,
    )


def _key(request: ExplanationRequest, method: str) -> tuple[object, ...]:
    question = _question(request, method)
    return ("sanity", request.nets[0].source.key, request.picture.key, question)


def _submit(request: ExplanationRequest, method: str) -> Job[tuple[RandomisedMap, ...]]:
    net, question = request.nets[0], _question(request, method)
    pixels = request.picture.seen_by(net).pixels

    def work(progress: Progress) -> tuple[RandomisedMap, ...]:
        picture = normalise_pictures(pixels, net.card)
        with net.use(for_long=True) as model:
            return measure_randomisation(model, picture, question, progress=progress)

    return submit(_key(request, method), work, lane="slow")


def _show(request: ExplanationRequest, checks: Checks, style: MapStyle) -> None:
    style = replace(style, size_px=STRIP_PX)
    rows = []
    for title, found in checks.items():
        shown = _thinned(found)
        tiles = tuple(
            Tile(name=f"{title}/{s.part}", label=f"{title}, {s.part}", caption=_caption(s))
            for s in shown
        )
        answers = [s.attribution for s in shown]
        sheet = explanation_sheet(request.nets[0], request.picture, answers, style)
        rows.append(TileRow(title=title, sheet=sheet, tiles=tiles))
    show_tiles(rows, key="look_sanity", tile_px=160, fill=True)
    first = next(iter(checks.values()))
    figure = randomisation_figure(
        [shown.part for shown in first],
        {title: [s.correlation for s in found] for title, found in checks.items()},
        is_plain=request.nets[0].card.model.is_plain,
        theme=shown_theme(),
    )
    measured_figure(
        figure,
        key="look_forgetting",
        caption="Rank correlation of each map with the trained net's; 1 is the same order of "
        "places, 0 is none.",
        numbers=lambda: _csv(checks),
    )


def _thinned(found: tuple[RandomisedMap, ...]) -> list[RandomisedMap]:
    """At most a dozen of them, the first and the last with them."""
    if len(found) <= _MOST_SHOWN:
        return list(found)
    last = len(found) - 1
    return [found[round(k * last / (_MOST_SHOWN - 1))] for k in range(_MOST_SHOWN)]


def _caption(shown: RandomisedMap) -> str:
    correlation = "flat" if shown.correlation is None else f"{shown.correlation:+.2f}"
    return f"{shown.part} {correlation}"


def _csv(checks: Checks) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("method", "forgotten_down_to", "rank_correlation"))
    for title, found in checks.items():
        for shown in found:
            number = "" if shown.correlation is None else f"{shown.correlation:.6f}"
            writer.writerow((title, shown.part, number))
    return text.getvalue()
