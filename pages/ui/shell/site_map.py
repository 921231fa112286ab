"""The table of pages: adding one is adding its name here, its file and its folder of rooms."""

import functools
import importlib

from pages.ui.shell.entry import PageEntry

_SECTIONS: dict[str, tuple[str, ...]] = {
    "": ("home",),
    "Train": (
        "train",
        "runs",
        "scoreboard",
    ),
    "Look inside": (
        "gradient_flow",
        "feature_maps",
        "classify",
        "where_it_looks",
        "take_apart",
    ),
    "Nets": ("architecture",),
}
"""Sections of the side bar and the names of their pages, in order; the first is the default."""


@functools.lru_cache(maxsize=1)
def site_map() -> dict[str, tuple[PageEntry, ...]]:
    """Gives the sections with the entry that each page's folder carries.

    By name, so that what stands around every page depends on no page.
    """
    return {
        section: tuple(importlib.import_module(f"pages.ui.{name}.entry").ENTRY for name in names)
        for section, names in _SECTIONS.items()
    }


def entries() -> tuple[PageEntry, ...]:
    """Lists all pages, in the order of the side bar."""
    return tuple(entry for section in site_map().values() for entry in section)


def entry_titled(title: str) -> PageEntry:
    """Finds the page that the side bar calls so."""
    return next(entry for entry in entries() if entry.title == title)
