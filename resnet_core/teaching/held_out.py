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
    untested: int = 0
    """Classes that none of them is of."""


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
    counts = np.bincount(held.labels, minlength=data.card.num_classes)
    facts = HeldOutFacts(
        commonest=int(counts.max(initial=0)),
        untested=int((counts == 0).sum()),
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
        if isinstance(content, dict) and all(
            type(content.get(name)) is int and 0 <= content[name] <= num_held_out
            for name in ("commonest", "learned")
        ):
            untested = content.get("untested")
            return HeldOutFacts(
                commonest=content["commonest"],
                learned=content["learned"],
                untested=untested if type(untested) is int and untested > 0 else 0,
            )
    return HeldOutFacts()
