"""Hooks on somebody's modules that stay behind where the net is copied, pickled or sent away."""

import contextlib
from collections.abc import Callable

_DOES_NOTHING = (contextlib.nullcontext(), "__exit__")
"""Takes any arguments and gives `None`, and is there wherever Python is."""


class PassingHook:
    """Calls an action; a copy of it does nothing, and needs no package to be read."""

    def __init__(self, action: Callable[..., None]) -> None:
        self._action = action

    def __call__(self, *arguments: object) -> None:
        """Calls the action with what the module tells."""
        self._action(*arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, str]]:
        """Gives what stands for it in a copy."""
        return getattr, _DOES_NOTHING
