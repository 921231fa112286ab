"""Many pictures: a table that fills while the net works, to sort, filter, open and download."""

import threading
from collections.abc import Hashable, Sequence
from contextlib import closing
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from pages.ui.classify.brought_pictures import BroughtPictures
from pages.ui.classify.downloads import offer_answers
from pages.ui.classify.gallery import choose_tile, show_newest, thumbnail_url
from pages.ui.classify.single import show_answers
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.addresses import jobs_address
from pages.ui.shell.jobs import Job, news_of_jobs, shown, submit
from pages.ui.shell.listener import listen
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.inference import Answer, Outcome, classify_many
from resnet_core.inference.sources import expand_source
from resnet_core.pictures.picture import Fit
from resnet_core.progress import Progress
from resnet_core.shares import PER_CENT

_POLL_S = 0.7
_RANKS = ("Class", "Sure", "Second class", "Sure of it")
_ORDER = ("Picture", "File", "Class", "Sure", "Remark", "Entropy (bit)", *_RANKS[2:])
_VIEWS = ("Table", "Gallery")
_KINDS = ("all", "refused", "unfamiliar", "answered")
_lock = threading.Lock()
_growing_lists: WeakKeyDictionary[Job[list[Outcome]], list[Outcome]] = WeakKeyDictionary()


def show_many(net: AnyNet, brought: BroughtPictures, fit: Fit, *, top: int) -> None:
    """Classifies pictures in a job and shows what is known of them so far."""
    key = ("classify-many", net.key, brought.key, fit)
    job, outcomes = _start(key, net, brought, fit)
    finished = shown(job, "Pictures")
    if not job.is_done:
        _growing(job, outcomes)
    elif finished is None:
        finished = list(outcomes)  # stopped: what was answered until then
    if not finished:
        return
    _summary(finished)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        offer_answers(finished, top)
        view = choose_view("As", _VIEWS, key="classify_view")
    chosen = _choose(_filtered(finished), view)
    if isinstance(chosen, Answer):
        st.header("The picture that you chose")
        show_answers([net], [chosen], top=top, with_downloads=False)


def _choose(outcomes: list[Outcome], view: str) -> Outcome | None:
    if not outcomes:
        st.text("No picture passes these filters.")
        return None
    if view == "Table":
        return _table(outcomes)
    return choose_tile([outcome for outcome in outcomes if isinstance(outcome, Answer)])


def _start(
    key: Hashable, net: AnyNet, brought: BroughtPictures, fit: Fit
) -> tuple[Job[list[Outcome]], list[Outcome]]:
    """Starts the job, or finds it, with the list that it fills."""
    outcomes: list[Outcome] = []

    def work(progress: Progress) -> list[Outcome]:
        sources = chain.from_iterable(expand_source(source) for source in brought.sources)
        with closing(classify_many(net, sources, fit=fit)) as results:
            for outcome in results:
                outcomes.append(outcome)
                progress(f"{len(outcomes):,} done", _share(len(outcomes), len(brought.sources)))
        return outcomes

    with _lock:  # of two sessions that ask for the same, one starts it and both watch its list
        job = submit(key, work, lane="slow")
        return job, _growing_lists.setdefault(job, outcomes)


def _share(num_done: int, num_files: int) -> float | None:
    """How far it is; unknown for a single zip, whose members are counted as they come."""
    return min(1.0, num_done / num_files) if num_files > 1 else None


@st.fragment
def _growing(job: Job[list[Outcome]], outcomes: Sequence[Outcome]) -> None:
    if job.is_done:
        return
    listen(
        news_of_jobs([job.token], in_detail=True),
        jobs_address([job.token], in_detail=True),
        key=f"growing-{job.token}",
        every_s=_POLL_S,
        rerun_after_s=_POLL_S,
        is_quiet=True,
    )
    so_far = list(outcomes)
    if so_far:
        st.caption(f"The newest of {len(so_far):,} answers, while the rest is being worked on:")
        show_newest([outcome for outcome in so_far if isinstance(outcome, Answer)])


def _summary(outcomes: Sequence[Outcome]) -> None:
    refused = sum(not outcome.ok for outcome in outcomes)
    strange = sum(isinstance(o, Answer) and o.is_unfamiliar for o in outcomes)
    parts = [f"{len(outcomes) - refused:,} of {len(outcomes):,} pictures classified"]
    if refused:
        parts.append(f"{refused:,} refused")
    if strange:
        parts.append(f"{strange:,} unlike what the net was trained on")
    st.text(", ".join(parts) + ".")


def _filtered(outcomes: Sequence[Outcome]) -> list[Outcome]:
    left, middle, right = st.columns([2, 2, 2])
    text = left.text_input("File name contains", key="classify_filter").lower()
    names = sorted({o.top(1)[0].class_name for o in outcomes if isinstance(o, Answer)})
    classes = middle.multiselect("Classes", names, key="classify_classes", wrap=True)
    kind = right.selectbox("Show", _KINDS, key="classify_kind")
    return [o for o in outcomes if text in o.name.lower() and _is_wanted(o, classes, kind)]


def _is_wanted(outcome: Outcome, classes: Sequence[str], kind: str) -> bool:
    if not isinstance(outcome, Answer):
        return kind in ("all", "refused") and not classes
    if classes and outcome.top(1)[0].class_name not in classes:
        return False
    return kind in ("all", "answered") or (kind == "unfamiliar" and outcome.is_unfamiliar)


def _table(outcomes: list[Outcome]) -> Outcome | None:
    """Shows the rows; gives the one that was ticked."""
    st.caption("Tick a row to see that picture, its probabilities and where the net looked.")
    event = st.dataframe(
        [_row(outcome) for outcome in outcomes],
        column_config=_columns(),
        column_order=_ORDER,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="classify_table",
    )
    rows = event["selection"]["rows"]
    return outcomes[rows[0]] if rows and rows[0] < len(outcomes) else None


def _columns() -> dict[str, Any]:
    chance = st.column_config.ProgressColumn(format=f"%.2f{PER_CENT}%", min_value=0, max_value=100)
    return {
        "Picture": st.column_config.ImageColumn(width=55),
        "Remark": st.column_config.TextColumn(width="large"),
        # As text, since a number that is missing is shown as None.
        "Entropy (bit)": st.column_config.TextColumn(alignment="right"),
        "Sure": chance,
        "Sure of it": chance,
    }


def _row(outcome: Outcome) -> dict[str, object]:
    if not isinstance(outcome, Answer):
        return {
            "Picture": "",
            "File": outcome.name,
            "Class": "refused",
            "Remark": outcome.error,
            "Entropy (bit)": "",
            "Second class": "",
        }
    scores = [cell for s in outcome.top(2) for cell in (s.class_name, 100 * s.probability)]
    remarks = ["unlike the training pictures"] if outcome.is_unfamiliar else []
    return {
        "Picture": thumbnail_url(outcome),
        "File": outcome.name,
        "Entropy (bit)": f"{outcome.entropy_bits:.2f}",
        "Remark": "; ".join([*remarks, *outcome.notes]),
        **dict(zip(_RANKS, scores, strict=False)),
    }
