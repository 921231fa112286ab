"""Published data sets on this machine: found, or fetched from the first mirror that has them."""

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

from resnet_core.data.download import download_file
from resnet_core.data.idx import find_idx_files, read_idx_chunks
from resnet_core.data.published import Mirror, PublishedSet, Reader
from resnet_core.data.source import Chunk, Part, PicturePlan, Source
from resnet_core.errors import DataError, OfflineError
from resnet_core.paths import data_dir
from resnet_core.progress import Progress


def published_source(published: PublishedSet) -> Source:
    """Describes a published set; nothing is fetched before it is read."""
    parts: tuple[Part, ...] = ("train", "test")
    return Source(
        name=published.name,
        key=f"published {published.name}",
        origin=f"{published.name} as published",
        title=published.title,
        class_names=published.class_names,
        provenance=f"{published.title} as published, every pixel as its authors gave it.",
        parts=parts,
        read_chunks=functools.partial(_read_chunks, published),
    )


def has_files(published: PublishedSet) -> bool:
    """Whether all files of a set lie on this machine."""
    return _locate(published) is not None


def has_partial_files(published: PublishedSet) -> bool:
    """Whether a download of this set began and did not end."""
    return any(download_dir(published).rglob("*.part"))


def download_dir(published: PublishedSet) -> Path:
    """Where downloaded files of a set are kept."""
    return data_dir() / "downloads" / published.name


def _locate(published: PublishedSet) -> tuple[Path, Reader] | None:
    if published.packaged and set(find_idx_files(published.packaged)) == {"train", "test"}:
        return published.packaged, read_idx_chunks
    for mirror in published.mirrors:
        folder = _mirror_dir(published, mirror)
        if all((folder / file.filename).is_file() for file in mirror.files):
            return folder, mirror.read
    return None


def _mirror_dir(published: PublishedSet, mirror: Mirror) -> Path:
    """Mirrors that send the same files share a folder, and so each other's half downloads."""
    sums = " ".join(f"{file.filename} {file.checksum}" for file in mirror.files)
    return download_dir(published) / hashlib.sha256(sums.encode()).hexdigest()[:8]


def _fetch(published: PublishedSet, progress: Progress) -> tuple[Path, Reader]:
    problems: list[DataError] = []
    for mirror in published.mirrors:
        folder = _mirror_dir(published, mirror)
        try:
            for file in mirror.files:
                download_file(file, folder, progress)
        except DataError as exc:
            problems.append(exc)
        else:
            return folder, mirror.read
    hosts = " and ".join(dict.fromkeys(m.files[0].host for m in published.mirrors))
    if all(isinstance(problem, OfflineError) for problem in problems):
        raise OfflineError(
            f"{published.title} is not on this machine, and {hosts} cannot be reached: connect to "
            "the network and try again (what has arrived is kept), or choose the synthetic set or "
            "a folder of your own."
        ) from problems[-1]
    raise DataError(
        f"{published.title} could not be downloaded: " + " ".join(map(str, problems))
    ) from problems[-1]


def _read_chunks(
    published: PublishedSet, part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    folder, read = _locate(published) or _fetch(published, progress)
    count = 0
    for chunk in read(folder, part, plan, progress):
        count += len(chunk.labels)
        yield chunk
    if count != published.counts[part]:
        raise DataError(
            f"The {part} files of {published.title} in '{folder}' hold {count:,} pictures, not "
            f"{published.counts[part]:,}: delete that folder and try again."
        )
