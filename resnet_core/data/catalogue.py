"""Which data sets there are, and whether they can be used at once."""

from dataclasses import dataclass
from typing import Literal

from resnet_core.data.source import Source
from resnet_core.data.synthetic import NUM_PICTURES, SIZE_PX, synthetic_source
from resnet_core.errors import DataMissingError
from resnet_core.progress import Progress

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
    """`ready` at once, `downloadable`, `partial` (a download to be resumed), or `damaged`."""
    download_mib: float
    """What must be downloaded, MiB; 0 where nothing must."""


def list_sources() -> tuple[SourceInfo, ...]:
    """Lists the data sets that a config can name; looks at files, never at the network."""
    source = synthetic_source()
    return (
        SourceInfo(
            name=source.name,
            title=source.title,
            description="Ten shapes and textures, drawn by this program; needs no network.",
            num_classes=len(source.class_names),
            image_size_px=SIZE_PX,
            channels=3,
            num_pictures=sum(NUM_PICTURES.values()),
            status="ready",
            download_mib=0.0,
        ),
    )


def find_source(name: str, progress: Progress) -> Source:
    """Finds a source by its name in the catalogue, or by its path.

    Raises:
        DataMissingError: if there is none.
    """
    if name == "synthetic":
        return synthetic_source()
    raise DataMissingError(f"There is no data set or folder '{name}'.")
