"""How long work tells its caller how far it is, and how a caller cancels it."""

from typing import Protocol


class Progress(Protocol):
    """A callable that is told about progress; it cancels the work by raising `CancelledError`."""

    def __call__(self, message: str, fraction: float | None = None) -> None:
        """Takes one sentence and, where it is known, the share done between 0 and 1."""
        ...


def ignore_progress(message: str, fraction: float | None = None) -> None:
    """Drops every report; the default of functions that take a `Progress`."""
