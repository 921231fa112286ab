"""Which column of a table holds the classes: by its heading, as names beside numbers, or one each.

Some tables have a column of noughts and ones for each class, of which a picture has one.
"""

from collections.abc import Sequence

LABEL_NAMES = (
    "label",
    "labels",
    "class",
    "classes",
    "class_name",
    "classname",
    "category",
    "target",
    "breed",
    "species",
    "fine_label",
    "class_id",
    "classid",
    "label_name",
    "label_names",
    "category_name",
    "diagnosis",
    "dx",
    "level",
    "y",
)
"""Headings of a column of classes, the likeliest first."""

_Rows = Sequence[Sequence[str]]


def told_column(heading: Sequence[str], rows: _Rows) -> int | None:
    """Finds the column whose heading says that it holds the classes.

    Of two that say the same, once as a number and once as a name, it is the one with names.
    """
    lowered = [name.lower() for name in heading]
    told = [lowered.index(name) for name in LABEL_NAMES if name in lowered]
    if not told:
        return None
    first = told[0]
    for other in told[1:]:
        if _are_numbers(rows, first) and not _are_numbers(rows, other):
            pairs = {(_cell(row, first), _cell(row, other)) for row in rows}
            if len(pairs) == len({one for one, _ in pairs}) == len({two for _, two in pairs}):
                return other
    return first


def one_column_each(heading: Sequence[str], rows: _Rows, but: set[int]) -> list[str] | None:
    """Reads a table that has a column for each class: the class of each row, or `None`.

    Args:
        heading: names of the columns, which are the classes.
        rows: what stands below.
        but: columns that tell something else.
    """
    columns = [at for at in range(len(heading)) if at not in but]
    marks = [[_mark(_cell(row, at)) for at in columns] for row in rows]
    if len(columns) < 2 or any(mark is None for row in marks for mark in row):
        return None
    if any(sum(bool(mark) for mark in row) > 1 for row in marks):
        return None
    return [heading[columns[row.index(True)]] if True in row else "" for row in marks]


def _mark(text: str) -> bool | None:
    return {"0": False, "0.0": False, "1": True, "1.0": True}.get(text)


def _are_numbers(rows: _Rows, column: int) -> bool:
    return all(_cell(row, column).lstrip("-").isdecimal() for row in rows)


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""
