"""What a net's held-out pictures can show: how common their commonest class is, which are learned.

A net that always names the commonest class is right on all of its pictures, and one that learned a
picture knows it again.  Both are counted once, when a run ends, and kept in its folder.
"""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from resnet_core.atomic import write_atomically
from resnet_core.data import DataSet
from resnet_core.data.repeats import count_repeats

_FILE = "held_out.json"
_MOST_BYTES = 1000


@dataclass(frozen=True, kw_only=True)
class HeldOutFacts:
    """Facts of the held-out pictures of a run."""

    commonest: int = 0
    """Pictures of the commonest class among them; 0 where nobody counted."""
    learned: int = 0
    """Those that are training pictures as well, pixel by pixel."""


def write_held_out(folder: Path, data: DataSet, split: str) -> None:
    """Counts, and writes into a run's folder.

    Args:
        folder: the run's.
        data: its pictures.
        split: which of its splits is held out, `validation` or `test`.

    Raises:
        StorageError: when it cannot be written.
    """
    held = data.test if split == "test" else data.validation
    facts = HeldOutFacts(
        commonest=int(np.bincount(held.labels).max(initial=0)),
        learned=count_repeats(held.images, data.train.images),
    )
    write_atomically(folder / _FILE, json.dumps(asdict(facts)).encode())


def read_held_out(folder: Path, num_held_out: int) -> HeldOutFacts:
    """Reads what was counted; nothing of a run that is older, or whose file was spoiled.

    Args:
        folder: the run's.
        num_held_out: pictures that are held out.
    """
    with contextlib.suppress(OSError, ValueError, RecursionError):
        path = folder / _FILE
        content = json.loads(path.read_bytes()) if path.stat().st_size < _MOST_BYTES else None
        values = [content.get(name) for name in ("commonest", "learned")] if content else []
        if all(type(value) is int and 0 <= value <= num_held_out for value in values) and values:
            return HeldOutFacts(commonest=values[0], learned=values[1])
    return HeldOutFacts()
