"""What one session has drawn, for all others: bounded, computed once, changed by nobody.

    figure = drawn(("degradation", entries), lambda: degradation_figure(entries))

Fifty people who look at the same page look at the same pictures.  Streamlit's own data cache would
pickle a figure for each of them, and any visitor may clear it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import plotly.graph_objects as go

_Value = TypeVar("_Value")

_MAX_FIGURES = 64


@dataclass(eq=False)
class _Slot:
    """One value, or the place where it is being computed."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    is_filled: bool = False
    value: Any = None


class SharedCache(Generic[_Value]):
    """The newest values by key; who asks for one that is being computed waits for it."""

    def __init__(self, max_entries: int) -> None:
        self._max_entries = max_entries
        self._lock = threading.Lock()
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()

    def __len__(self) -> int:
        return len(self._slots)

    def get(self, key: Hashable, compute: Callable[[], _Value]) -> _Value:
        """Gives the value of a key, which names all that it depends on, computed if need be.

        Raises:
            Exception: whatever `compute` raises; the next who asks tries again.
        """
        slot = self._slot(key)
        if not slot.is_filled:
            with slot.lock:
                if not slot.is_filled:
                    slot.value = compute()
                    slot.is_filled = True
        return slot.value

    def _slot(self, key: Hashable) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self._max_entries:
                self._slots.popitem(last=False)
        return slot


@dataclass(frozen=True, eq=False)
class Same:
    """A key for a result that all sessions share, such as a job's: equal to itself alone.

    It holds the result, so that no other can come to stand at its address.
    """

    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def same_each(values: tuple[object, ...]) -> tuple[Same, ...]:
    """A key for several results, where their tuple is a new one each time."""
    return tuple(Same(value) for value in values)


def drawn(key: Hashable, draw: Callable[[], go.Figure]) -> go.Figure:
    """Gives a figure that all sessions share; it must not be changed afterwards."""
    return _figures.get(key, draw)


_figures: SharedCache[go.Figure] = SharedCache(_MAX_FIGURES)
