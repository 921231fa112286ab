"""Asking for edits from a page; what is refused is said, and leaves the run as it was."""

from collections.abc import Callable

from pages.ui.shell.notices import show_error
from resnet_core.edits import Wish, put_back, request_edit
from resnet_core.errors import ResNetLabError


def ask_for(run_id: str, wish: Wish) -> None:
    """Asks for an edit."""
    _attempt(lambda: request_edit(run_id, wish))


def ask_back(run_id: str, number: int) -> None:
    """Asks for what an edit replaced."""
    _attempt(lambda: put_back(run_id, number))


def _attempt(ask: Callable[[], object]) -> None:
    try:
        ask()
    except ResNetLabError as exc:
        show_error(exc)
