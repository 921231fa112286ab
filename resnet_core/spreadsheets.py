"""Cells of CSV files: a text that a spreadsheet would run as a formula is quoted."""

from typing import TypeVar

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_Cell = TypeVar("_Cell")


def harmless(cell: _Cell) -> _Cell | str:
    """Puts a quote before a text that would be run; whatever is no text stays as it is.

    Names of nets, classes, files and logged numbers are anybody's, and come with runs and links
    of others.
    """
    is_formula = isinstance(cell, str) and cell.startswith(_FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell


def title_cell(title: str) -> str:
    """A title as such a cell: spaces that hold a line together on a page are plain ones."""
    return harmless(title.replace("\N{NO-BREAK SPACE}", " "))
