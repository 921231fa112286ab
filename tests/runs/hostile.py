"""What may lie in a run's folder in place of the lab's own files: over sixteen ways for each."""

import json
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_core.runs.files import WorkerState, write_state
from resnet_core.runs.status import create_run
from resnet_core.runs.store import STORE_NAME, MetricsWriter
from tests.training.conftest import tiny_experiment

Spoil = Callable[[Path], object]

JSON_FILES = (
    "config.json",
    "state.json",
    "fork.json",
    "control",
    "lock",
    "launch",
    "pictures.json",
)
VITAL_FILES = ("config.json", "state.json", "fork.json")
"""Without which a run cannot be understood, where they are there."""
FOLDERS = ("checkpoints", "kept", "edits")
BYTE_FILES = ("name", "log", "edits.jsonl", STORE_NAME)

_TEXTS = {
    "empty": b"",
    "zeros": bytes(100),
    "latin": b"\xff\xfe\xe9",
    "half": b'{"phase": "train',
    "list": b"[]",
    "nothing": b"null",
    "number": b"3",
    "text": b'"training"',
    "not-a-number": b"NaN",
    "infinity": b'{"said_at": Infinity, "seed": -Infinity}',
    "huge-number": b'{"said_at": 1e999, "pid": ' + b"9" * 5000 + b"}",
    "deep-lists": b"[" * 100_000,
    "deep-objects": b'{"a":' * 50_000,
    "surrogate": rb'{"name": "\ud800", "phase": "\udfff"}',
    "mark": b"\xef\xbb\xbf{}",
    "binary": bytes(range(256)) * 40,
}
_STATES: dict[str, Any] = {
    "said_at": ("x", None, [], -1, 1e300, True),
    "checkpoint_step": ("abc", -1, 1.5, 10**30, "5", {}),
    "num_steps": ("12", -3, 10**40, None, True),
    "phase": ("flying", "damaged", "interrupted", None, 3, ""),
    "message": (5, None, "x" * 20_000, ["a"]),
    "stopped_arms": ("ab", [["a"]], [[1, 2]], [["a", None]], {"a": "b"}, 1),
    "device": (1, None, "x" * 20_000),
}
_CONFIGS: dict[str, Any] = {
    "name": ("", 5, None),
    "seed": (-1, 2**40, "x", 1.5, 10**400),
    "arms": ([], "x", [{}], None, [1]),
    "training": ({"learning_rate": "x"}, {"steps": -1}, {"epochs": 1e999}, 3),
    "data": ({"source": ""}, {"max_train": 0}, {"colour": 1}, []),
    "num_threads": (0, "two"),
    "device": ("abacus", 5),
    "surprise": (1,),
}
_ROWS = {
    "text-start": "INSERT INTO curves VALUES (1, 'x', 0, 1, 1, 1, 1, 1, 1, x'00000000', 3)",
    "text-time": "INSERT INTO curves VALUES (1, 7, 0, 'x', 1, 1, 1, 1, 1, x'00000000', 3)",
    "text-loss": "INSERT INTO curves VALUES (1, 7, 0, 1, 'x', 1, 1, 1, 1, x'00000000', 3)",
    "blob-loss": "INSERT INTO curves VALUES (1, 7, 0, 1, x'00', 1, 1, 1, 1, x'00000000', 3)",
    "huge-start": f"INSERT INTO curves VALUES (1, {2**63 - 1}, 0, 1, 1, 1, 1, 1, 1, x'0000', 3)",
    "negative-start": "INSERT INTO curves VALUES (1, -9, 0, 1, 1, 1, 1, 1, 1, x'00000000', 3)",
    "infinite-time": "INSERT INTO curves VALUES (1, 7, 0, 9e999, 1, 1, 1, 1, 1, x'00000000', 3)",
    "short-norms": "INSERT INTO curves VALUES (1, 7, 0, 1, 1, 1, 1, 1, 1, x'0000', 3)",
    "long-norms": f"INSERT INTO curves VALUES (1, 7, 0, 1, 1, 1, 1, 1, 1, x'{'00' * 40}', 3)",
    "no-norms": "INSERT INTO curves VALUES (1, 7, 0, 1, 1, 1, 1, 1, 1, NULL, 3)",
    "blob-split": "INSERT INTO evaluations VALUES (1, 0, x'ff', 1, 1, 3)",
    "text-score": "INSERT INTO evaluations VALUES (1, 0, 'test', 'x', 'y', 3)",
    "foreign-arm": "INSERT INTO evaluations VALUES (1, 99, 'test', 1, 1, 3)",
    "text-seed": "INSERT INTO evaluations VALUES (1, 0, 'test', 1, 1, 'x')",
    "text-profile": "INSERT INTO profiles VALUES ('x', 0, 'update_ratio', 'y', 3)",
    "layout-text": "UPDATE meta SET value = 'x'",
    "layout-deep": f"UPDATE meta SET value = '{'[' * 5000}'",
    "layout-types": """UPDATE meta SET value = '[{"label": 1, "layers": "ab", "positions": []}]'""",
    "layout-blob": "UPDATE meta SET value = x'ff'",
    "other-columns": "ALTER TABLE curves RENAME COLUMN loss TO gain",
    "no-table": "DROP TABLE curves",
    "other-table": "DROP TABLE evaluations; CREATE TABLE evaluations (a, b)",
}


