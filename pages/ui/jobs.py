"""Work that would hold up a page, done in threads, with progress and a way to stop it.

    job = submit(("cam", net.key, picture.key, question), lambda progress: attribute(..., progress))
    result = shown(job)            # the result, or None while the page shows how far it is

A job is named by a key that holds all it depends on: whoever asks for the same again, in whatever
session, gets the same job, and its result at once.
"""

import logging
import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Literal, TypeVar

import streamlit as st

from pages.ui.notices import plain, show_error
from pages.ui.turns import PAGE_TURNS
from pages.ui.wording import duration
from resnet_core.errors import CancelledError, ResNetLabError
from resnet_core.progress import Progress

Result = TypeVar("Result")
Lane = Literal["quick", "slow"]

_PATIENCE_S = 0.8
_POLL_S = 0.5
_REDRAW_S = 2.0
_MAX_KEPT = 256
_ABANDONED_AFTER_S = 20.0
_RETRY_AFTER_S = 5.0
_SLOW_NICENESS = 5
_LOG = logging.getLogger("resnet_lab")


class Job(Generic[Result]):
    """One piece of work in a thread."""

    def __init__(self, key: Hashable, work: Callable[[Progress], Result]) -> None:
        self.key = key
        self.message = "Waiting for its turn"
        self.fraction: float | None = None
        self._work: Callable[[Progress], Result] | None = work
        self._done = threading.Event()
        self._stop = threading.Event()
        self._result: Result | None = None
        self._error: BaseException | None = None
        self._started = self._ended = self._last_asked = time.monotonic()

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        self._last_asked = time.monotonic()
        return self._done.is_set()

    @property
    def is_worth_another_try(self) -> bool:
        """Whether it was given up because nobody was looking, or failed some time ago.

        Not at once: the page that shows the failure would start it again, and wait again.
        """
        if self._error is None or self._stop.is_set():
            return False
        age_s = time.monotonic() - self._ended
        return isinstance(self._error, CancelledError) or age_s > _RETRY_AFTER_S

    @property
    def remaining_s(self) -> float | None:
        """Seconds left at the pace so far, where that is known."""
        if not self.fraction:
            return None
        return (time.monotonic() - self._started) * (1 - self.fraction) / self.fraction

    def wait(self, timeout_s: float) -> bool:
        """Waits for its end; returns whether it has come."""
        self._last_asked = time.monotonic()
        with PAGE_TURNS.lent():
            return self._done.wait(timeout_s)

    def result(self) -> Result:
        """Gives what it computed.

        Raises:
            BaseException: whatever it failed with.
        """
        if self._error is not None:
            raise self._error
        assert self._done.is_set(), "Ask for the result of a finished job."
        return self._result  # pyright: ignore[reportReturnType]

    @property
    def problem(self) -> str | None:
        """Why it gave no result, in a sentence, if a person can mend it.

        Raises:
            BaseException: what it failed with, if nobody can.
        """
        if self._error is None or isinstance(self._error, ResNetLabError):
            return None if self._error is None else str(self._error)
        raise self._error

    def cancel(self) -> None:
        """Asks it to stop at its next report of progress."""
        self._stop.set()

    def run(self) -> None:
        """Does the work; called once, by the thread that took it."""
        assert self._work is not None
        self._started = time.monotonic()
        try:
            self._tell("Working", None)
            self._result = self._work(self._tell)
        except BaseException as exc:
            self._error = exc
            if not isinstance(exc, ResNetLabError):
                _LOG.exception("A job failed.")
        finally:
            self._ended = time.monotonic()
            self._work = None  # what it holds, such as nets, need not live as long as its result
            self._done.set()

    def _tell(self, message: str, fraction: float | None = None) -> None:
        self.message, self.fraction = message, fraction
        if self._stop.is_set():
            raise CancelledError("Stopped.")
        if time.monotonic() - self._last_asked > _ABANDONED_AFTER_S:
            raise CancelledError("Stopped, because nobody was looking any more.")


def submit(
    key: Hashable, work: Callable[[Progress], Result], *, lane: Lane = "quick"
) -> Job[Result]:
    """Starts work, or finds the job that already does or did it.

    Args:
        key: names the work and everything it depends on.
        work: takes a `Progress`, which it must call now and then so that it can be stopped.
        lane: `quick` for what takes about a second, `slow` for what takes longer.
    """
    with _lock:
        job = _jobs.get(key)
        if job is None or job.is_worth_another_try:
            job = _jobs[key] = Job(key, work)
            _pools[lane].submit(job.run)
        _jobs.move_to_end(key)
        _forget_oldest()
    return job


def find(key: Hashable) -> Job[Any] | None:
    """Finds the job of that key, if it was ever asked for and not forgotten."""
    with _lock:
        return _jobs.get(key)


def forget(key: Hashable) -> None:
    """Drops a job, so that the same can be asked for anew."""
    with _lock:
        job = _jobs.pop(key, None)
    if job is not None:
        job.cancel()


def shown(
    job: Job[Result], what: str = "Computing", *, patience_s: float = _PATIENCE_S
) -> Result | None:
    """Gives a job's result if it comes in a moment; else shows how far it is, and a way to stop.

    An error that a person can mend is shown in its own words; when a job that was not done becomes
    so, the page runs again.
    """
    if not job.wait(patience_s):
        _follow(job, what)
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


@st.fragment(run_every=_POLL_S)
def _follow_all(jobs: tuple[Job[Any], ...], what: str, num_shown: int, since: float) -> None:
    num_done = sum(job.is_done for job in jobs)
    is_old = time.monotonic() - since > _REDRAW_S
    if num_done == len(jobs) or (num_done > num_shown and is_old):
        st.rerun()
    share = (num_done + sum(job.fraction or 0.0 for job in jobs if not job.is_done)) / len(jobs)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, share), text=plain(f"{what}: {num_done} of {len(jobs)} done"))
        _stop_button(jobs)


@st.fragment(run_every=_POLL_S)
def _follow(job: Job[Any], what: str) -> None:
    if job.is_done:
        st.rerun()
    left = "" if job.remaining_s is None else f", about {duration(job.remaining_s)} left"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.fraction or 0.0, text=plain(f"{what}: {job.message}{left}"))
        _stop_button((job,))


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
    import torch

    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))


def _be_patient() -> None:
    """Lets quick jobs and the pages themselves go first, where threads have priorities."""
    _be_modest()
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _SLOW_NICENESS)


# Module state, and not a Streamlit cache, which any visitor may clear.
_lock = threading.Lock()
_jobs: OrderedDict[Hashable, Job[Any]] = OrderedDict()
_pools = {
    "quick": ThreadPoolExecutor(2, thread_name_prefix="quick", initializer=_be_modest),
    "slow": ThreadPoolExecutor(1, thread_name_prefix="slow", initializer=_be_patient),
}
