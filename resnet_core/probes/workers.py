"""Independent measurements side by side, each on one core."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

import torch

from resnet_core.devices import compute_with
from resnet_core.progress import Progress, ignore_progress

_Result = TypeVar("_Result")
_POLL_S = 0.1
_LOCK = threading.Lock()
_active = 0
_threads_before = 1


def measure_side_by_side(
    tasks: Sequence[Callable[[], _Result]],
    *,
    num_workers: int | None = None,
    progress: Progress = ignore_progress,
) -> list[_Result]:
    """Runs tasks in threads and returns their results in order.

    Nets of this size lose more to waiting threads than they gain, above all on a busy machine, so
    that each task has one thread of torch's.  A single worker is the calling thread as it is.

    Args:
        tasks: functions that share nothing.
        num_workers: tasks at a time; `None`: one a core.
        progress: told after each task; it cancels between two of them by raising.

    Raises:
        CancelledError: if `progress` cancels; tasks under way are waited for.
    """
    if num_workers == 1:
        return list(_one_by_one(tasks, progress))
    executor = ThreadPoolExecutor(num_workers or os.cpu_count() or 1, "probe")
    with one_torch_thread(), executor:
        futures = [executor.submit(_alone, task) for task in tasks]
        try:
            _watch(futures, progress)
        finally:
            for future in futures:
                future.cancel()
        return [future.result() for future in futures]


@contextlib.contextmanager
def one_torch_thread() -> Iterator[None]:
    """Gives threads that first meet torch inside one thread each; the last to leave restores."""
    global _active, _threads_before
    with _LOCK:
        if _active == 0:
            _threads_before = torch.get_num_threads()
        _active += 1
    try:
        yield
    finally:
        with _LOCK:
            _active -= 1
            if _active == 0:
                compute_with(_threads_before)


def _alone(task: Callable[[], _Result]) -> _Result:
    compute_with(1)
    return task()


def _one_by_one(tasks: Sequence[Callable[[], _Result]], progress: Progress) -> Iterator[_Result]:
    for number, task in enumerate(tasks):
        progress(f"{number} of {len(tasks)} measured", number / len(tasks))
        yield task()
    progress(f"{len(tasks)} of {len(tasks)} measured", 1.0)


def _watch(futures: Sequence[Future], progress: Progress) -> None:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        finished = len(futures) - len(pending)
        progress(f"{finished} of {len(futures)} measured", finished / max(1, len(futures)))
