"""Is it faithful? Deletion, insertion and ROAD of every map, beside what chance does."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.kit.tiles import Tile, TileRow, show_tiles
from pages.ui.shell.jobs import Job, await_all, submit
from pages.ui.shell.notices import plain
from pages.ui.where_it_looks.controls import ExplanationRequest
from pages.ui.where_it_looks.drawing import explanation_sheet
from pages.ui.where_it_looks.scores_csv import SCORE_CURVES, score_curve, scores_csv
from resnet_core.asking.layers_to_ask import AnyNet, plainness
from resnet_core.asking.trust import score_chance, score_map
from resnet_core.explain import Attribution, Chance, Question, find_method
from resnet_core.explain.faithfulness import Faithfulness
from resnet_core.explain.sentences import chance_sentence
from resnet_core.figures.faithfulness import ChanceBand, NamedCurve, chance_band, removal_figure
from resnet_core.figures.map_pictures import MapStyle

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

*Chance* is what maps of noise get that have the method's own number of cells: the band holds 95 %
of them. A method inside it says nothing about this picture. One picture is one measurement; the
order of methods changes from picture to picture, and the mean over twenty pictures tells more.
"""


@dataclass(frozen=True, kw_only=True)
class ScoredMap:
    """One map and its scores, and chance at its resolution, as they come."""

    net: AnyNet
    method: str
    shape: tuple[int, int]
    job: Job[tuple[Attribution, Faithfulness]]
    chance: Job[Chance]

    @property
    def title(self) -> str:
        """What the method is called."""
        return find_method(self.method).title

    @property
    def is_scored(self) -> bool:
        """Whether its scores are there."""
        return self.job.is_done and not self.job.problem

    @property
    def is_ranked(self) -> bool:
        """Whether chance is there too."""
        return self.is_scored and self.chance.is_done and not self.chance.problem


def show_faithful(request: ExplanationRequest, style: MapStyle) -> None:
    """Scores every map of the first layer in every net, and says how it ranks among chance."""
    scored = [_submit(request, net, method) for net in request.nets for method in request.methods]
    jobs = list(dict.fromkeys(job for entry in scored for job in (entry.job, entry.chance)))
    await_all(jobs, "Scores, and chance")
    for problem in dict.fromkeys(job.problem for job in jobs if job.is_done):
        if problem:
            st.error(plain(problem), icon=":material/error:")
    done = [entry for entry in scored if entry.is_scored]
    if not done:
        return
    _say_ranks(request, done)
    rows = [_row(request, net, _of(net, done), style) for net in request.nets if _of(net, done)]
    show_tiles(rows, key="look_scores", tile_px=288, fill=True)
    _show_curves(request, done)
    with st.expander("What the scores say", icon=":material/menu_book:"):
        st.markdown(_EXPLANATION)


def _submit(request: ExplanationRequest, net: AnyNet, method: str) -> ScoredMap:
    question = question_of(request, net, method)
    pixels = request.picture.seen_by(net).pixels
    shape = net.map_shape(question)
    return ScoredMap(
        net=net,
        method=method,
        shape=shape,
        job=submit(
            ("faithful", net.key, request.picture.key, question),
            lambda progress: score_map(net, pixels, question, progress),
            lane="slow",
        ),
        chance=submit(
            ("chance", net.source.key, request.picture.key, shape, question.target),
            lambda progress: score_chance(net, pixels, question, progress),
            lane="slow",
        ),
    )


def question_of(request: ExplanationRequest, net: AnyNet, method: str) -> Question:
    """What a method is asked about the first of the chosen layers."""
    return Question(
        method=method,
        layer=request.layer(net) if find_method(method).needs_layer else "",
        target=request.target(net),
        settings=request.settings,
    )


def _of(net: AnyNet, scored: list[ScoredMap]) -> list[ScoredMap]:
    return [entry for entry in scored if entry.net is net]


def _say_ranks(request: ExplanationRequest, done: list[ScoredMap]) -> None:
    lines = []
    for entry in (entry for entry in done if entry.is_ranked):
        where = f"{entry.net.title}: " if len(request.nets) > 1 else ""
        ranks = entry.chance.result().ranks(entry.job.result()[1])
        lines.append(f"- {plain(where + chance_sentence(entry.title, ranks))}")
    st.markdown("\n".join(lines) or "How the maps rank among random ones is being measured.")


def _row(
    request: ExplanationRequest, net: AnyNet, entries: list[ScoredMap], style: MapStyle
) -> TileRow:
    tiles = []
    for entry in entries:
        _, scores = entry.job.result()
        caption = (
            f"{entry.title}: deletion {scores.deletion.area:.2f}, insertion "
            f"{scores.insertion.area:.2f}, ROAD {scores.road.score:+.2f}"
        )
        tiles.append(Tile(name=f"{net.source.key}/{entry.method}", label=caption, caption=caption))
    answers = [entry.job.result()[0] for entry in entries]
    explained = answers[0].target.class_index
    assert explained is not None
    return TileRow(
        title=net.source.title,
        notes=(request.layer(net), f"class {net.card.class_names[explained]}"),
        sheet=explanation_sheet(net, request.picture, answers, style),
        tiles=tuple(tiles),
    )


def _show_curves(request: ExplanationRequest, done: list[ScoredMap]) -> None:
    kind = choose_view("Curves", SCORE_CURVES, key="look_curves", is_labelled=True)
    what = {"Deletion": "pixels removed", "Insertion": "pixels made sharp"}
    figure = removal_figure(
        [_curve(entry, kind) for entry in done],
        {net.source.title: plainness(net) for net in request.nets},
        x_title=what.get(kind, "pixels removed and filled in"),
        bands=_bands(request, done, kind),
        theme=shown_theme(),
    )
    measured_figure(
        same_view(figure, kind),
        key="look_faithfulness",
        caption=f"{kind}: probability of the class, without a temperature, while pixels change in "
        "the order of each map; chance is what random maps of as many cells do.",
        numbers=lambda: scores_csv(
            [(e.net.title, e.title, e.job.result()[1]) for e in done],
            [(e.net.title, _chance_title(e), e.chance.result()) for e in _one_of_each_shape(done)],
        ),
    )


def _curve(entry: ScoredMap, kind: str) -> NamedCurve:
    x, y = score_curve(entry.job.result()[1], kind)
    return NamedCurve(net=entry.net.source.title, method=entry.title, x=x, y=y)


def _one_of_each_shape(done: list[ScoredMap]) -> list[ScoredMap]:
    ranked = {(e.net.source.key, e.shape): e for e in reversed(done) if e.is_ranked}
    return list(reversed(ranked.values()))


def _chance_title(entry: ScoredMap) -> str:
    return f"Chance, {entry.shape[0]} x {entry.shape[1]} cells"


def _bands(request: ExplanationRequest, done: list[ScoredMap], kind: str) -> list[ChanceBand]:
    bands = []
    for entry in _one_of_each_shape(done):
        where = f", {entry.net.title}" if len(request.nets) > 1 else ""
        curves = [score_curve(scores, kind) for scores in entry.chance.result().scores]
        bands.append(
            chance_band(_chance_title(entry) + where, curves[0][0], [y for _, y in curves])
        )
    return bands
