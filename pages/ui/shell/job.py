"""One piece of work in a thread: how far it is, what came of it, and a way to stop it."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from pages.ui.shell.turns import PAGE_TURNS
from resnet_core.errors import CancelledError, ResNetLabError
from resnet_core.progress import Progress

JobResult = TypeVar("JobResult")

_ABANDONED_AFTER_S = 20.0
_RETRY_AFTER_S = 5.0
_LOG = logging.getLogger("resnet_lab")


class Job(Generic[JobResult]):
    """One piece of work in a thread."""

    def __init__(self, key: Hashable, work: Callable[[Progress], JobResult]) -> None:
        self.key = key
        self.token = secrets.token_urlsafe(12)
        """Names it in addresses: nobody can guess it."""
        self.message = "Waiting for its turn"
        self.fraction: float | None = None
        self._work: Callable[[Progress], JobResult] | None = work
        self._done = threading.Event()
        self._stop = threading.Event()
        self._result: JobResult | None = None
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

    def result(self) -> JobResult:
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
            from resnet_core.devices import in_want_of_memory  # it loads torch

            self._error = in_want_of_memory(exc) or exc
            if not isinstance(self._error, ResNetLabError):
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
