"""Jobs: one for each key, told how far they are, stopped when asked or when nobody looks."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pages.ui.shell import jobs
from pages.ui.shell.jobs import Job, forget, submit
from resnet_core.errors import CancelledError, ProbeError
from resnet_core.progress import Progress


@pytest.fixture
def key(request: pytest.FixtureRequest) -> tuple[str, float]:
    return (request.node.name, time.monotonic())


def waiting(release: threading.Event) -> Callable[[Progress], str]:
    def work(progress: Progress) -> str:
        while not release.is_set():
            progress("halfway", 0.5)
            time.sleep(0.005)
        return "done"

    return work


def wait_for_progress(job: Job[str]) -> None:
    deadline = time.monotonic() + 120
    while job.fraction is None and time.monotonic() < deadline:
        time.sleep(0.005)


def test_submit_does_the_same_work_once(key: tuple[str, float]) -> None:
    calls = []
    first = submit(key, lambda progress: calls.append(1) or "result")
    second = submit(key, lambda progress: calls.append(2) or "other")
    assert first is second
    assert first.wait(120)
    assert (first.result(), calls) == ("result", [1])


def test_job_tells_how_far_it_is_and_stops_when_asked(key: tuple[str, float]) -> None:
    job = submit(key, waiting(threading.Event()))
    wait_for_progress(job)
    assert (job.message, job.fraction) == ("halfway", 0.5)
    assert job.remaining_s is not None
    job.cancel()
    assert job.wait(120)
    with pytest.raises(CancelledError):
        job.result()
    assert submit(key, waiting(threading.Event())) is job, "what a person stopped stays stopped"
    forget(key)
    release = threading.Event()
    release.set()
    again = submit(key, waiting(release))
    assert again.wait(120)
    assert again.result() == "done"


def test_job_that_ends_for_want_of_memory_says_what_to_do() -> None:
    def work(_progress: Progress) -> str:
        raise MemoryError("Unable to allocate 12.3 GiB")

    job = Job("full", work)
    job.run()
    assert job.problem == (
        "Not enough memory for this; take fewer pictures or a smaller net, or end other programs "
        "and runs."
    )


def test_job_that_nobody_asks_for_ends_and_may_start_anew(
    key: tuple[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.ui.shell.job._ABANDONED_AFTER_S", 0.05)
    release = threading.Event()
    job = submit(key, waiting(release), lane="slow")
    time.sleep(0.5)
    assert job.wait(120)
    with pytest.raises(CancelledError, match="nobody was looking"):
        job.result()
    release.set()
    assert jobs.find(key) is None, "whoever comes next did not stop it"
    assert submit(key, waiting(release), lane="slow") is not job


def test_job_that_failed_is_tried_again_later(
    key: tuple[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(progress: Progress) -> str:
        raise ProbeError("No such layer.")

    monkeypatch.setattr("pages.ui.shell.job._RETRY_AFTER_S", 600.0)
    job = submit(key, fail)
    assert job.wait(120)
    with pytest.raises(ProbeError):
        job.result()
    assert submit(key, fail) is job, "whoever shows the failure does not start it again"
    monkeypatch.setattr("pages.ui.shell.job._RETRY_AFTER_S", 0.0)
    time.sleep(0.01)
    better = submit(key, lambda progress: "fine")
    assert better.wait(120)
    assert better.result() == "fine"


def test_submit_forgets_the_oldest_results(
    key: tuple[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_MAX_KEPT", 3)
    monkeypatch.setattr(jobs, "_jobs", type(jobs._jobs)())
    for index in range(6):
        assert submit((key, index), lambda progress, index=index: index).wait(120)
    assert len(jobs._jobs) <= 4
    assert jobs.find((key, 0)) is None
    assert jobs.find((key, 5)) is not None


@pytest.mark.skipif(sys.platform != "linux", reason="only there do threads have priorities")
def test_slow_jobs_let_quick_ones_go_first(key: tuple[str, float]) -> None:
    def niceness(progress: Progress) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    slow, quick = submit((*key, 1), niceness, lane="slow"), submit((*key, 2), niceness)
    assert slow.wait(120)
    assert quick.wait(120)
    assert slow.result() == min(19, quick.result() + 5), "however nice the server itself is"


def test_what_is_being_done_is_text_already() -> None:
    """The line of a job shows letters as they are: names made safe for Markdown had backslashes."""
    pages = Path(__file__).parents[3] / "pages"
    safe = re.compile(r"\b(?:shown|await_all)\((?:[^()]|\([^()]*\))*\bplain\(")
    assert [path for path in pages.rglob("*.py") if safe.search(path.read_text("utf-8"))] == []
