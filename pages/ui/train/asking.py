"""Asking for an edit from a page."""

from pages.ui.shell.notices import show_error
from resnet_core.edits import Wish, request_edit
from resnet_core.errors import ResNetLabError


def ask_for(run_id: str, wish: Wish) -> None:
    """Asks for an edit; what is refused is said, and leaves the run as it was."""
    try:
        request_edit(run_id, wish)
    except ResNetLabError as exc:
        show_error(exc)
