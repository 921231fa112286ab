"""Work of a device that is recorded once and then repeated as a whole, without Python in between.

A training step of a small net is some hundred operations, and a GPU waits for Python to name each
of them.  A CUDA graph is launched by one call.  What it reads and writes keeps its place in memory,
so whatever changes from one repetition to the next has to be a tensor.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import torch

from resnet_core.devices import lacks_memory

WARM_UPS = 2
"""Times that work is done one by one before it is recorded: libraries load, algorithms are chosen
and optimizers make their state, none of which may happen while a graph is recorded."""

_Result = TypeVar("_Result")
Replay = Callable[[], object]
"""Repeats what was recorded."""
Recorder = Callable[[Callable[[], object]], Replay]
"""Records work without doing it."""


class Recording(Generic[_Result]):
    """Work that is done one by one at first, and repeated from its recording later."""

    def __init__(self, work: Callable[[], _Result], recorder: Recorder | None) -> None:
        """Begins without a recording.

        Args:
            work: what is done; its result is written to the same tensors by each repetition.
            recorder: how it is recorded; `None` goes on doing it one by one.
        """
        self._work, self._recorder = work, recorder
        self._replay: Replay | None = None
        self._result: _Result | None = None
        self._num_done = 0
        self.problem: str | None = None
        """Why it could not be recorded, in the library's words."""

    @property
    def is_recorded(self) -> bool:
        """Whether the next run repeats the recording."""
        return self._replay is not None

    def run(self) -> _Result:
        """Does the work once, by its recording if there is one."""
        if self._replay is None and self._num_done >= WARM_UPS and self.problem is None:
            self._record()
        if self._replay is not None:
            self._replay()
            assert self._result is not None  # there since it was recorded
            return self._result
        self._num_done += 1
        return self._work()

    def _record(self) -> None:
        if self._recorder is None:
            return

        def work() -> None:
            self._result = self._work()

        try:
            self._replay = self._recorder(work)
        except Exception as exc:  # whatever stands in the way, the work itself can be done
            self._result = None
            self.problem = _reason(exc)


def _reason(error: BaseException) -> str:
    if lacks_memory(error) or lacks_memory(_origin(error)):
        return (
            "the device's memory does not suffice for a recording, a smaller batch may leave room"
        )
    return first_cause(error)


def first_cause(error: BaseException) -> str:
    """The first line of what went wrong first, in the library's words.

    A graph that is closed after it, or a compiler around it, only says that something did.
    """
    return (str(_origin(error)).strip().splitlines() or ["no reason was given"])[0]


def _origin(error: BaseException) -> BaseException:
    while error.__context__ is not None:
        error = error.__context__
    return error


def cuda_recorder(stream: torch.cuda.Stream) -> Recorder:
    """Records CUDA graphs on a stream, which share their memory: one of them runs at a time."""
    pool = torch.cuda.graph_pool_handle()

    def record(work: Callable[[], object]) -> Replay:
        graph = torch.cuda.CUDAGraph()
        # The outer context brings the former stream back even where the graph's own fails to.
        with torch.cuda.stream(stream), torch.cuda.graph(graph, pool=pool, stream=stream):
            work()
        return graph.replay

    return record
