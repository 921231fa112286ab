"""Weights that are split over several files of torch or safetensors, told by their index."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resnet_core.errors import CheckpointError
from resnet_core.importing.envelope import MAX_CHECKPOINT_BYTES, Container, check_envelope
from resnet_core.pictures.names import plain_name

_INDEX = re.compile(r".*\.index\.json", re.I)
_SHARD = re.compile(r"(.*)-(\d{1,5})-of-(\d{1,5})(\.safetensors|\.bin|\.pth|\.pt)", re.I)
_MOST_SHARDS = 100
_MOST_INDEX_BYTES = 4 * 2**20


def is_index(source: Path) -> bool:
    """Whether a file is called as the index of split weights is."""
    return bool(_INDEX.fullmatch(source.name)) and source.is_file()


def one_part(name: str) -> str:
    """Says of the name of a part of split weights what is missing; empty for another name."""
    part = _SHARD.fullmatch(name)
    if not part or int(part[3]) < 2:
        return ""
    index = plain_name(f"{part[1]}{part[4]}.index.json")
    return (
        f"is one part of weights that are split over several files, {int(part[3])} of them: bring "
        f"the one file, or all parts in one folder, and name their index '{index}'."
    )


def copy_shards(index: Path, folder: Path) -> list[tuple[Path, Container]]:
    """Copies the parts of split weights, so that what is checked is what is read.

    Every part is looked at from outside, as a whole file would be.

    Returns:
        The copies, each with its container.

    Raises:
        CheckpointError: when the index is damaged or a part is missing or damaged.
        OSError: when one cannot be read or written.
    """
    shown = plain_name(index.name)
    copies: list[tuple[Path, Container]] = []
    size = 0
    for number, path in enumerate(_present(index, _parts_of(index, shown), shown)):
        size += path.stat().st_size
        if size > MAX_CHECKPOINT_BYTES:
            raise CheckpointError(
                f"'{shown}' names files of more than {MAX_CHECKPOINT_BYTES // 2**20} MB together, "
                "more than a weights file may have."
            )
        copy = folder / f"part-{number}"
        shutil.copyfile(path, copy)
        copies.append((copy, check_envelope(copy, path.name)))
    return copies


def _parts_of(index: Path, shown: str) -> list[str]:
    problem = CheckpointError(
        f"'{shown}' is no index of split weights, or damaged: download it again."
    )
    try:
        if index.stat().st_size > _MOST_INDEX_BYTES:
            raise problem
        content: Any = json.loads(index.read_bytes())
    except (OSError, ValueError, RecursionError) as exc:
        raise problem from exc
    weights = content.get("weight_map") if isinstance(content, Mapping) else None
    if not isinstance(weights, Mapping) or not weights:
        raise problem
    names = sorted({name for name in weights.values() if isinstance(name, str)})
    if not 1 <= len(names) <= _MOST_SHARDS:
        raise problem
    return names


def _present(index: Path, names: list[str], shown: str) -> Iterator[Path]:
    """The parts beside the index, links among them; none by a path of the index's own."""
    for name in names:
        path = index.with_name(Path(name).name)
        if Path(name).name != name or not path.is_file():  # the Hub's cache keeps links
            raise CheckpointError(
                f"'{shown}' names the part '{plain_name(name)}', which is not beside it: put all "
                "parts into its folder."
            )
        yield path
