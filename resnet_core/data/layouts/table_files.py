"""Tables as they lie beside pictures, read and not yet understood: CSV, TSV, JSON lines, texts."""

import csv
import io
import json
import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from resnet_core.data.layouts.split_names import mentioned_part
from resnet_core.data.source import Part
from resnet_core.data.texts import decode_text

MAX_TABLE_BYTES = 2**26
"""Largest table that is read, bytes."""

_NO_TABLE = ("submission", "readme", "license", "requirements")
_COCO = ("images", "annotations", "categories")
"""What annotations in the form of COCO hold."""
_DELIMITERS = "\t,;|"
_SEPARATOR = re.compile(r"sep=.", re.I)


@dataclass(frozen=True)
class LabelTable:
    """A table as it was read, nothing of it understood."""

    path: str
    heading: tuple[str, ...]
    """Names of the columns; empty where the first line names a picture."""
    rows: tuple[tuple[str, ...], ...]
    nested: tuple[str, ...] = ()
    """Columns whose values are lists or dicts, of which nothing is read."""
    is_guessed: bool = False
    """Whether its letters may be others, as its encoding is not known."""

    @property
    def scope(self) -> Part | None:
        """The part that the table's own name or its folder's speaks of, if any."""
        path = PurePosixPath(self.path)
        for name in (path.stem, *reversed(path.parent.parts)):
            kind = mentioned_part(name)
            if kind is not None and kind != "unlabelled":
                return kind
        return None


def read_table(path: str, content: bytes) -> LabelTable | None:
    """Reads a table; `None` for a text that is none."""
    name = PurePosixPath(path).name.lower()
    if any(word in name for word in _NO_TABLE) or len(content) > MAX_TABLE_BYTES:
        return None
    decoded = decode_text(content)
    try:
        table = _understand(path, name, decoded.text.replace("\0", ""))
    except (ValueError, csv.Error, RecursionError):
        return None
    return replace(table, is_guessed=decoded.is_guessed) if table else None


def _understand(path: str, name: str, text: str) -> LabelTable | None:
    if name.endswith(".jsonl"):
        return _from_json_lines(path, text)
    if name.endswith(".json"):
        return _from_json(path, json.loads(text))
    rows = _split_rows(text, name)
    width = len(rows[0]) if rows else 0
    rows = [tuple(cell.strip() for cell in row) for row in rows if len(row) >= min(width, 2)]
    if len(rows) < 2 or width < 2:
        return None
    return LabelTable(path, tuple(rows[0]), tuple(rows[1:]))


def _is_heading(first: str, rest: str) -> bool:
    """Whether a first line has as many columns as the second one."""
    second = rest.partition("\n")[0]
    return any(first.count(mark) == second.count(mark) > 0 for mark in _DELIMITERS)


def _from_json_lines(path: str, text: str) -> LabelTable | None:
    return _from_records(path, [json.loads(line) for line in text.splitlines() if line.strip()])


def _from_json(path: str, content: object) -> LabelTable | None:
    """A list of records, or a mapping from pictures to their classes."""
    if isinstance(content, list):
        return _from_records(path, content)
    if not isinstance(content, dict):
        return None
    if all(isinstance(content.get(name), list) for name in _COCO):
        return _from_coco(path, content)
    held = [value for value in content.values() if value and _are_records(value)]
    if len(held) == 1:  # beside a version, a date
        return _from_records(path, held[0])
    if not all(isinstance(value, (str, int)) for value in content.values()):
        return None
    rows = tuple((str(name), _cell(value)) for name, value in content.items())
    return LabelTable(path, ("file", "label"), rows)


def _are_records(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _from_records(path: str, content: list[Any]) -> LabelTable | None:
    records = [record for record in content if isinstance(record, dict)]
    heading = tuple(dict.fromkeys(key for record in records for key in record))
    if len(heading) < 2:
        return None
    rows = (tuple(_cell(record.get(key)) for key in heading) for record in records)
    nested = {key for record in records for key in record if isinstance(record[key], (list, dict))}
    return LabelTable(path, heading, tuple(rows), tuple(key for key in heading if key in nested))


def _from_coco(path: str, content: dict[str, Any]) -> LabelTable | None:
    """The category of each annotated object: one row for each picture and category of it."""
    images, annotations, categories = (
        [record for record in content[name] if isinstance(record, dict)] for name in _COCO
    )
    files = {str(image.get("id")): _cell(image.get("file_name")) for image in images}
    names = {str(each.get("id")): _cell(each.get("name")) for each in categories}
    pairs = ((str(each.get("image_id")), str(each.get("category_id"))) for each in annotations)
    told = dict.fromkeys((image, kind) for image, kind in pairs if image in files and kind in names)
    rows = tuple((files[image], names[kind]) for image, kind in told)
    return LabelTable(path, ("file_name", "label"), rows) if rows else None


def _cell(value: object) -> str:
    return "" if value is None or isinstance(value, (list, dict)) else str(value).strip()


def _split_rows(text: str, name: str) -> list[list[str]]:
    first, _, rest = text.partition("\n")
    if _SEPARATOR.fullmatch(first.strip()) or (first[:1] == "#" and not _is_heading(first, rest)):
        return _split_rows(rest, name)  # Excel's line, or somebody's remark
    counts = {mark: first.count(mark) for mark in _DELIMITERS}
    best = max(counts, key=lambda mark: counts[mark])
    if counts[best]:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=best))
    lines = [line for line in map(str.strip, text.splitlines()) if line and line[0] != "#"]
    rows = [line.split() for line in lines] if ".txt" in name else []
    if len({len(row) for row in rows}) > 1:  # names of several words behind a picture's
        return [line.split(None, 1) for line in lines]
    return rows
