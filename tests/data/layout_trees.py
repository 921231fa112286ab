"""Data sets as they lie on disks, written for tests: pictures of noise under the names of many."""

import csv
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def picture_bytes(seed: int, side_px: int = 6, kind: str = "PNG") -> bytes:
    """Encodes noise of a seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side_px, side_px, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def several(folder: str, count: int, names: str = "{}.png") -> list[str]:
    """Paths of so many pictures in a folder."""
    return [f"{folder}/{names.format(number)}" for number in range(count)]


def write_tree(root: Path, pictures: Iterable[str], texts: Mapping[str, str] | None = None) -> Path:
    """Writes pictures, each of noise of its own, and other files."""
    for number, path in enumerate(pictures):
        _write(root / path, picture_bytes(number))
    for path, text in (texts or {}).items():
        _write(root / path, text.encode())
    return root


def csv_text(rows: Iterable[Iterable[object]], delimiter: str = ",") -> str:
    """Writes a table."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def json_lines(records: Iterable[Mapping[str, object]]) -> str:
    """Writes one object a line."""
    return "".join(f"{json.dumps(record)}\n" for record in records)


def write_tar(path: Path, folder: Path, mode: str = "w:gz") -> Path:
    """Packs a folder, its name within the archive."""
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        tar.add(folder, arcname=f"./{folder.name}")
    return path


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
