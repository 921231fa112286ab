"""Parquet files in the layout of the Hugging Face Hub: encoded pictures beside their labels.

A row holds a picture (`img` or `image`: a struct with `bytes`, or bytes alone) and a label (an
integer, or a name).  Class names come from the schema's `huggingface` metadata where it has them.
"""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from resnet_core.data.arrange import PART_NAMES
from resnet_core.data.decoding import EncodedPicture, decode_chunks
from resnet_core.data.source import PARTS, Chunk, Part, PicturePlan, Source, source_name
from resnet_core.errors import ArchiveError, DataError
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress

IMAGE_COLUMNS = ("img", "image", "images", "picture")
"""Names of the picture column, in order of preference."""
LABEL_COLUMNS = ("label", "fine_label", "labels", "class", "target")
"""Names of the label column, in order of preference."""
MAX_CLASSES = 10_000
"""More distinct labels than this are no classes."""

_MAX_ROW_GROUP_BYTES = 4 * 2**30
_ROWS = 512


@dataclass(frozen=True)
class _Layout:
    image_column: str
    label_column: str
    class_names: tuple[str, ...]
    """Names in label order; for text labels also their values."""
    text_labels: bool


def parquet_source(path: Path) -> Source:
    """Describes a parquet file, or a folder of them; reads no picture.

    The part of a file is told by its name or its folder's, such as `train-00000-of-00001.parquet`
    or `test/0000.parquet`; files without such a name train.

    Raises:
        ArchiveError: if a file is damaged.
        DataError: if it has no picture or label column, or fewer than two classes.
    """
    files = _files_by_part(path)
    layout = _read_layout(files["train"])
    states = [file.stat() for part in files for file in files[part]]
    return Source(
        name=source_name(path.stem),
        key=str(path.resolve()),
        origin="\n".join(f"{state.st_size} {state.st_mtime_ns}" for state in states),
        title=plain_name(path.name),
        class_names=tuple(map(plain_name, layout.class_names)),
        provenance=f"Read from parquet files, '{plain_name(path.name)}'.",
        parts=tuple(part for part in PARTS if part in files),
        read_chunks=functools.partial(_read_chunks, files, layout),
    )


