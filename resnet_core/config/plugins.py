"""Modules from outside that add block families, nets, maps and quantities.

The server's owner names them in `RESNET_LAB_PLUGINS`, with commas between.  Whoever looks something
up in a registry calls `load_plugins`, so that pages, commands, workers and their children all know
the same.  What a plugin adds is named `module:name`, so that a card or a run that needs it says
itself what is missing.
"""

import importlib
import os
import threading

from resnet_core.errors import ConfigError

VARIABLE = "RESNET_LAB_PLUGINS"
_LOCK = threading.RLock()
_taken_up: set[str] = set()


def load_plugins() -> None:
    """Imports the named modules, each once.

    Raises:
        ConfigError: naming a module that cannot be imported, and why.
    """
    named = os.environ.get(VARIABLE, "")
    with _LOCK:
        for name in filter(None, map(str.strip, named.split(","))):
            if name not in _taken_up:
                _taken_up.add(name)  # before: what the module looks up comes back here
                _import(name)


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
