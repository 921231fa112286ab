"""The files of stored measurements: one each, read only where question and code still match."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_core.atomic import write_atomically
from resnet_core.stored.encoding import decode, encode

StoredQuestion = dict[str, Any]
"""All that a result depends on but the code, as JSON has it."""

_FOLDER = Path(__file__).parent / "measurements"


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredMeasurement:
    """A result that was measured before, and where."""

    result: Any
    """What the measurement gives, as if it were measured now."""
    date: str
    """ISO 8601."""
    hardware: str
    """As cards name it."""
    code: str
    """Fingerprint of the code that measured it."""
    question: StoredQuestion
    """What was asked."""


def stored_measurement(name: str, question: StoredQuestion) -> StoredMeasurement | None:
    """Gives the stored answer to a question; `None` without one, or where the code has changed."""
    from resnet_core.stored.plan import list_storables

    storable = list_storables()[name]
    stored = read_stored(name)
    if stored is None or stored.code != storable.code:
        return None
    return stored if stored.question == json.loads(json.dumps(question)) else None


@functools.lru_cache(maxsize=16)
def read_stored(name: str) -> StoredMeasurement | None:
    """Reads a stored measurement as it is, whatever asked for it; `None` if there is no file."""
    path = _FOLDER / f"{name}.json"
    if not path.exists():
        return None
    written = json.loads(path.read_bytes())
    return StoredMeasurement(**{**written, "result": decode(written["result"])})


def write_stored(name: str, stored: StoredMeasurement) -> Path:
    """Writes a stored measurement in place of the former one.

    Raises:
        StorageError: when the folder cannot be written.
    """
    path = _FOLDER / f"{name}.json"
    content = {
        "date": stored.date,
        "hardware": stored.hardware,
        "code": stored.code,
        "question": stored.question,
        "result": encode(stored.result),
    }
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
    read_stored.cache_clear()
    return path
