"""Steps of a watched run on their way into its folder, a block every half second."""

import sys
import time

from resnet_core.errors import StorageError
from resnet_core.watching.fetching import Block, WatchedStep
from resnet_core.watching.recorder import End, RunRecorder

_WRITE_EVERY_S = 0.5
_MOST_STEPS = 64
_INTERRUPTED = "The program ended with an error after step {:,}."


class Journal:
    """Keeps steps until it is time to write them; knows nothing of the net that took them."""

    def __init__(self, recorder: RunRecorder, step: int, time_s: float) -> None:
        """Begins where a run is.

        Args:
            recorder: writes.
            step: steps that the run has taken.
            time_s: seconds that they took.
        """
        self.recorder, self.step = recorder, step
        self._steps: list[WatchedStep] = []
        self._coming: Block | None = None
        self._began = time.perf_counter() - time_s
        self._written_at = time.perf_counter()
        self._seen_error = _last_error()

    @property
    def time_s(self) -> float:
        """Seconds of the run until now."""
        return time.perf_counter() - self._began

    def add(self, step: WatchedStep) -> None:
        """Adds a step, and writes some where it is time.

        Raises:
            StorageError: when they cannot be written.
        """
        self.step = step.step
        self._steps.append(step)
        self._seen_error = _last_error()
        is_due = time.perf_counter() - self._written_at > _WRITE_EVERY_S
        if is_due or len(self._steps) >= _MOST_STEPS:
            self._send()

    def close(self, end: End, message: str = "") -> None:
        """Writes all that is left, and says how the run ended; only the first call counts.

        Raises:
            StorageError: when it cannot be written; the folder is let go of all the same.
        """
        if not self.recorder.is_mine:
            return
        try:
            if self._steps:
                self._send()
            self._write_coming()
        finally:
            self.recorder.close(end, message)

    def close_at_exit(self) -> None:
        """Closes a run that nobody closed, as its program ends or its net is gone."""
        failed = _last_error() != self._seen_error
        message = _INTERRUPTED.format(self.step) if failed else ""
        try:
            self.close("interrupted" if failed else "finished", message)
        except StorageError as exc:
            sys.stderr.write(f"ResNet Lab could not write the last steps: {exc}\n")

    def _send(self) -> None:
        """Sends the steps to the host, and writes those that have come there."""
        self._write_coming()
        self._coming, self._steps = Block(self._steps), []
        self._written_at = time.perf_counter()
        if self._coming.is_here:
            self._write_coming()

    def _write_coming(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None:
            self.recorder.write(coming.fetch())


def _last_error() -> int:
    """Tells errors that ended a program, or a cell of a notebook, from each other."""
    return id(getattr(sys, "last_value", None))
