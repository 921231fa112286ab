"""The sanity check: maps while the net forgets its training from the classifier down."""

import csv
import io
from dataclasses import replace

import numpy as np
import streamlit as st

from pages.ui.kit.plot import measured_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.kit.tiles import Tile, TileRow, show_tiles
from pages.ui.shell.address import write_to_address
from pages.ui.shell.jobs import Job, await_all, submit
from pages.ui.shell.notices import plain
from pages.ui.where_it_looks.controls import ExplanationRequest
from pages.ui.where_it_looks.drawing import STRIP_PX, explanation_sheet
from pages.ui.where_it_looks.faithful import question_of
from resnet_core.asking import ReadyNet
from resnet_core.asking.layers_to_ask import plainness
from resnet_core.asking.trust import let_forget
from resnet_core.explain import RandomisationCheck, RandomisedMap, find_method
from resnet_core.explain.sentences import randomisation_sentence
from resnet_core.figures.faithfulness import randomisation_figure
from resnet_core.figures.map_pictures import MapStyle

Checks = dict[str, RandomisationCheck]

_MOST_SHOWN = 12
_PLACE = "look_forget"
_EXPLANATION = """
Parts of the net get fresh weights, the classifier first, then block after block down to the stem:
several times, never with the seed that the net began from, since training stays near its beginning.
Bars reach from the smallest to the largest of the seeds. A method that explains *this net* must
change its map. One whose map stays alike, as guided backpropagation's does, mostly redraws the
picture's edges, however convincing it looks. Adebayo et al. 2018,
[arXiv 1810.03292](https://arxiv.org/abs/1810.03292).
"""


def show_sanity(request: ExplanationRequest, style: MapStyle) -> None:
    """Offers the check for the first net and the first layer, and shows what came of it."""
    st.header("Sanity check: does the map need a trained net?")
    if not isinstance(request.nets[0], ReadyNet):
        st.caption("Of nets of others nobody told which blocks may forget one after the other.")
        return
    if st.query_params.get(_PLACE) != "on":
        st.button(
            "Let the net forget, block by block",
            icon=":material/psychology:",
            on_click=write_to_address,
            args=(_PLACE, "on"),
        )
        st.caption("Takes a map of each method for every block of the net, five times.")
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


def _submit(request: ExplanationRequest, method: str) -> Job[RandomisationCheck]:
    net, question = request.nets[0], question_of(request, request.nets[0], method)
    pixels = request.picture.seen_by(net).pixels
    return submit(
        ("sanity", net.key, request.picture.key, question),
        lambda progress: let_forget(net, pixels, question, progress),
        lane="slow",
    )


def _show(request: ExplanationRequest, checks: Checks, style: MapStyle) -> None:
    style = replace(style, size_px=STRIP_PX)
    told = [f"- {plain(randomisation_sentence(title, found))}" for title, found in checks.items()]
    st.markdown("\n".join(told))
    rows = []
    for title, found in checks.items():
        shown = _thinned(found.maps)
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
        [shown.part for shown in first.maps],
        {title: _numbers(found.mean) for title, found in checks.items()},
        ranges={t: (_numbers(found.low), _numbers(found.high)) for t, found in checks.items()},
        is_plain=plainness(request.nets[0]) is True,
        theme=shown_theme(),
    )
    measured_figure(
        figure,
        key="look_forgetting",
        caption="Rank correlation of each map with the trained net's, mean and range of "
        f"{len(first.seeds)} seeds; 1 is the same order of places, 0 is none. The maps above are "
        f"those of seed {first.seeds[0]}.",
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


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def _csv(checks: Checks) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("method", "seed", "forgotten_down_to", "rank_correlation"))
    for title, found in checks.items():
        for seed, row in zip(found.seeds, found.correlations, strict=True):
            for shown, value in zip(found.maps, row, strict=True):
                number = "" if np.isnan(value) else f"{value:.6f}"
                writer.writerow((title, seed, shown.part, number))
    return text.getvalue()
