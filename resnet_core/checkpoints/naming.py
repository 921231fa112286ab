"""What a checkpoint may be called, and where its two files lie."""

import re
from pathlib import Path

from resnet_core.errors import ConfigError
from resnet_core.pictures.names import plain_name

WEIGHTS_SUFFIX = ".safetensors"
CARD_SUFFIX = ".json"

_MOST_LETTERS = 64
_MOST_LETTERS_OF_A_RUN = 240
"""An arm's label becomes a name whatever its length; no file can be called by more than this."""
_NEW_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]*")
"""A net that was shipped by hand may have spaces in its name; nothing else leads nowhere."""
_LETTERS = "letters, digits, dots, hyphens and underscores"


def check_new_name(name: str) -> None:
    """Refuses what a new checkpoint must not be called.

    Raises:
        ConfigError: saying what is allowed.
    """
    if len(name) > _MOST_LETTERS or not _NEW_NAME.fullmatch(name):
        raise ConfigError(
            f"'{plain_name(name)}' cannot be a checkpoint's name: use 1 to {_MOST_LETTERS} "
            f"{_LETTERS}, and begin with a letter or digit."
        )


def name_problem(name: str) -> str | None:
    """Says what is wrong with the name of a checkpoint that is there already, if anything is."""
    if len(name) <= _MOST_LETTERS_OF_A_RUN and _NAME.fullmatch(name):
        return None
    return (
        f"its name '{plain_name(name)}' is not allowed, since a name has {_LETTERS}, and begins "
        "with a letter or digit"
    )


def untold_data_title(name: str) -> str:
    """Title for the data of a net whose file and person do not say what it learned."""
    return f"imported as {name}"


def learned_data(name: str, data_title: str) -> str:
    """Says in a sentence what a net learned, given its name and its card's title of the data."""
    is_untold = data_title == untold_data_title(name)
    return "a data set that its file does not name" if is_untold else data_title


def card_file(path: Path) -> Path:
    """Path of a checkpoint's card, given its weights, its card, or both without a suffix."""
    return path.with_name(_stem(path) + CARD_SUFFIX)


def weights_file(path: Path) -> Path:
    """Path of a checkpoint's weights, given its weights, its card, or both without a suffix."""
    return path.with_name(_stem(path) + WEIGHTS_SUFFIX)


def is_complete(path: Path) -> bool:
    """Whether both files of a checkpoint are there; a kill may have left weights without card."""
    return weights_file(path).is_file() and card_file(path).is_file()


def _stem(path: Path) -> str:
    """A name may hold dots, so nothing but the two suffixes is taken off."""
    return path.name.removesuffix(WEIGHTS_SUFFIX).removesuffix(CARD_SUFFIX)
