"""Scores over twenty pictures, since one picture is one measurement."""

import streamlit as st

from pages.ui.choosing.labelled_sets import key_of_set, open_labelled_set
from pages.ui.shell.address import switch_in_address
from pages.ui.shell.jobs import Job, await_all, submit
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import list_data_sources
from pages.ui.where_it_looks.controls import ExplanationRequest
from pages.ui.where_it_looks.faithful import question_of
from resnet_core.asking.labelled_sets import LabelledSet, list_labelled_sets
from resnet_core.asking.trust import score_many
from resnet_core.explain import ManyPictures, find_method
from resnet_core.explain.chance import MEASURES
from resnet_core.explain.many_pictures import NUM_MEAN_PICTURES
from resnet_core.explain.sentences import many_sentence


def show_over_pictures(request: ExplanationRequest) -> None:
    """Offers the mean over twenty test pictures, of the first net, and shows what came of it."""
    if not st.toggle(
        f"Also the mean over {NUM_MEAN_PICTURES} pictures",
        help="Scores each method on test pictures of the set that the net learned, or of one at "
        "hand, beside one random map on each.",
        **switch_in_address("look_many"),
    ):
        return
    net = request.nets[0]
    name = next(iter(list_labelled_sets(net, list_data_sources())))
    labelled = open_labelled_set(net, name)
    if labelled is None:
        return
    jobs = {method: _submit(request, method, labelled) for method in request.methods}
    await_all(list(jobs.values()), f"Scores on {NUM_MEAN_PICTURES} pictures")
    for problem in dict.fromkeys(job.problem for job in jobs.values() if job.is_done):
        if problem:
            st.error(plain(problem), icon=":material/error:")
    done = {m: job.result() for m, job in jobs.items() if job.is_done and not job.problem}
    if done:
        _show(net.title, labelled, done)


def _submit(request: ExplanationRequest, method: str, labelled: LabelledSet) -> Job[ManyPictures]:
    net, question = request.nets[0], question_of(request, request.nets[0], method)
    asked = (method, question.layer, question.settings)
    key = ("many", net.source.key, key_of_set(labelled), *asked)
    return submit(key, lambda progress: score_many(net, labelled, question, progress), lane="slow")


def _show(title: str, labelled: LabelledSet, done: dict[str, ManyPictures]) -> None:
    sentences = [
        plain(many_sentence(find_method(method).title, many.difference("insertion")))
        for method, many in done.items()
    ]
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
    st.dataframe(
        [_table_row(method, many) for method, many in done.items()],
        hide_index=True,
        width="stretch",
    )
    st.caption(
        plain(
            f"{title} on pictures of {labelled.title}, each for the class that it predicts: the "
            "mean, and in brackets how much better than a random map, with a 95 % interval."
        )
    )


def _table_row(method: str, many: ManyPictures) -> dict[str, str]:
    row = {"Method": find_method(method).title}
    for measure, title in zip(MEASURES, ("Deletion", "Insertion", "ROAD"), strict=True):
        d = many.difference(measure)
        row[title] = f"{d.mean:.3f} ({d.gain:+.3f}, {d.low:+.3f} to {d.high:+.3f})"
    return row
