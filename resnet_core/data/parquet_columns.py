"""Which columns of a parquet file hold pictures and labels, and what the labels mean."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from resnet_core.data.parquet_files import open_parquet, read_rows
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

IMAGE_COLUMNS = ("img", "image", "images", "picture")
"""Names of the picture column, in order of preference."""
LABEL_COLUMNS = ("label", "fine_label", "labels", "class", "target")
"""Names of the label column, in order of preference."""
_NEEDED = {
    "picture": "the bytes of a picture file, not its path or address, are",
    "label": "one whole number or text for each picture is",
}
MAX_CLASSES = 10_000
"""More distinct labels than this are no classes."""


@dataclass(frozen=True)
class ParquetColumns:
    """The columns of a set of parquet files, and the meaning of their labels."""

    image_column: str
    """Name of the column of pictures."""
    label_column: str
    """Name of the column of labels."""
    class_names: tuple[str, ...]
    """Names in label order."""
    values: dict[Any, int]
    """What stands in the label column for each label."""


def read_columns(files: tuple[Path, ...]) -> ParquetColumns:
    """Reads what the columns of some files mean, from the first of them and all their labels.

    Raises:
        ArchiveError: if a file is damaged.
        DataError: if it has no picture or label column, or fewer than two classes.
    """
    with open_parquet(files[0]) as parquet:
        schema = parquet.schema_arrow
    image_column = _find_column(schema, IMAGE_COLUMNS, is_image, files[0], "picture")
    whole = match_column(schema, LABEL_COLUMNS, _is_whole_label)
    label_column = whole or _find_column(schema, LABEL_COLUMNS, _is_label, files[0], "label")
    is_text = _is_text(schema.field(label_column).type)
    names = () if is_text else _names_in_metadata(schema, label_column)
    values: list[Any] = list(range(len(names)))
    if not names:
        values = _classes(distinct_labels(files, label_column), is_text)
        names = tuple(str(value if is_text else int(value)) for value in values)
        if values and any(isinstance(value, float) and value % 1 for value in values):
            raise _no_column(schema, LABEL_COLUMNS, files[0], "label")
    if not 2 <= len(names) <= MAX_CLASSES:
        raise DataError(
            f"'{files[0].name}' has {len(names):,} classes in its column '{label_column}': 2 to "
            f"{MAX_CLASSES:,} are needed."
        )
    labels = {value: label for label, value in enumerate(values)}
    return ParquetColumns(image_column, label_column, names, labels)


def _classes(found: set[Any], is_text: bool) -> list[Any]:
    """The values that are classes, in order: no negative number, and none that is missing."""
    if is_text:
        return sorted(value for value in found if isinstance(value, str))
    return sorted(value for value in found if isinstance(value, int | float) and value >= 0)


def _find_column(
    schema: pa.Schema, preferred: tuple[str, ...], fits: Any, file: Path, what: str
) -> str:
    found = match_column(schema, preferred, fits)
    if found is None:
        raise _no_column(schema, preferred, file, what)
    return found


def match_column(
    schema: pa.Schema, preferred: tuple[str, ...], fits: Callable[[pa.DataType], bool]
) -> str | None:
    """Finds a column by its name, as it is written before any other way of writing it."""
    lowered = {name.lower(): name for name in reversed(schema.names)}
    for name in (*preferred, *(lowered[name] for name in preferred if name in lowered)):
        if name in schema.names and fits(schema.field(name).type):
            return name
    return None


def _no_column(schema: pa.Schema, preferred: tuple[str, ...], file: Path, what: str) -> DataError:
    called = match_column(schema, preferred, lambda _kind: True)
    if called is not None:
        return DataError(
            f"'{file.name}' has no {what} column: its '{plain_name(called)}' holds values of the "
            f"kind {plain_name(str(schema.field(called).type))}, and {_NEEDED[what]} needed."
        )
    return DataError(
        f"'{file.name}' has no {what} column: one of {', '.join(preferred)} is needed, and it has "
        f"{', '.join(plain_name(name) for name in schema.names[:20]) or 'no columns'}."
    )


def is_image(kind: pa.DataType) -> bool:
    """Whether a column of this type may hold encoded pictures."""
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        return index >= 0 and is_image(kind.field(index).type)
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _is_whole_label(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_whole_label(kind.value_type)
    return pa.types.is_integer(kind) or pa.types.is_boolean(kind) or _is_text(kind)


def _is_label(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or _is_whole_label(kind)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _names_in_metadata(schema: pa.Schema, column: str) -> tuple[str, ...]:
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        names = features[column]["names"]
    except (KeyError, TypeError, ValueError):
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def distinct_labels(files: tuple[Path, ...], column: str) -> set[Any]:
    """Gathers the different values of a column.

    Raises:
        ArchiveError: if a file is damaged.
        DataError: if they are too many for classes.
    """
    found: set[Any] = set()
    for file in files:
        for batch in read_rows(file, [column]):
            found.update(batch.column(0).to_pylist())
            if len(found) > MAX_CLASSES + 1:
                raise DataError(
                    f"'{file.name}' has more than {MAX_CLASSES:,} different values in its column "
                    f"'{column}': a label column is needed."
                )
    return found
