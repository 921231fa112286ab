"""Idx files in a folder or below it, as MNIST's own page, torchvision and EMNIST have them."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from resnet_core.data.idx import PREFIXES, read_idx_labels, read_idx_pair
from resnet_core.data.layouts.given import Given, stamps
from resnet_core.data.layouts.selecting import count_chunks, few_of_chunks
from resnet_core.data.source import PARTS, Chunk, Part, PicturePlan, Source
from resnet_core.errors import DataError, DataMissingError
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress

_NAME = re.compile(
    r"(?P<set>.*?)(?P<part>train|t10k|test)[-_.](?P<kind>images|labels)[-_.]idx[13]-ubyte(\.gz)?",
    re.IGNORECASE,
)
_Pairs = dict[Part, tuple[Path, Path]]


def fits_idx(given: Given) -> bool:
    """Whether there is a file of training pictures with its labels.

    Raises:
        DataMissingError: if one of them lies there without the other.
    """
    return given.is_folder and any("train" in pairs for pairs in _find_sets(given).values())


def idx_source(given: Given) -> Source:
    """Describes a folder of idx files; reads their labels alone.

    Raises:
        DataError: if it holds several sets, or fewer than two classes.
        ArchiveError: if a file is damaged.
    """
    sets = {name: pairs for name, pairs in _find_sets(given).items() if "train" in pairs}
    if len(sets) > 1:
        listed = ", ".join(plain_name(name) for name in sorted(sets)[:4])
        raise DataError(
            f"'{given.title}' holds {len(sets):,} sets of idx files ({listed}): give a folder that "
            "holds one of them."
        )
    (pairs,) = sets.values()
    labels = [read_idx_labels(pairs[part][1]) for part in pairs]
    values = np.unique(np.concatenate(labels)).tolist()
    if len(values) < 2:
        raise DataError(
            f"'{given.title}' holds idx files of only one class: at least two are needed."
        )
    parts: tuple[Part, ...] = tuple(part for part in PARTS if part in pairs)
    read = functools.partial(_read, pairs, values)
    used = [path for part in parts for path in pairs[part]]
    return Source(
        name=given.name,
        key=given.key,
        origin=" ".join(stamps(used)),
        title=given.title,
        class_names=tuple(map(str, values)),
        provenance=f"Read from idx files, '{given.title}'.",
        parts=parts,
        read_chunks=read,
        layout="idx files",
        left_out=given.beside(used),
        count_labels=functools.partial(count_chunks, read, parts, len(values)),
        read_few=functools.partial(few_of_chunks, read, parts[0]),
    )


def _read(
    pairs: _Pairs, values: list[int], part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    return read_idx_pair(pairs[part], values, plan, progress)


def _find_sets(given: Given) -> dict[str, _Pairs]:
    """Pairs of files by the folder and the name before `train`; the first file of each kind."""
    found: dict[str, dict[tuple[Part, str], Path]] = {}
    for path in sorted(file for file in given.tree.files if "ubyte" in file.lower()):
        match = _NAME.fullmatch(PurePosixPath(path).name)
        if match is None:
            continue
        folder = PurePosixPath(path).parent
        if _NAME.fullmatch(folder.name):  # some sites pack each file into a folder of its name
            folder = folder.parent
        part: Part = "train" if match["part"].lower() == "train" else "test"
        files = found.setdefault(f"{folder / match['set']}", {})
        files.setdefault((part, match["kind"].lower()), given.path / path)
    return {name: _paired(files) for name, files in found.items()}


def _paired(files: dict[tuple[Part, str], Path]) -> _Pairs:
    pairs: _Pairs = {}
    for part in PARTS:
        images, labels = files.get((part, "images")), files.get((part, "labels"))
        if images is not None and labels is not None:
            pairs[part] = (images, labels)
        elif images is not None or labels is not None:
            lone, lacks = (labels, "images-idx3") if images is None else (images, "labels-idx1")
            assert lone is not None
            raise DataMissingError(
                f"'{plain_name(lone.parent.name)}' holds '{plain_name(lone.name)}' without its "
                f"{PREFIXES[part]}-{lacks}-ubyte file: add it, with or without .gz."
            )
    return pairs