def read_parquet_files(
    files: dict[Part, tuple[Path, ...]], part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    """Reads a part of known parquet files.

    Raises:
        ArchiveError: if a file is damaged.
    """
    return _read_chunks(files, _read_layout(files["train"]), part, plan, progress)


def _files_by_part(path: Path) -> dict[Part, tuple[Path, ...]]:
    if path.is_file():
        return {"train": (path,)}
    files: dict[Part, tuple[Path, ...]] = {}
    for file in sorted(path.rglob("*.parquet")):
        if not file.name.startswith("."):
            part = _part_of(file, path)
            files[part] = (*files.get(part, ()), file)
    if "train" not in files:
        raise DataError(
            f"'{plain_name(path.name)}' has no training pictures: name one of its parquet files "
            "train-00000-of-00001.parquet, as the Hub does."
        )
    return files


def _part_of(file: Path, folder: Path) -> Part:
    candidates = [file.stem.split("-")[0].split("_")[0].split(".")[0]]
    candidates += reversed(file.relative_to(folder).parent.parts)
    for name in candidates:
        if name.lower() in PART_NAMES:
            return PART_NAMES[name.lower()]
    return "train"


def _read_layout(files: tuple[Path, ...]) -> _Layout:
    with _open(files[0]) as parquet:
        schema = parquet.schema_arrow
    image_column = _find_column(schema, IMAGE_COLUMNS, _is_image, files[0], "picture")
    label_column = _find_column(schema, LABEL_COLUMNS, _is_label, files[0], "label")
    text = not pa.types.is_integer(schema.field(label_column).type)
    names = () if text else _names_in_metadata(schema, label_column)
    values = () if names else _distinct_labels(files, label_column)
    if text:
        names = tuple(sorted(value for value in values if isinstance(value, str)))
    elif not names:
        numbers = [value for value in values if isinstance(value, int) and 0 <= value < MAX_CLASSES]
        names = tuple(str(number) for number in range(max(numbers, default=-1) + 1))
    if not 2 <= len(names) <= MAX_CLASSES:
        raise DataError(
            f"'{files[0].name}' has {len(names):,} classes in its column '{label_column}': 2 to "
            f"{MAX_CLASSES:,} are needed."
        )
    return _Layout(image_column, label_column, names, text)


def _find_column(
    schema: pa.Schema, preferred: tuple[str, ...], fits: Any, file: Path, what: str
) -> str:
    for name in preferred:
        if name in schema.names and fits(schema.field(name).type):
            return name
    raise DataError(
        f"'{file.name}' has no {what} column: one of {', '.join(preferred)} is needed, and it has "
        f"{', '.join(plain_name(name) for name in schema.names[:20]) or 'no columns'}."
    )


def _is_image(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        return index >= 0 and _is_image(kind.field(index).type)
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _is_label(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_label(kind.value_type)
    return pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _names_in_metadata(schema: pa.Schema, column: str) -> tuple[str, ...]:
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        names = features[column]["names"]
    except (KeyError, TypeError, ValueError):
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def _distinct_labels(files: tuple[Path, ...], column: str) -> set[Any]:
    found: set[Any] = set()
    for file in files:
        for batch in _batches(file, [column]):
            found.update(batch.column(0).to_pylist())
            if len(found) > MAX_CLASSES + 1:
                raise DataError(
                    f"'{file.name}' has more than {MAX_CLASSES:,} different values in its column "
                    f"'{column}': a label column is needed."
                )
    return found


def _read_chunks(
    files: dict[Part, tuple[Path, ...]],
    layout: _Layout,
    part: Part,
    plan: PicturePlan,
    progress: Progress,
) -> Iterator[Chunk]:
    total = 0
    for file in files[part]:
        with _open(file) as parquet:
            total += parquet.metadata.num_rows
    pictures = (picture for file in files[part] for picture in _pictures(file, layout))
    return decode_chunks(pictures, total, plan, progress)


def _pictures(file: Path, layout: _Layout) -> Iterator[EncodedPicture]:
    labels = {name: label for label, name in enumerate(layout.class_names)}
    row = 0
    for batch in _batches(file, [layout.image_column, layout.label_column]):
        values = [batch.column(name).to_pylist() for name in batch.schema.names]
        columns = dict(zip(batch.schema.names, values, strict=True))
        both = zip(columns[layout.image_column], columns[layout.label_column], strict=True)
        for image, value in both:
            row += 1
            label = labels.get(value) if layout.text_labels else value
            yield _picture(image, label, f"{file.name} row {row:,}", len(labels))


def _picture(image: Any, label: int | None, name: str, num_classes: int) -> EncodedPicture:
    content = image.get("bytes") if isinstance(image, dict) else image
    problem = None
    if not content:
        problem = f"'{name}' holds no picture."
    elif label is None or not 0 <= label < num_classes:
        problem = f"'{name}' has no label, or one that names no class."
    return EncodedPicture(name, content or b"", label or 0, problem)


def _batches(file: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    with _open(file) as parquet:
        missing = [name for name in columns if name not in parquet.schema_arrow.names]
        if missing:
            raise DataError(
                f"'{file.name}' lacks the column '{missing[0]}' that the training file has."
            )
        for group in range(parquet.metadata.num_row_groups):
            if parquet.metadata.row_group(group).total_byte_size > _MAX_ROW_GROUP_BYTES:
                raise ArchiveError(
                    f"'{file.name}' has a row group of more than 4 GB: write it anew with smaller "
                    "ones."
                )
        batches = parquet.iter_batches(batch_size=_ROWS, columns=columns)
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError, ValueError) as exc:
                raise _damaged(file) from exc
            if batch is None:
                return
            yield batch


def _open(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError, ValueError) as exc:
        raise _damaged(file) from exc


def _damaged(file: Path) -> ArchiveError:
    return ArchiveError(
        f"'{plain_name(file.name)}' is not a readable parquet file, or it is damaged: download it "
        "again."
    )
