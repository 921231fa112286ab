"""Names from strangers, made fit to stand in a sentence, an axis or a list of choices."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

MAX_SHOWN_CHARACTERS = 80


def plain_name(name: str) -> str:
    """A file's name on one line: no folders of its own machine, no invisible characters.

    Control characters, line breaks, marks that turn the direction of writing, and halves of
    surrogate pairs become `?`; a long name loses its middle.  Markup stays as it is: pages show
    names as text.
    """
    visible = "".join("?" if unicodedata.category(c)[0] in "C" else c for c in name)
    visible = "".join("?" if unicodedata.category(c) in ("Zl", "Zp") else c for c in visible)
    if len(visible) > MAX_SHOWN_CHARACTERS:
        half = MAX_SHOWN_CHARACTERS // 2 - 1
        visible = f"{visible[:half]}…{visible[-half:]}"
    return visible.strip() or "(no name)"


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Gives names that several classes have their labels: ImageNet has two cranes.

    Args:
        names: in label order.
    """
    counts = Counter(names)
    if len(counts) == len(names):
        return tuple(names)
    told = (f"{name} ({label})" if counts[name] > 1 else name for label, name in enumerate(names))
    return distinct_names(tuple(told))
