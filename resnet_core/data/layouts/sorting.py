"""Which files may be pictures, which tell labels, and which surely are neither."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from resnet_core.data.source import LeftOut
from resnet_core.pictures.names import plain_name

_SYSTEM_NAMES = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}
_NOTE_SUFFIXES = {".txt", ".md", ".csv", ".tsv", ".json", ".xml", ".html", ".yaml", ".yml", ".pdf"}
_TABLE_SUFFIXES = {".csv", ".tsv", ".jsonl", ".json", ".txt"}
_PICTURE_SUFFIXES = {
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".png",
    ".gif",
    ".bmp",
    ".dib",
    ".tif",
    ".tiff",
    ".webp",
    ".avif",
    ".heic",
    ".heif",
    ".ppm",
    ".pgm",
    ".pbm",
    ".pnm",
    ".ico",
    ".tga",
    ".jp2",
}
_OTHER_SUFFIXES = {
    ".py",
    ".ipynb",
    ".m",
    ".r",
    ".sh",
    ".bat",
    ".jsonl",
    ".ndjson",
    ".log",
    ".cfg",
    ".ini",
    ".toml",
    ".lock",
    ".doc",
    ".docx",
    ".xls",
    ".xlsx",
    ".ods",
    ".numbers",
    ".ppt",
    ".pptx",
    ".rtf",
    ".tex",
    ".bib",
    ".zip",
    ".tar",
    ".gz",
    ".tgz",
    ".bz2",
    ".xz",
    ".7z",
    ".rar",
    ".parquet",
    ".arrow",
    ".npy",
    ".npz",
    ".mat",
    ".bin",
    ".cls",
    ".mdb",
    ".lmdb",
    ".pkl",
    ".pickle",
    ".h5",
    ".hdf5",
    ".db",
    ".sqlite",
    ".pt",
    ".pth",
    ".safetensors",
    ".onnx",
    ".tfrecord",
    ".mp4",
    ".avi",
    ".mov",
    ".wav",
    ".mp3",
    ".url",
    ".names",
}
_NAMED = 3


@dataclass(frozen=True)
class SortedFiles:
    """The files of a data set by what they may be."""

    candidates: tuple[str, ...]
    """What may be a picture, in order, as far as its name tells."""
    tables: tuple[str, ...]
    """What may tell labels."""
    notes: tuple[str, ...]
    """Texts and the like, tables among them."""
    system: tuple[str, ...]
    """Hidden files, and files that only serve an operating system."""


def sort_files(paths: Iterable[str]) -> SortedFiles:
    """Sorts files by their names alone, paths in alphabetical order."""
    kinds: dict[str, list[str]] = {"candidates": [], "tables": [], "notes": [], "system": []}
    for path in sorted(paths):
        suffix = _suffix(path)
        if not _is_shown(path):
            kinds["system"].append(path)
            continue
        if suffix in _TABLE_SUFFIXES:
            kinds["tables"].append(path)
        is_note = suffix in _NOTE_SUFFIXES or suffix in _TABLE_SUFFIXES
        kinds["notes" if is_note else "candidates"].append(path)
    return SortedFiles(**{kind: tuple(listed) for kind, listed in kinds.items()})


def is_surely_other(path: str) -> bool:
    """Whether a name ends as no picture's does."""
    return _suffix(path).partition("-")[0] in _OTHER_SUFFIXES  # such as .tfrecord-00000-of-00001


def is_surely_picture(path: str) -> bool:
    """Whether a name ends as a picture's does; a name without ending may still be one."""
    return _suffix(path) in _PICTURE_SUFFIXES


@dataclass
class Aside:
    """Collects what is left out, by reason."""

    files: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    folders: list[LeftOut] = field(default_factory=list)

    def add_files(self, why: str, paths: Iterable[str]) -> None:
        """Leaves out files one by one."""
        self.files[why].extend(paths)

    def add_folder(self, what: str, count: int, why: str) -> None:
        """Leaves out a folder as a whole."""
        self.folders.append(LeftOut(what=plain_name(what), count=count, why=why))

    def take(self, other: "Aside") -> None:
        """Adds what another one collected."""
        self.folders.extend(other.folders)
        for why, paths in other.files.items():
            self.add_files(why, paths)

    def listed(self) -> tuple[LeftOut, ...]:
        """What was left out, folders first; files of one reason together."""
        grouped = (
            LeftOut(what=name_some(paths), count=len(paths), why=why)
            for why, paths in self.files.items()
            if paths
        )
        return (*self.folders, *grouped)


def name_some(paths: Iterable[str]) -> str:
    """Names files by their last part, three at most, each once."""
    names = list(dict.fromkeys(plain_name(PurePosixPath(path).name) for path in paths))
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


def _is_shown(path: str) -> bool:
    parts = path.removeprefix("./").split("/")
    return not any(part.startswith(".") or part.lower() in _SYSTEM_NAMES for part in parts)


def _suffix(path: str) -> str:
    return posixpath.splitext(path)[1].lower()
