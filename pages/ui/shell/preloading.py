"""What a server imports before its first visitor: all that any page needs."""

import importlib
import pkgutil

from pages import ui


def preload() -> None:
    """Imports every room of the pages, and with it what the rooms use of the core.

    All of it in one thread, before a page runs in another: of two threads that import at the same
    time, one a package and one a module of it, each waits for the other, and Python ends one of
    them with an error instead of a page (https://github.com/python/cpython/issues/83065).
    """
    importlib.import_module("pandas")  # Streamlit loads it for the first table
    importlib.import_module("captum.attr")  # the core loads it for the first map
    for room in pkgutil.walk_packages(ui.__path__, f"{ui.__name__}."):
        importlib.import_module(room.name)
