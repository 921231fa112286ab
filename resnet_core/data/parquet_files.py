"""Parquet files opened without trust: what is damaged or too large is told in one sentence."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from resnet_core.errors import ArchiveError, DataError
from resnet_core.pictures.names import plain_name

_MAX_ROW_GROUP_BYTES = 4 * 2**30
_ROWS = 512


def count_rows(file: Path) -> int:
    """Counts the rows of a file.

    Raises:
        ArchiveError: if it is damaged.
    """
    with open_parquet(file) as parquet:
        return parquet.metadata.num_rows


def read_rows(file: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Reads columns of a file, some hundred rows at a time.

    Raises:
        ArchiveError: if it is damaged, or a group of its rows is too large.
        DataError: if it lacks a column.
    """
    with open_parquet(file) as parquet:
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


def open_parquet(file: Path) -> pq.ParquetFile:
    """Opens a file.

    Raises:
        ArchiveError: if it is damaged.
    """
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError, ValueError) as exc:
        raise _damaged(file) from exc


def _damaged(file: Path) -> ArchiveError:
    return ArchiveError(
        f"'{plain_name(file.name)}' is not a readable parquet file, or it is damaged: download it "
        "again."
    )
