"""Modules from outside that add block families, nets, maps and quantities.

The server's owner names them in `RESNET_LAB_PLUGINS`, with commas between.  Whoever looks something
up in a registry calls `load_plugins`, so that pages, commands, workers and their children all know
the same.  What a plugin adds is named `module:name`, so that a card or a run that needs it says
itself what is missing.

An entry with a colon, `package.module:build` or `title=package.module:build`, is no module but a
function that builds a net; `listed_builders` gives those, and nothing is imported for them here.
"""

import importlib
import os
import threading
from collections.abc import Mapping

from resnet_core.config.other_names import is_dotted_path, is_of_a_library
from resnet_core.errors import ConfigError

VARIABLE = "RESNET_LAB_PLUGINS"
_LOCK = threading.RLock()
_taken_up: set[str] = set()


def load_plugins() -> None:
    """Imports the named modules, each once.

    Raises:
        ConfigError: naming a module that cannot be imported, and why.
    """
    with _LOCK:
        for name in (entry for entry in _entries() if not _is_builder(entry)):
            if name not in _taken_up:
                _taken_up.add(name)  # before: what the module looks up comes back here
                _import(name)


def listed_builders() -> Mapping[str, str]:
    """The functions that build nets of the server's owner: title to `package.module:build`.

    Raises:
        ConfigError: for an entry that is written otherwise, or a title that stands there twice.
    """
    found: dict[str, str] = {}
    for entry in filter(_is_builder, _entries()):
        title, _, path = (part.strip() for part in entry.rpartition("="))
        if not is_dotted_path(path) or ":" in title or ("=" in entry and not title):
            raise ConfigError(
                f"'{entry}' in {VARIABLE} names no function that builds a net: write "
                "title=package.module:build, with a title without colons, or package.module:build."
            )
        if (title or path) in found:
            raise ConfigError(f"'{title or path}' stands twice in {VARIABLE}: take another title.")
        found[title or path] = path
    return found


def is_other_name(name: str) -> bool:
    """Whether a name means a net of others, be it there or not; nothing is imported for it."""
    return is_of_a_library(name) or is_dotted_path(name) or name in listed_builders()


def _entries() -> list[str]:
    return [entry for part in os.environ.get(VARIABLE, "").split(",") if (entry := part.strip())]


def _is_builder(entry: str) -> bool:
    return ":" in entry or "=" in entry


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as exc:
        _taken_up.discard(name)
        is_absent = isinstance(exc, ModuleNotFoundError) and exc.name == name
        reason = (
            "there is no module of that name"
            if is_absent
            else f"it fails with: {f'{exc}'.rstrip('.')}"
        )
        raise ConfigError(
            f"The module '{name}' in {VARIABLE} cannot be loaded, {reason}. Mend it or take it out "
            "of the list, and start again."
        ) from exc


def qualified(name: str, module: str) -> str:
    """The name of something that a module registers: bare for the lab's own, else `module:name`."""
    return name if module.partition(".")[0] == "resnet_core" else f"{module}:{name}"


def missing_sentence(setting: str, name: str, known: tuple[str, ...]) -> str:
    """Says that a name is not known: which module it needs, or which names there are."""
    module, colon, _ = name.partition(":")
    if colon and module:
        return (
            f"The {setting} '{name}' belongs to the module {module}, which is not loaded: add "
            f"{module} to {VARIABLE} and start again."
        )
    return f"{setting} must be one of {', '.join(known)}, got '{name}'."
