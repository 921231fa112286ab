"""Files of weights that a person brought for nets of others: the newest few, kept by content."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from resnet_core import paths
from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.pictures.names import plain_name

MOST_WEIGHTS_KEPT = 6
"""Files; a person chooses among them, and the oldest go."""
_HEX_DIGITS = 12
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, kw_only=True)
class BroughtWeights:
    """One file of weights that is kept."""

    key: str
    """Names its content."""
    path: Path

    @property
    def title(self) -> str:
        """The name that it came with."""
        return plain_name(self.path.name)


def keep_weights(content: bytes, name: str) -> BroughtWeights:
    """Keeps a file of weights, once for each content; nothing in it is looked at.

    Raises:
        StorageError: when it cannot be written.
    """
    key = hashlib.sha256(content).hexdigest()[:_HEX_DIGITS]
    safe = _UNSAFE.sub("_", Path(name).name).lstrip(".")[-64:] or "weights"
    place = _folder() / key
    for old in _files(place):
        return BroughtWeights(key=key, path=old)
    with storage_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    write_atomically(place / safe, content)
    for gone in list_brought_weights()[MOST_WEIGHTS_KEPT:]:
        gone.path.unlink(missing_ok=True)
        gone.path.parent.rmdir()
    return BroughtWeights(key=key, path=place / safe)


def list_brought_weights() -> tuple[BroughtWeights, ...]:
    """Lists the files that are kept, the newest first."""
    found = [file for place in _folder().glob("*") for file in _files(place)]
    found.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    return tuple(BroughtWeights(key=file.parent.name, path=file) for file in found)


def _files(place: Path) -> list[Path]:
    return [file for file in place.glob("[!.]*") if file.is_file()]


def _folder() -> Path:
    return paths.brought_weights_dir()
