"""Where pictures to classify come from: files, folders and zip archives, one at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resnet_core.asking.answers import Refusal
from resnet_core.data.archives import open_archive
from resnet_core.errors import ArchiveError

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_CRUFT = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class PictureSource:
    """One file that should be a picture."""

    name: str
    """What the person calls it; to be shown as text only."""
    content: bytes | Path


def list_picture_sources(paths: Iterable[Path]) -> Iterator[PictureSource | Refusal]:
    """Gives the files behind paths in order: a folder's, sorted, with its subfolders; a zip's.

    Nothing is unpacked to the disk, and at most one member of an archive is in memory.
    """
    for path in paths:
        if path.is_dir():
            yield from _folder_sources(path)
        else:
            yield from expand_source(PictureSource(str(path), path))


def expand_source(source: PictureSource) -> Iterator[PictureSource | Refusal]:
    """Gives the members of a zip archive, judged by its content, or the file itself."""
    if not _is_archive(source.content):
        yield source
        return
    try:
        is_empty = True
        for member in open_archive(source.content, name=source.name):
            is_empty = False
            name = f"{source.name}/{member.name}"
            problem = member.problem
            yield Refusal(name, problem) if problem else PictureSource(name, member.data)
        if is_empty:
            yield Refusal(source.name, f"'{source.name}' holds no files: add pictures to it.")
    except ArchiveError as exc:
        yield Refusal(source.name, str(exc))


def _folder_sources(folder: Path) -> Iterator[PictureSource | Refusal]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _is_cruft(path)]
    if not files:
        yield Refusal(str(folder), f"'{folder.name}' holds no files: choose a folder of pictures.")
    for path in files:
        yield PictureSource(str(path), path)


def _is_cruft(path: Path) -> bool:
    return path.name.startswith("._") or path.name in _CRUFT or "__MACOSX" in path.parts


def _is_archive(content: bytes | Path) -> bool:
    if isinstance(content, bytes):
        return content.startswith(_ZIP_STARTS)
    try:
        if not content.is_file():  # a pipe would be waited for
            return False
        with content.open("rb") as file:
            return file.read(4) in _ZIP_STARTS
    except OSError:
        return False  # the picture door says what is wrong with it
