"""Many pictures: a table that fills while the net works, to sort, filter, open and download."""

import base64
import threading
from collections.abc import Hashable, Sequence
from contextlib import closing
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from pages.ui.classify_downloads import offer_answers
from pages.ui.classify_intake import Intake
from pages.ui.classify_nets import ReadyNet
from pages.ui.classify_single import show_answers
from pages.ui.jobs import Job, shown, submit
from resnet_core.data.pictures import Fit
from resnet_core.figures.encoding import webp_bytes
from resnet_core.figures.map_pictures import enlarge
from resnet_core.inference import Answer, Outcome, classify_many
from resnet_core.inference.sources import expand_source
from resnet_core.progress import Progress

_THUMBNAIL_PX = 64
_POLL_S = 0.7
_MOST_RANKS = 3
_ORDER = (
    "Picture",
    "File",
    *(f"{what} {rank}" for rank in range(1, _MOST_RANKS + 1) for what in ("Class", "Sure")),
    "Entropy (bit)",
    "Remark",
)
_KINDS = ("all", "refused", "unfamiliar", "answered")
_lock = threading.Lock()
_growing_lists: WeakKeyDictionary[Job[list[Outcome]], list[Outcome]] = WeakKeyDictionary()


def show_many(net: ReadyNet, intake: Intake, fit: Fit, *, top: int) -> None:
    """Classifies pictures in a job and shows what is known of them so far."""
    key = ("classify-many", net.key, intake.key, fit)
    job, outcomes = _start(key, net, intake, fit)
    if not job.is_done:
        _growing(job, outcomes, top)
    finished = shown(job, "Pictures")
    if finished is None and job.is_done:
        finished = list(outcomes)  # stopped: what was answered until then
    if not finished:
        return
    _summary(finished)
    offer_answers(finished, top)
    chosen = _table(_filtered(finished), top, key="classify_table")
    if isinstance(chosen, Answer):
        st.subheader("The picture that you ticked")
        show_answers([net], [chosen], top=top, with_downloads=False)


def _start(
    key: Hashable, net: ReadyNet, intake: Intake, fit: Fit
) -> tuple[Job[list[Outcome]], list[Outcome]]:
    """Starts the job, or finds it, with the list that it fills."""
    outcomes: list[Outcome] = []

    def work(progress: Progress) -> list[Outcome]:
        sources = chain.from_iterable(expand_source(source) for source in intake.sources)
        with closing(classify_many(net.classifier, sources, fit=fit)) as results:
            for outcome in results:
                outcomes.append(outcome)
                progress(f"{len(outcomes):,} done", _share(len(outcomes), len(intake.sources)))
        return outcomes

    with _lock:  # of two sessions that ask for the same, one starts it and both watch its list
        job = submit(key, work, lane="slow")
        return job, _growing_lists.setdefault(job, outcomes)


def _share(num_done: int, num_files: int) -> float | None:
    """How far it is; unknown for a single zip, whose members are counted as they come."""
    return min(1.0, num_done / num_files) if num_files > 1 else None


@st.fragment(run_every=_POLL_S)
def _growing(job: Job[list[Outcome]], outcomes: list[Outcome], top: int) -> None:
    if job.is_done:
        return
    so_far = list(outcomes)
    if so_far:
        st.caption(f"The first {len(so_far):,} answers, while the rest is being worked on:")
        st.dataframe(
            _rows(so_far[-12:], top),
            column_config=_columns(top),
            column_order=_ORDER,
            hide_index=True,
        )


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
    classes = middle.multiselect("Classes", names, key="classify_classes")
    kind = right.selectbox("Show", _KINDS, key="classify_kind")
    return [o for o in outcomes if text in o.name.lower() and _is_wanted(o, classes, kind)]


def _is_wanted(outcome: Outcome, classes: Sequence[str], kind: str) -> bool:
    if not isinstance(outcome, Answer):
        return kind in ("all", "refused") and not classes
    if classes and outcome.top(1)[0].class_name not in classes:
        return False
    return kind in ("all", "answered") or (kind == "unfamiliar" and outcome.is_unfamiliar)


def _table(outcomes: list[Outcome], top: int, *, key: str) -> Outcome | None:
    """Shows the rows; gives the one that was ticked."""
    if not outcomes:
        st.text("No picture passes these filters.")
        return None
    st.caption("Tick a row to see that picture, its probabilities and where the net looked.")
    event = st.dataframe(
        _rows(outcomes, top),
        column_config=_columns(top),
        column_order=_ORDER,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
    )
    rows = event["selection"]["rows"]
    return outcomes[rows[0]] if rows and rows[0] < len(outcomes) else None


def _columns(top: int) -> dict[str, Any]:
    chances = {
        f"Sure {rank}": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
        for rank in range(1, top + 1)
    }
    return {
        "Picture": st.column_config.ImageColumn(width="small"),
        "Remark": st.column_config.TextColumn(width="large"),
        **chances,
    }


def _rows(outcomes: Sequence[Outcome], top: int) -> list[dict[str, object]]:
    return [_row(outcome, min(top, _MOST_RANKS)) for outcome in outcomes]


def _row(outcome: Outcome, top: int) -> dict[str, object]:
    if not isinstance(outcome, Answer):
        return {"Picture": None, "File": outcome.name, "Remark": outcome.error}
    row: dict[str, object] = {"Picture": _thumbnail(outcome), "File": outcome.name}
    for rank, score in enumerate(outcome.top(top), start=1):
        row |= {f"Class {rank}": score.class_name, f"Sure {rank}": score.probability}
    remarks = ["unlike the training pictures"] if outcome.is_unfamiliar else []
    return (
        row
        | {"Entropy (bit)": round(outcome.entropy_bits, 2)}
        | {"Remark": "; ".join([*remarks, *outcome.notes])}
    )


def _thumbnail(answer: Answer) -> str:
    size = (_THUMBNAIL_PX, _THUMBNAIL_PX)
    content = webp_bytes(enlarge(answer.seen, size, smooth=answer.seen.shape[0] > _THUMBNAIL_PX))
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}"
