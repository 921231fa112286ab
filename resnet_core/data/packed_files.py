"""Whole files of a data set by their names, from a folder, a zip or a tar archive."""

from collections.abc import Collection
from pathlib import Path

from resnet_core.data.archives import ArchiveLimits, open_archive
from resnet_core.data.tars import open_tar
from resnet_core.errors import ArchiveError
from resnet_core.pictures.names import plain_name

_ZIP_MAGIC = b"PK"


def read_packed(place: Path, names: Collection[str], *, limits: ArchiveLimits) -> dict[str, bytes]:
    """Reads files; of an archive no further than to the last of them.

    Args:
        place: a folder or an archive.
        names: paths within it, with `/` between their parts.
        limits: how large a file and the archive may be.

    Raises:
        ArchiveError: if one is missing, damaged or too large, or the archive is unsafe.
        OSError: if the place cannot be read.
    """
    if place.is_dir():
        return {name: _from_folder(place, name, limits) for name in names}
    with place.open("rb") as file:
        is_zip = file.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC
    found: dict[str, bytes] = {}
    for member in (open_archive if is_zip else open_tar)(
        place, name=place.name, limits=limits, only=names
    ):
        if member.problem:
            raise ArchiveError(member.problem)
        found[member.name] = member.data
    for name in names:
        if name not in found:
            raise _lacking(place, name)
    return found


def _from_folder(folder: Path, name: str, limits: ArchiveLimits) -> bytes:
    path = folder / name
    if not path.is_file():  # a pipe would be waited for
        raise _lacking(folder, name)
    with path.open("rb") as file:
        content = file.read(limits.member_bytes + 1)
    if len(content) > limits.member_bytes:
        raise ArchiveError(
            f"'{plain_name(path.name)}' has more than {limits.member_bytes / 2**20:,.0f} MB, the "
            "most that is read of one file."
        )
    return content


def _lacking(place: Path, name: str) -> ArchiveError:
    shown = plain_name(name.rpartition("/")[2])
    return ArchiveError(
        f"'{plain_name(place.name)}' lacks its part '{shown}': delete it and try again."
    )
