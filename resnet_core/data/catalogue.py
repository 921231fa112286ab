"""Which data sets there are, and whether they can be used at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from resnet_core.data.cache import cache_path, read_cache_header
from resnet_core.data.fetching import (
    has_files,
    has_partial_files,
    published_source,
)
from resnet_core.data.layouts.readers import read_layout
from resnet_core.data.published import PUBLISHED_SETS, PublishedSet
from resnet_core.data.source import Source
from resnet_core.data.synthetic import NUM_PICTURES, SIZE_PX, synthetic_source
from resnet_core.errors import DataError, DataMissingError
from resnet_core.pictures.names import plain_name

Status = Literal["ready", "downloadable", "partial", "damaged"]


@dataclass(frozen=True, kw_only=True)
class SourceInfo:
    """A data set in the list."""

    name: str
    """What a config calls it."""
    title: str
    """What pages call it."""
    description: str
    """One sentence."""
    num_classes: int
    """Classes."""
    image_size_px: int
    """Side of a picture, px."""
    channels: int
    """1 for gray, 3 for colour."""
    num_pictures: int
    """Pictures in all parts."""
    status: Status
    """`ready` at once, `downloadable`, `partial` (a download to be resumed), or `damaged` (decoded
    files that are incomplete: they are made again from a new download)."""
    download_mib: float
    """What must be downloaded, MiB; 0 where nothing must."""


def list_sources() -> tuple[SourceInfo, ...]:
    """Lists the data sets that a config can name; looks at files, never at the network."""
    source = synthetic_source()
    synthetic = SourceInfo(
        name=source.name,
        title=source.title,
        description="Ten figures in many colours, drawn by this program; needs no network.",
        num_classes=len(source.class_names),
        image_size_px=SIZE_PX,
        channels=3,
        num_pictures=sum(NUM_PICTURES.values()),
        status="ready",
        download_mib=0.0,
    )
    return (synthetic, *(_published_info(published) for published in PUBLISHED_SETS.values()))


def find_source(name: str) -> Source:
    """Finds a source by its name in the catalogue, or by its path; decodes and fetches nothing.

    Raises:
        DataMissingError: if there is none.
        ArchiveError: if it is a zip or parquet file that is damaged.
        DataError: if it is a folder or file that is no data set.
    """
    if name == "synthetic":
        return synthetic_source()
    if name in PUBLISHED_SETS:
        return published_source(PUBLISHED_SETS[name])
    if "://" in name:
        raise DataMissingError(
            f"'{plain_name(name)}' is an address, and nothing is fetched from one: download the "
            "file, and give its path."
        )
    path = _expand(name)
    try:
        if not name.strip() or (not path.is_file() and not path.is_dir()):
            raise DataMissingError(
                f"There is no data set, folder or file '{plain_name(name)}': choose "
                f"{', '.join(info.name for info in list_sources())}, or give a path that exists."
            )
        return read_layout(path)
    except RecursionError as exc:
        raise DataError(
            f"'{plain_name(name)}' holds folders within folders, too many to be followed: give the "
            "folder that holds the classes."
        ) from exc
    except OSError as exc:
        raise DataError(f"'{plain_name(name)}' cannot be read: check its permissions.") from exc


def _published_info(published: PublishedSet) -> SourceInfo:
    status = _published_status(published)
    return SourceInfo(
        name=published.name,
        title=published.title,
        description=published.description,
        num_classes=len(published.class_names),
        image_size_px=published.image_size_px,
        channels=published.channels,
        num_pictures=sum(published.counts.values()),
        status=status,
        download_mib=0.0 if status == "ready" else published.download_mib,
    )


def _published_status(published: PublishedSet) -> Status:
    folder = cache_path(published_source(published), None)
    if has_files(published) or read_cache_header(folder):
        return "ready"
    if folder.exists():
        return "damaged"
    return "partial" if has_partial_files(published) else "downloadable"


def _expand(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as exc:
        raise DataMissingError(
            f"'{plain_name(name)}' begins with the home of a user that this machine does not "
            "have: give the whole path."
        ) from exc
