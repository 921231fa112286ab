"""Measured places on disk: whoever asks again goes on from there, also after a kill.

A file holds one slice: its first line says of what, each further line is a place.  Lines are
appended as they are measured; a torn last one is measured again.
"""

import contextlib
import hashlib
import json
import logging
import math
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resnet_core.atomic import storage_errors
from resnet_core.errors import DamagedFileError, StorageError
from resnet_core.own_files import open_to_write, read_own_file
from resnet_core.probes.landscape.places import Place
from resnet_core.probes.landscape.records import LandscapePoint


class KeptPoints(dict[Place, LandscapePoint]):
    """Known places of a slice, kept in a file; what cannot be kept is measured all the same."""

    def __init__(self, folder: Path, question: Mapping[str, Any]) -> None:
        self._asked = json.dumps(dict(question), sort_keys=True)
        name = hashlib.sha256(self._asked.encode()).hexdigest()[:24]
        self.path = folder / f"landscape-{name}.jsonl"
        self._lock, self._is_told = threading.Lock(), False
        super().__init__(_read(self.path, self._asked))

    def __setitem__(self, place: Place, point: LandscapePoint) -> None:
        """Puts in a place, here and in the file."""
        with self._lock:
            super().__setitem__(place, point)
            try:
                with storage_errors(self.path):
                    self.path.parent.mkdir(parents=True, exist_ok=True)
                    self._append(_written(place, point))
            except StorageError as exc:
                self._tell_once(exc)

    def _tell_once(self, why: StorageError) -> None:
        if not self._is_told:  # a hundred places, one sentence
            logging.warning("What is measured is not kept for the next time. %s", why)
        self._is_told = True

    def _append(self, line: str) -> None:
        descriptor = open_to_write(self.path)
        try:
            first = f"{self._asked}\n".encode()
            begins = os.pread(descriptor, len(first), 0) == first
            if not begins:  # new, or torn in its first line, without which nothing is found again
                os.ftruncate(descriptor, 0)
            # A new line first: the end of one that was torn is not taken for the start of this.
            os.write(descriptor, (b"" if begins else first) + f"\n{line}\n".encode())
        finally:
            os.close(descriptor)


def _written(place: Place, point: LandscapePoint) -> str:
    loss = point.loss if math.isfinite(point.loss) else None
    return json.dumps([*place, loss, point.error, point.elapsed_s])


def _read(path: Path, asked: str) -> Iterator[tuple[Place, LandscapePoint]]:
    try:
        first, *lines = read_own_file(path).decode(errors="replace").split("\n")
    except (FileNotFoundError, DamagedFileError):
        return
    if first != asked:
        return
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):
            alpha, beta, loss, error, elapsed_s = json.loads(line)
            loss = math.nan if loss is None else float(loss)
            point = LandscapePoint(loss=loss, error=float(error), elapsed_s=float(elapsed_s))
            yield (float(alpha), float(beta)), point
