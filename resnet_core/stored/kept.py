"""Measurements that a person made, kept under the lab's home: whoever asks again need not wait.

Each lies in a file that its question and the code that answered it name, so that another net,
other pictures or newer code find nothing, and are measured.
"""

import contextlib
import hashlib
import json
import logging
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from resnet_core import paths
from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.devices import describe_device
from resnet_core.errors import DamagedFileError, StorageError
from resnet_core.own_files import read_own_file
from resnet_core.stored.code import code_fingerprint
from resnet_core.stored.encoding import decode, encode
from resnet_core.stored.files import StoredMeasurement, StoredQuestion

_UNREADABLE = (
    OSError,
    DamagedFileError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    AssertionError,
    zlib.error,
)
"""What a file that is gone, damaged or of another version gives."""


def kept_measurement(
    name: str, question: StoredQuestion, modules: tuple[str, ...]
) -> StoredMeasurement | None:
    """Finds what was measured here before; `None` without it, or where its file is damaged.

    Args:
        name: of the measurement.
        question: all that the result depends on but the code.
        modules: files below `resnet_core` whose code decides on the result.
    """
    with contextlib.suppress(*_UNREADABLE, ImportError):
        written = json.loads(read_own_file(_file(name, question, modules)))
        kept = StoredMeasurement(**{**written, "result": decode(written["result"])})
        return kept if kept.question == _as_json(question) else None
    return None


def keep_measurement(
    name: str, question: StoredQuestion, modules: tuple[str, ...], result: Any, device: torch.device
) -> StoredMeasurement:
    """Keeps a result; where the disk is full or read-only that is told, and it is given anyway."""
    kept = StoredMeasurement(
        result=result,
        date=datetime.now(UTC).date().isoformat(),
        hardware=describe_device(device),
        code=code_fingerprint(modules),
        question=_as_json(question),
    )
    path = _file(name, question, modules)
    content = {**vars(kept), "result": encode(result)}
    try:
        with storage_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
    except StorageError as exc:
        logging.warning("What was measured is not kept for the next time. %s", exc)
    return kept


def _file(name: str, question: StoredQuestion, modules: tuple[str, ...]) -> Path:
    asked = json.dumps([_as_json(question), code_fingerprint(modules)], sort_keys=True)
    digest = hashlib.sha256(asked.encode()).hexdigest()[:16]
    return paths.measurements_dir() / f"{name}-{digest}.json"


def _as_json(question: StoredQuestion) -> StoredQuestion:
    return json.loads(json.dumps(question))
