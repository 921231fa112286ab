"""Parquet files in the layout of the Hugging Face Hub: encoded pictures beside their labels.

A row holds a picture (`img` or `image`: a struct with `bytes`, or bytes alone) and a label (a whole
number, or a name; a negative one or none is no label).  Class names come from the schema's
`huggingface` metadata where it has them, else the labels that occur are the classes.
"""

import functools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resnet_core.data.decoding import EncodedPicture, decode_chunks
from resnet_core.data.layouts.selecting import keep_few
from resnet_core.data.layouts.sorting import name_some
from resnet_core.data.layouts.split_names import PART_NAMES
from resnet_core.data.parquet_columns import (
    IMAGE_COLUMNS,
    ParquetColumns,
    distinct_labels,
    is_image,
    match_column,
    read_columns,
)
from resnet_core.data.parquet_files import count_rows, open_parquet, read_rows
from resnet_core.data.source import (
    PARTS,
    Chunk,
    Few,
    LabelCounts,
    LeftOut,
    Part,
    PicturePlan,
    Source,
    source_name,
)
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress

ParquetFiles = dict[Part, tuple[Path, ...]]
"""Parquet files by part."""


def parquet_source(path: Path) -> Source:
    """Describes a parquet file, or a folder of them; reads no picture.

    The part of a file is told by its name or its folder's, such as `train-00000-of-00001.parquet`
    or `test/0000.parquet`; files without such a name train.

    Raises:
        ArchiveError: if a file is damaged.
        DataError: if it has no picture or label column, or fewer than two classes.
    """
    files = _files_by_part(path)
    layout = read_columns(next(files[part] for part in PARTS if part in files))
    files, left_out = _with_labels(files, layout)
    parts: tuple[Part, ...] = tuple(part for part in PARTS if part in files)
    states = [file.stat() for part in files for file in files[part]]
    return Source(
        name=source_name(path.stem),
        key=str(path.resolve()),
        origin="\n".join(f"{state.st_size} {state.st_mtime_ns}" for state in states),
        title=plain_name(path.name),
        class_names=tuple(map(plain_name, layout.class_names)),
        provenance=f"Read from parquet files, '{plain_name(path.name)}'.",
        parts=parts,
        read_chunks=functools.partial(_read_chunks, files, layout),
        layout="parquet files",
        left_out=left_out,
        count_labels=functools.partial(_count_labels, files, layout),
        read_few=functools.partial(_read_few, files[parts[0]], layout),
    )


def has_picture_column(path: Path) -> bool:
    """Whether the first parquet file of a folder, or a file, has a column of pictures.

    Raises:
        ArchiveError: if it is damaged.
    """
    files = _files_by_part(path)
    with open_parquet(next(files[part] for part in PARTS if part in files)[0]) as parquet:
        schema = parquet.schema_arrow
    return match_column(schema, IMAGE_COLUMNS, is_image) is not None


def read_parquet_files(
    files: ParquetFiles, part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    """Reads a part of known parquet files.

    Raises:
        ArchiveError: if a file is damaged.
    """
    return _read_chunks(files, read_columns(files["train"]), part, plan, progress)


def _files_by_part(path: Path) -> ParquetFiles:
    if path.is_file():
        return {"train": (path,)}
    files: ParquetFiles = {}
    for file in sorted(path.rglob("*.parquet")):
        if not file.name.startswith("."):
            part = _part_of(file, path)
            files[part] = (*files.get(part, ()), file)
    return files


def _part_of(file: Path, folder: Path) -> Part:
    candidates = [file.stem.split("-")[0].split("_")[0].split(".")[0]]
    candidates += reversed(file.relative_to(folder).parent.parts)
    for name in candidates:
        if name.lower() in PART_NAMES:
            return PART_NAMES[name.lower()]
    return "train"


def _with_labels(
    files: ParquetFiles, layout: ParquetColumns
) -> tuple[ParquetFiles, tuple[LeftOut, ...]]:
    """Leaves out parts without any label, as competitions publish their test part."""
    first = next(part for part in PARTS if part in files)
    kept, left_out = dict(files), []
    for part, members in files.items():
        if part == first or distinct_labels(members, layout.label_column) & layout.values.keys():
            continue
        rows = sum(count_rows(file) for file in kept.pop(part))
        names = name_some(file.name for file in members)
        left_out.append(LeftOut(what=names, count=rows, why="has no labels"))
    return kept, tuple(left_out)


def _count_labels(files: ParquetFiles, layout: ParquetColumns) -> LabelCounts:
    counts: dict[Part, tuple[int, ...]] = {}
    for part, members in files.items():
        found = Counter(
            value
            for file in members
            for batch in read_rows(file, [layout.label_column])
            for value in batch.column(0).to_pylist()
            if value in layout.values
        )
        by_class = [0] * len(layout.class_names)
        for value, index in layout.values.items():
            by_class[index] += found[value]
        counts[part] = tuple(by_class)
    return counts


def _read_chunks(
    files: ParquetFiles,
    layout: ParquetColumns,
    part: Part,
    plan: PicturePlan,
    progress: Progress,
) -> Iterator[Chunk]:
    total = sum(count_rows(file) for file in files[part])
    pictures = (picture for file in files[part] for picture in _pictures(file, layout))
    return decode_chunks(pictures, total, plan, progress)


def _read_few(
    files: tuple[Path, ...], layout: ParquetColumns, few: Few, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    pictures = (picture for file in files for picture in _pictures(file, layout))
    return decode_chunks(keep_few(pictures, few), few.each * len(few.labels), plan, progress)


def _pictures(file: Path, layout: ParquetColumns) -> Iterator[EncodedPicture]:
    row = 0
    for batch in read_rows(file, [layout.image_column, layout.label_column]):
        values = [batch.column(name).to_pylist() for name in batch.schema.names]
        columns = dict(zip(batch.schema.names, values, strict=True))
        both = zip(columns[layout.image_column], columns[layout.label_column], strict=True)
        for image, value in both:
            row += 1
            yield _picture(image, layout.values.get(value), f"{file.name} row {row:,}")


def _picture(image: Any, label: int | None, name: str) -> EncodedPicture:
    content = image.get("bytes") if isinstance(image, dict) else image
    problem = None
    if not content:
        problem = f"'{name}' holds no picture."
    elif label is None:
        problem = f"'{name}' has no label, or one that names no class."
    return EncodedPicture(name, content or b"", label or 0, problem)
