"""Where figures stand in documents, as regular expressions over text on one line."""

import re

NUMBER = r"(-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?)"


def cell(key: str, column: int, *, after: str = "") -> str:
    """Finds the first figure in a cell of a Markdown table.

    Args:
        key: what the row begins with; several cells with ` | ` between them.
        column: which cell after the key, from 1.
        after: words that stand before the table, where several tables have such a row.
    """
    before = rf"{re.escape(after)}.*?" if after else ""
    skipped = rf"(?:[^|]*\|){{{column - 1}}}"
    return rf"{before}\| {re.escape(key)} \|{skipped}[^|\d]*?{NUMBER}"