@dataclass(frozen=True)
class Variant:
    """One way to spoil a sound run."""

    name: str
    spoil: Spoil
    is_damaged: bool
    """Whether nothing but deletion is left; otherwise the rest of the run lives on."""


def build_sound_run() -> Path:
    """Makes a stopped run with one measured step."""
    folder = create_run(tiny_experiment())
    write_state(folder, WorkerState(phase="stopped", num_steps=12, checkpoint_step=0))
    writer = MetricsWriter(folder)
    with writer.transaction():
        layout = {"label": "residual", "layers": ["stem"], "positions": {"update_ratio": ["stem"]}}
        writer.write_meta("arms", [layout])
    writer.close()
    for name, text in (("name", "Sound"), ("control", "{}"), ("lock", "{}"), ("log", "")):
        (folder / name).write_text(text)
    return folder


def list_variants() -> Iterator[Variant]:
    """Lists every way."""
    for name in JSON_FILES:
        is_vital = name in VITAL_FILES
        for kind, content in _TEXTS.items():
            yield Variant(f"{name}-{kind}", _bytes(name, content), is_vital)
    for name in BYTE_FILES:
        for kind, content in _TEXTS.items():
            yield Variant(f"{name}-{kind}", _bytes(name, content), False)
    for name, fields in (("state.json", _STATES), ("config.json", _CONFIGS)):
        for field, values in fields.items():
            for number, value in enumerate(values):
                yield Variant(f"{name}-{field}-{number}", _field(name, field, value), True)
    for kind, statement in _ROWS.items():
        yield Variant(f"{STORE_NAME}-{kind}", _statement(statement), False)
    for name in (*JSON_FILES, *BYTE_FILES, *FOLDERS, f"{STORE_NAME}-wal", f"{STORE_NAME}-shm"):
        for kind, make in _SHAPES.items():
            if (kind, name) != ("giant", "log") and (kind != "folder" or name not in FOLDERS):
                is_vital = name in (*VITAL_FILES, *FOLDERS)
                yield Variant(f"{name}-{kind}", _shape(name, make), is_vital or kind != "giant")
    yield Variant("config.json-gone", lambda folder: (folder / "config.json").unlink(), True)
    yield Variant("state.json-gone", lambda folder: (folder / "state.json").unlink(), False)
    yield Variant("folder-link", _become_link, True)
    yield Variant("folder-file", _become_file, True)


def _bytes(name: str, content: bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(content)


def _field(name: str, field: str, value: Any) -> Spoil:
    def spoil(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        if isinstance(value, dict) and isinstance(content.get(field), dict):
            content[field] |= value
        else:
            content[field] = value
        (folder / name).write_text(json.dumps(content))

    return spoil


def _statement(statement: str) -> Spoil:
    def spoil(folder: Path) -> None:
        with closing(sqlite3.connect(folder / STORE_NAME)) as connection:
            connection.executescript(statement)

    return spoil


def _shape(name: str, make: Callable[[Path], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        make(path)

    return spoil


def _bind_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may have 107 characters
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(path.name)
    finally:
        os.chdir(here)


def _be_giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**36)


def _become_link(folder: Path) -> None:
    target = folder.parent.parent / "elsewhere" / folder.name
    target.parent.mkdir(exist_ok=True)
    folder.rename(target)
    folder.symlink_to(target)


def _become_file(folder: Path) -> None:
    _become_link(folder)
    folder.unlink()
    folder.write_text("not a folder")


_SHAPES: dict[str, Callable[[Path], object]] = {
    "folder": lambda path: (path / "inner").mkdir(parents=True),
    "pipe": os.mkfifo,
    "link-out": lambda path: path.symlink_to("/etc/hostname"),
    "link-to-folder": lambda path: path.symlink_to("/tmp"),
    "link-dangling": lambda path: path.symlink_to(path.parent.parent.parent / "made-by-the-lab"),
    "link-loop": lambda path: path.symlink_to(path.name),
    "socket": _bind_socket,
    "giant": _be_giant,
}
