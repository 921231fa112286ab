"""Cards read, checked and kept, and lists of them.

A card is believed only once it has been checked, and is then kept until its file changes: pages
read every card whenever they run.  A checkpoint is called what its file is called: a pair of files
that was renamed by hand goes on working, and no card can pass for another net or lead out of its
folder.
"""

import contextlib
import functools
import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pydantic

from resnet_core import paths
from resnet_core.checkpoints.card import CheckpointCard, card_from_json
from resnet_core.checkpoints.checks import check_card
from resnet_core.checkpoints.naming import (
    CARD_SUFFIX,
    WEIGHTS_SUFFIX,
    card_file,
    name_problem,
    weights_file,
)
from resnet_core.config.other_names import lab_only_sentence
from resnet_core.config.plugins import is_other_name
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.pictures.names import distinct_names, plain_name

MAX_CARD_BYTES = 8 * 2**20
"""Largest card that is read; 100,000 class names take less."""
_CARDS_KEPT = 1024


def read_card(path: Path) -> CheckpointCard:
    """Reads and checks a card, given the path of its weights, of itself, or of neither's suffix.

    Cards are kept while their files stay as they are, and shared; nobody can change one.

    Raises:
        CheckpointError: when the card is missing, damaged, or says what cannot be; one sentence
            that names the file, the field and what is right.
    """
    if not path.name:
        raise CheckpointError(f"'{plain_name(str(path))}' is no checkpoint: name its file.")
    path, shown = card_file(path), plain_name(path.name)
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:
        raise CheckpointError(
            f"'{shown}' has no card '{plain_name(card_file(path).name)}' beside it that may be "
            "read: bring both files of the checkpoint."
        ) from exc
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError(f"The card '{plain_name(path.name)}' is no file: put the card there.")
    if status.st_size > MAX_CARD_BYTES:
        raise CheckpointError(
            f"The card '{plain_name(path.name)}' has {status.st_size / 2**20:,.0f} MB; a card has "
            f"at most {MAX_CARD_BYTES // 2**20} MB: bring the checkpoint's own."
        )
    found = _read_kept(path, status.st_mtime_ns, status.st_size, status.st_ino)
    if isinstance(found, str):
        raise CheckpointError(found)
    return found


def list_checkpoints(folder: Path | None = None) -> tuple[CheckpointCard, ...]:
    """Lists the cards in a folder, by default the shipped nets; damaged ones are left out."""
    found = (folder or paths.checkpoints_dir()).glob(f"*{WEIGHTS_SUFFIX}")
    return _read_cards(path for path in found if path.is_file())


def list_cards(folder: Path) -> tuple[CheckpointCard, ...]:
    """Lists the cards in a folder, with or without weights beside them."""
    return _read_cards(folder.glob(f"*{CARD_SUFFIX}"))


def find_checkpoint(name: str) -> Path:
    """Finds a checkpoint by a path, or by the name of a shipped or an imported net.

    Raises:
        CheckpointError: when there is none; the message lists the names.
    """
    for candidate in (Path(name), paths.checkpoints_dir() / name, paths.imported_dir() / name):
        if not candidate.name:
            continue
        weights = weights_file(candidate)
        with contextlib.suppress(OSError):  # a name that is too long for a file
            if weights.is_file():
                return weights
    if is_other_name(name):
        raise CheckpointError(lab_only_sentence(name))
    shipped, imported = list_checkpoints(), list_checkpoints(paths.imported_dir())
    known = ", ".join(card.name for card in shipped) or "none yet"
    own = "; imported: " + ", ".join(card.name for card in imported) if imported else ""
    raise CheckpointError(
        f"There is no checkpoint '{plain_name(name)}'. Shipped nets: {known}{own}."
    )


@functools.lru_cache(maxsize=_CARDS_KEPT)
def _read_kept(path: Path, mtime_ns: int, size: int, inode: int) -> CheckpointCard | str:
    """Reads a card, or says what is wrong with it; both are kept."""
    try:
        return _read(path)
    except CheckpointError as exc:
        return str(exc)


def _read(path: Path) -> CheckpointCard:
    shown = plain_name(path.name)
    try:
        with path.open("rb") as file:
            card = card_from_json(file.read(MAX_CARD_BYTES + 1))
    except OSError as exc:
        raise CheckpointError(f"The card '{shown}' cannot be opened: check its rights.") from exc
    except pydantic.ValidationError as exc:
        raise CheckpointError(f"The card '{shown}' is damaged: {_explain(exc)}.") from exc
    except ConfigError as exc:
        raise CheckpointError(f"The card '{shown}' describes what cannot be: {exc}") from exc
    check_card(card, path.name)  # its own name too, before the file's takes its place
    name = path.name.removesuffix(CARD_SUFFIX)
    problem = name_problem(name)
    if problem:
        raise CheckpointError(f"The card '{shown}' cannot be used: {problem}.")
    return replace(card, name=name, class_names=distinct_names(card.class_names))


def _explain(error: pydantic.ValidationError) -> str:
    """Says which field is wrong and what it should be."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = plain_name(".".join(str(part) for part in first["loc"]))
    if not first["loc"]:
        return "it is cut short, or no JSON in UTF-8 that describes a checkpoint"
    if first["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"'{where}' is missing"
    if "unexpected" in first["type"] or "extra" in first["type"]:
        return f"'{where}' is no field of a card"
    return f"'{where}' is wrong, {first['msg'][:1].lower()}{first['msg'][1:]}"


def _read_cards(found: Iterable[Path]) -> tuple[CheckpointCard, ...]:
    cards = []
    for path in sorted(found):
        with contextlib.suppress(CheckpointError):
            cards.append(read_card(path))
    return tuple(cards)
