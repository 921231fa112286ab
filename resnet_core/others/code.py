"""A net that somebody's own function builds, named by a dotted path: this runs that code.

Every way in which it can fail ends in one sentence that quotes what the code itself says.
"""

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from torch import nn

from resnet_core.errors import CheckpointError

_LONGEST_QUOTE = 300


def import_builder(path: str) -> Callable[[], Any]:
    """Imports the function of a dotted path; the current folder may hold its module.

    Args:
        path: `package.module:build`.

    Raises:
        CheckpointError: when there is no such module or function, its module fails, or it needs
            arguments.
    """
    module_name, _, name = path.partition(":")
    try:
        with _current_folder_searched():
            module = importlib.import_module(module_name)
    except (Exception, SystemExit) as exc:  # other people's code fails in every way
        absent = exc.name if isinstance(exc, ModuleNotFoundError) else None
        if absent is not None and f"{module_name}.".startswith(f"{absent}."):
            raise CheckpointError(
                f"'{path}' cannot be built: there is no module '{absent}' here; check its "
                "spelling, and that its folder is the current one or in PYTHONPATH."
            ) from exc
        raise CheckpointError(
            f"'{path}' cannot be built: importing {module_name} fails with: {quoted(exc)}."
        ) from exc
    builder = getattr(module, name, None)
    if not callable(builder):
        state = "is no function" if hasattr(module, name) else "is not there"
        raise CheckpointError(f"'{path}' cannot be built: {name} {state} in {module_name}.")
    _refuse_arguments(path, builder)
    return builder


def build_by_code(path: str) -> nn.Module:
    """Calls the function of a dotted path, without arguments.

    Raises:
        CheckpointError: when it cannot be called, fails, or gives no `nn.Module`.
    """
    builder = import_builder(path)
    try:
        with _current_folder_searched():
            model = builder()
    except (Exception, SystemExit) as exc:  # other people's code fails in every way
        raise CheckpointError(f"'{path}' fails with: {quoted(exc)}.") from exc
    if not isinstance(model, nn.Module):
        raise CheckpointError(
            f"'{path}' gives {_kind(model)} where a torch.nn.Module was expected: let it return "
            "the net itself."
        )
    return model


def quoted(error: BaseException) -> str:
    """An error's own text in one line; where it has none, what may be said of it."""
    text = " ".join(str(error).split()).rstrip(".")
    if not text:
        return "an error without a text"
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}..."


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def _refuse_arguments(path: str, builder: Callable[..., Any]) -> None:
    try:
        parameters = inspect.signature(builder).parameters.values()
    except (TypeError, ValueError):  # built-in functions do not tell
        return
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]
    if needed:
        raise CheckpointError(
            f"'{path}' cannot be built: it needs arguments ({', '.join(needed)}); name a function "
            "that needs none and returns the net."
        )


@contextlib.contextmanager
def _current_folder_searched() -> Iterator[None]:
    """Searches the current folder after all others, so that nothing of it hides a library."""
    here = str(Path.cwd())
    if here in sys.path or "" in sys.path:
        yield
        return
    sys.path.append(here)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(here)
