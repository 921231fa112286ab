"""Is it faithful? Deletion, insertion and ROAD of every map, and the sanity check."""

import csv
import io
from dataclasses import dataclass, replace

import streamlit as st

from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.kit.tiles import Tile, TileRow, show_tiles
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.jobs import Job, await_all, submit
from pages.ui.shell.notices import plain
from pages.ui.where_it_looks.controls import ExplanationRequest
from pages.ui.where_it_looks.drawing import explanation_sheet
from resnet_core.asking import ReadyNet
from resnet_core.explain import (
    Attribution,
    Question,
    attribute,
    find_method,
    normalise_pictures,
)
from resnet_core.explain.faithfulness import Faithfulness, chance_map, measure_faithfulness
from resnet_core.figures.faithfulness import NamedCurve, removal_figure
from resnet_core.figures.map_pictures import MapStyle
from resnet_core.progress import Progress

_CHANCE = "chance"
_CURVES = ("Deletion", "Insertion", "ROAD, strongest first", "ROAD, weakest first")
_EXPLANATION = """
**Deletion** replaces pixels by the mean colour, those first that the map calls strongest: if the
map is right the probability falls soon, and the area under the curve is small. **Insertion** goes
from a blurred picture to the sharp one in the same order: the area should be large. Petsiuk et al.
2018, [arXiv 1806.07421](https://arxiv.org/abs/1806.07421).

A hole in the mean colour is itself a shape that a net may answer to. **ROAD** fills each removed
pixel with the weighted mean of its neighbours and a little noise, so that less of the mask shows.
Its score is half of the mean distance between removing the weakest and the strongest first; it is
about zero for a map that knows nothing. Rong et al. 2022,
[arXiv 2202.00449](https://arxiv.org/abs/2202.00449).

*Chance* is a map of smooth noise: a method that does no better says nothing about this picture.
One picture is one measurement; the order of methods changes from picture to picture.
"""


@dataclass(frozen=True, kw_only=True)
class ScoredMap:
    """One map and its scores, as they come."""

    net: ReadyNet
    method: str
    title: str
    job: Job[tuple[Attribution, Faithfulness]]


def show_faithful(request: ExplanationRequest, style: MapStyle) -> None:
    """Measures every map of the first layer in every net, and shows scores and curves."""
    scored = [
        _submit(request, net, method)
        for net in request.nets
        for method in (*request.methods, _CHANCE)
    ]
    await_all([entry.job for entry in scored], "Scores")
    for problem in dict.fromkeys(entry.job.problem for entry in scored if entry.job.is_done):
        if problem:
            st.error(plain(problem), icon=":material/error:")
    done = [entry for entry in scored if entry.job.is_done and not entry.job.problem]
    if done:
        show_tiles(
            [_row(request, net, done, style) for net in request.nets if _of(net, done)],
            key="look_scores",
            tile_px=288,
            fill=True,
        )
        _show_curves(request, done)
    with st.expander("What the scores say", icon=":material/menu_book:"):
        st.markdown(_EXPLANATION)


def _submit(request: ExplanationRequest, net: ReadyNet, method: str) -> ScoredMap:
    """Asks for a map and its scores; chance is asked about the same class as the others."""
    is_chance = method == _CHANCE
    known = "saliency" if is_chance else method
    needs_layer = find_method(known).needs_layer
    question = Question(
        method=known,
        layer=request.layer(net) if needs_layer else "",
        target=request.target(net),
        settings=request.settings,
    )
    pixels = request.picture.seen_by(net).pixels

    def work(progress: Progress) -> tuple[Attribution, Faithfulness]:
        picture = normalise_pictures(pixels, net.card)
        with net.use(for_long=True) as model:
            answer = attribute(model, picture, question, progress)
            if is_chance:
                answer = replace(answer, values=chance_map(seed=0), is_signed=False)
            assert answer.target.class_index is not None
            return answer, measure_faithfulness(
                model, picture, answer.values, answer.target.class_index, progress=progress
            )

    key = ("faithful", net.source.key, request.picture.key, question, is_chance)
    title = "Chance" if is_chance else find_method(method).title
    return ScoredMap(net=net, method=method, title=title, job=submit(key, work, lane="slow"))


def _of(net: ReadyNet, scored: list[ScoredMap]) -> list[ScoredMap]:
    return [entry for entry in scored if entry.net is net]


def _row(
    request: ExplanationRequest, net: ReadyNet, done: list[ScoredMap], style: MapStyle
) -> TileRow:
    entries, tiles = _of(net, done), []
    for entry in entries:
        _, scores = entry.job.result()
        caption = (
            f"{entry.title}: deletion {scores.deletion.area:.2f}, insertion "
            f"{scores.insertion.area:.2f}, ROAD {scores.road.score:+.2f}"
        )
        tiles.append(Tile(name=f"{net.source.key}/{entry.method}", label=caption, caption=caption))
    answers = [entry.job.result()[0] for entry in entries]
    answer = answers[0]
    assert answer.target.class_index is not None
    return TileRow(
        title=net.source.title,
        notes=(request.layer(net), f"class {net.card.class_names[answer.target.class_index]}"),
        sheet=explanation_sheet(net, request.picture, answers, style),
        tiles=tuple(tiles),
    )


def _show_curves(request: ExplanationRequest, done: list[ScoredMap]) -> None:
    kind = st.segmented_control(
        "Curves",
        _CURVES,
        required=True,
        **choice_in_address("look_curves", _CURVES, _CURVES[0]),
    )
    curves = [_curve(entry, kind) for entry in done]
    what = {"Deletion": "pixels removed", "Insertion": "pixels made sharp"}
    figure = removal_figure(
        curves,
        {net.source.title: net.card.model.is_plain for net in request.nets},
        x_title=what.get(kind, "pixels removed and filled in"),
        theme=shown_theme(),
    )
    measured_figure(
        same_view(figure, kind),
        key="look_faithfulness",
        caption=f"{kind}: probability of the class while pixels change in the order of each map.",
        numbers=lambda: _scores_csv(done),
    )


def _curve(entry: ScoredMap, kind: str) -> NamedCurve:
    scores = entry.job.result()[1]
    x, y = {
        "Deletion": (scores.deletion.shares, scores.deletion.probabilities),
        "Insertion": (scores.insertion.shares, scores.insertion.probabilities),
        _CURVES[2]: (scores.road.shares, scores.road.most_first),
        _CURVES[3]: (scores.road.shares, scores.road.least_first),
    }[kind]
    return NamedCurve(net=entry.net.source.title, method=entry.title, x=x, y=y)


def _scores_csv(done: list[ScoredMap]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("net", "method", "curve", "share", "probability", "area_or_score"))
    for entry in done:
        scores = entry.job.result()[1]
        totals = (scores.deletion.area, scores.insertion.area, scores.road.score, scores.road.score)
        for kind, total in zip(_CURVES, totals, strict=True):
            curve = _curve(entry, kind)
            for share, probability in zip(curve.x, curve.y, strict=True):
                numbers = (f"{share:.4f}", f"{probability:.6f}", f"{total:.6f}")
                writer.writerow((entry.net.source.title, entry.title, kind, *numbers))
    return text.getvalue()
