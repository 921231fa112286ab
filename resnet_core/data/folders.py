"""A person's own pictures: a folder of class folders, or a zip archive of one."""

import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from resnet_core.data.archives import list_archive, open_archive
from resnet_core.data.arrange import Arrangement, arrange_files
from resnet_core.data.decoding import EncodedPicture, decode_chunks
from resnet_core.data.source import Chunk, Part, PicturePlan, Source, source_name
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress


def folder_source(folder: Path) -> Source:
    """Describes a folder of class folders; lists its files, opens none.

    Raises:
        DataError: if it holds no pictures, no class folders, or fewer than two classes.
    """
    found = _list_files(folder)
    arrangement = arrange_files(found, folder.name)
    listing = "\n".join(f"{path}\t{size}\t{changed}" for path, (size, changed) in found.items())
    return Source(
        name=source_name(folder.name),
        key=str(folder.resolve()),
        origin=hashlib.sha256(listing.encode(errors="surrogateescape")).hexdigest(),
        title=plain_name(folder.name),
        class_names=arrangement.class_names,
        provenance=f"Read from a folder of class folders, '{plain_name(folder.name)}'."
        + arrangement.note,
        parts=tuple(arrangement.files),
        read_chunks=functools.partial(_read_folder, folder, arrangement),
    )


def zip_source(path: Path) -> Source:
    """Describes a zip archive of class folders.

    Raises:
        ArchiveError: if the archive is damaged or unsafe.
        DataError: if it holds no pictures, no class folders, or fewer than two classes.
    """
    arrangement = arrange_files(list_archive(path, name=path.name), path.name)
    status = path.stat()
    return Source(
        name=source_name(path.stem),
        key=str(path.resolve()),
        origin=f"{status.st_size} {status.st_mtime_ns}",
        title=plain_name(path.name),
        class_names=arrangement.class_names,
        provenance=f"Read from a zip archive, '{plain_name(path.name)}'." + arrangement.note,
        parts=tuple(arrangement.files),
        read_chunks=functools.partial(_read_zip, path, arrangement),
    )


def _list_files(folder: Path) -> dict[str, tuple[int, int]]:
    """Gives size and time of change of each file below a folder, by its path with `/`."""
    found: dict[str, tuple[int, int]] = {}
    for where, subfolders, filenames in os.walk(folder):
        subfolders.sort()
        for filename in sorted(filenames):
            path = Path(where, filename)
            try:
                status = path.stat()
            except OSError:
                continue  # a broken link, or a file that was just deleted
            found[path.relative_to(folder).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found


def _read_folder(
    folder: Path, arrangement: Arrangement, part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    files = arrangement.files[part]
    pictures = (EncodedPicture(path, folder / path, label) for path, label in files)
    return decode_chunks(pictures, len(files), plan, progress)


def _read_zip(
    path: Path, arrangement: Arrangement, part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    labels = dict(arrangement.files[part])
    pictures = (
        EncodedPicture(member.name, member.data, labels[member.name], member.problem)
        for member in open_archive(path, name=path.name, only=labels)
    )
    return decode_chunks(pictures, len(labels), plan, progress)
