"""When two names of classes are one to a person, though a disk keeps them apart."""

import unicodedata
from collections.abc import Sequence

from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name


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
