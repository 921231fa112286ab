"""Names of classes that say something to a person: two that are one, one that is none."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

_NO_CLASS = re.compile(r"[\W\d_]*(background|clutter|distractor)s?([\W\d_].*)?", re.I)
"""Such as `BACKGROUND_Google` of Caltech-101 and `257.clutter` of Caltech-256."""


def as_heard(name: str) -> str:
    """A name without its capitals, the spaces around it, and how its accents are written."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def refuse_alike(names: Sequence[str], title: str) -> None:
    """Refuses classes that are shown alike, such as `cat` and `cat ` with a space behind it.

    Args:
        names: of the classes.
        title: what the sentence calls the data set.

    Raises:
        DataError: naming two of them.
    """
    shown: dict[str, str] = {}
    for name in names:
        look = unicodedata.normalize("NFC", plain_name(" ".join(name.split())))
        other = shown.setdefault(look, name)
        if other is not name:
            raise DataError(
                f"'{plain_name(title)}' has two classes that look alike, {other[:80]!a} and "
                f"{name[:80]!a}: give both one name, or two that differ."
            )


def say_background(names: Iterable[str]) -> Iterator[str]:
    """Says which classes are named as pictures that belong to none.

    They stay classes: some nets are to tell such pictures from the others, and only who trains one
    knows.
    """
    for name in names:
        if _NO_CLASS.fullmatch(name):
            yield (
                f"'{plain_name(name)}' is named as pictures that belong to no class, and is one "
                "of its own here: take its folder away if no net is to learn it."
            )
