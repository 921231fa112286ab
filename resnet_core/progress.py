"""How long work tells its caller how far it is, and how a caller cancels it."""

from typing import Protocol


class Progress(Protocol):
    """A callable that is told about progress; it cancels the work by raising `CancelledError`."""

    def __call__(self, message: str, fraction: float | None = None) -> None:
        """Takes one sentence and, where it is known, the share done between 0 and 1."""
        ...


def ignore_progress(message: str, fraction: float | None = None) -> None:
    """Drops every report; the default of functions that take a `Progress`."""


def partial_progress(progress: Progress, start: float, end: float) -> Progress:
    """Gives work that is a part of other work its stretch of the whole's share."""

    def tell(message: str, fraction: float | None = None) -> None:
        progress(message, None if fraction is None else start + (end - start) * fraction)

    return tell
