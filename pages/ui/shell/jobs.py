"""Work that would hold up a page, done in threads, with progress and a way to stop it.

    job = submit(("cam", net.key, picture.key, question), lambda progress: attribute(..., progress))
    result = shown(job)            # the result, or None while the page shows how far it is

A job is named by a key that holds all it depends on: whoever asks for the same again, in whatever
session, gets the same job, and its result at once.
"""

import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from pages.ui.shell.addresses import jobs_address
from pages.ui.shell.job import Job, JobResult
from pages.ui.shell.listener import listen
from pages.ui.shell.news import News, NewsLine
from pages.ui.shell.notices import show_error
from pages.ui.shell.wording import duration
from resnet_core.errors import CancelledError, ResNetLabError
from resnet_core.progress import Progress

Lane = Literal["quick", "slow"]

_PATIENCE_S = 0.8
_POLL_S = 0.5
_REDRAW_S = 2.0
_MAX_KEPT = 256
_SLOW_NICENESS = 5


def submit(
    key: Hashable, work: Callable[[Progress], JobResult], *, lane: Lane = "quick"
) -> Job[JobResult]:
    """Starts work, or finds the job that already does or did it.

    Args:
        key: names the work and everything it depends on.
        work: takes a `Progress`, which it must call now and then so that it can be stopped.
        lane: `quick` for what takes about a second, `slow` for what takes longer.
    """
    with _lock:
        job = _jobs.get(key)
        if job is None or job.is_worth_another_try:
            job = Job(key, work)
            _pools[lane].submit(job.run)  # first: a job that no thread takes would wait for ever
            _jobs[key] = job
        _jobs.move_to_end(key)
        _forget_oldest()
    return job


def find(key: Hashable) -> Job[Any] | None:
    """Finds the job of that key, if it was ever asked for and not forgotten.

    One that was given up because nobody was looking counts as never asked for: whoever comes next
    did not stop it.
    """
    with _lock:
        job = _jobs.get(key)
    return None if job is None or job.is_worth_another_try else job


def news_of_jobs(tokens: Sequence[str], *, in_detail: bool = False) -> News:
    """Tells how jobs are doing; whoever asks keeps them going.

    Args:
        tokens: of the jobs; one that is forgotten counts as done.
        in_detail: the news change with every step of progress, not only with the end of a job.
    """
    with _lock:
        found = {job.token: job for job in _jobs.values()}
    asked = [found[token] for token in tokens if token in found]
    going = [job for job in asked if not job.is_done]
    num_done = len(tokens) - len(going)
    share = (num_done + sum(job.fraction or 0.0 for job in going)) / max(1, len(tokens))
    details = "; ".join(job.message for job in going) if in_detail else ""
    return News(
        signature=_signature(num_done, details),
        is_live=bool(going),
        is_final=not going,
        lines=(NewsLine(text=_progress_words(going, len(tokens)), fraction=min(1.0, share)),),
    )


def _progress_words(going: Sequence[Job[Any]], num_asked: int) -> str:
    if num_asked > 1 or not going:
        return f"{num_asked - len(going)} of {num_asked} done"
    left = going[0].remaining_s
    return going[0].message + ("" if left is None else f", about {duration(left)} left")


def forget(key: Hashable) -> None:
    """Drops a job, so that the same can be asked for anew."""
    with _lock:
        job = _jobs.pop(key, None)
    if job is not None:
        job.cancel()


def shown(
    job: Job[JobResult], what: str = "Computing", *, patience_s: float = _PATIENCE_S
) -> JobResult | None:
    """Gives a job's result if it comes in a moment; else shows how far it is, and a way to stop.

    An error that a person can mend is shown in its own words; when a job that was not done becomes
    so, the page runs again.
    """
    if not job.wait(patience_s):
        _follow_all((job,), what, 0, time.monotonic())
        return None
    try:
        return job.result()
    except CancelledError as exc:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(str(exc))
            st.button("Start again", key=f"again_{id(job)}", on_click=forget, args=(job.key,))
    except ResNetLabError as exc:
        show_error(exc)
    return None


def await_all(
    jobs: Sequence[Job[Any]], what: str = "Computing", *, patience_s: float = _PATIENCE_S
) -> None:
    """Waits a moment for several jobs; shows how many are done while some are not.

    The page runs again, and can show what there is, when more of them are done.
    """
    deadline = time.monotonic() + patience_s
    for job in jobs:
        job.wait(max(0.0, deadline - time.monotonic()))
    num_done = sum(job.is_done for job in jobs)
    if num_done < len(jobs):
        _follow_all(tuple(jobs), what, num_done, time.monotonic())


@st.fragment
def _follow_all(jobs: tuple[Job[Any], ...], what: str, num_shown: int, since: float) -> None:
    tokens = [job.token for job in jobs]
    news = news_of_jobs(tokens)
    num_done = sum(job.is_done for job in jobs)
    is_old = time.monotonic() - since > _REDRAW_S
    if news.is_final or (num_done > num_shown and is_old):
        st.rerun()
    # The page was made for so many: whatever was done since then makes it outdated.
    news = replace(news, signature=_signature(num_shown))
    with st.container(horizontal=True, vertical_alignment="center"):
        listen(
            news,
            jobs_address(tokens),
            key=f"follow-{tokens[0]}",
            what=what,
            every_s=_POLL_S,
            rerun_after_s=_REDRAW_S,
        )
        _stop_button(jobs)


def _signature(num_done: int, details: str = "") -> str:
    return f"{num_done} {details}"


def _stop_button(jobs: Sequence[Job[Any]]) -> None:
    # A callback, as a fragment that finds news runs the page again before it comes to its button.
    key = f"stop_{id(jobs[0])}"
    st.button("Stop", icon=":material/stop:", key=key, on_click=_cancel_all, args=(jobs,))


def _cancel_all(jobs: Sequence[Job[Any]]) -> None:
    for job in jobs:
        job.cancel()


def _forget_oldest() -> None:
    finished = [key for key, job in _jobs.items() if job._done.is_set()]
    for key in finished[: max(0, len(_jobs) - _MAX_KEPT)]:
        del _jobs[key]


def _be_modest() -> None:
    """Leaves half of the cores to whoever trains; more threads than cores wait for each other."""
    from resnet_core.devices import compute_with

    compute_with(max(1, (os.cpu_count() or 2) // 2))


def _be_patient() -> None:
    """Lets quick jobs and the pages themselves go first, where threads have priorities."""
    _be_modest()
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # On top of the server's own: nobody but root may ask for less than that.
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + _SLOW_NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, niceness)  # more than there is means the most


# Module state, and not a Streamlit cache, which any visitor may clear.
_lock = threading.Lock()
_jobs: OrderedDict[Hashable, Job[Any]] = OrderedDict()
_pools = {
    "quick": ThreadPoolExecutor(2, thread_name_prefix="quick", initializer=_be_modest),
    "slow": ThreadPoolExecutor(1, thread_name_prefix="slow", initializer=_be_patient),
}
