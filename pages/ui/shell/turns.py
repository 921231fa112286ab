"""A few pages at a time: fifty that all compute at once hold up each other and the server's loop.

Python runs one thread at a time and changes threads every few milliseconds, so that whoever has
little to do, as the loop that answers everybody has, waits for all who have much.  With few of them
under way nobody waits long, and the first to come is the first to be done.
"""

import contextlib
import os
import threading
from collections.abc import Iterator

_AT_ONCE = (os.cpu_count() or 2) + 1
_PATIENCE_S = 5.0
"""After that a page goes on without a turn: one that takes long must not stop the others."""


class Turns:
    """So many may work at once; the others wait, but not for ever."""

    def __init__(self, at_once: int, patience_s: float) -> None:
        self._free = threading.Semaphore(at_once)
        self._patience_s = patience_s
        self._mine = threading.local()

    @property
    def has_one(self) -> bool:
        """Whether this thread has a turn."""
        return getattr(self._mine, "has_one", False)

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Waits for a turn and gives it back after the block."""
        self._take()
        try:
            yield
        finally:
            self._give_back()

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """Lets others work while this thread waits for something."""
        had_one = self.has_one
        self._give_back()
        try:
            yield
        finally:
            if had_one:
                self._take()

    def _take(self) -> None:
        self._mine.has_one = self._free.acquire(timeout=self._patience_s)

    def _give_back(self) -> None:
        if self.has_one:
            self._mine.has_one = False
            self._free.release()


PAGE_TURNS = Turns(_AT_ONCE, _PATIENCE_S)
"""Those of all pages of this server."""
