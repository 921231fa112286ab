"""Pictures to take from a data set: the ones that nothing was trained on."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pages.ui.jobs import shown, submit
from pages.ui.nets import LoadedNet
from pages.ui.resources import list_data_sources
from pages.ui.shared import SharedCache
from resnet_core.config import DataConfig
from resnet_core.data import Split, load_dataset
from resnet_core.data.synthetic import NUM_PICTURES, draw_pictures, synthetic_source
from resnet_core.errors import ResNetLabError
from resnet_core.progress import Progress
from resnet_core.training.runs import read_config


class Shelf(Protocol):
    """Pictures with labels."""

    @property
    def title(self) -> str:
        """What pages call the data set."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """Name of each label."""
        ...

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64."""
        ...

    def pictures(self, indices: np.ndarray) -> np.ndarray:
        """Takes pictures by number; uint8 (n, H, W, C)."""
        ...


@dataclass(frozen=True, eq=False)
class SplitShelf:
    """The test pictures of a data set on disk."""

    title: str
    class_names: tuple[str, ...]
    split: Split

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64."""
        return self.split.labels

    def pictures(self, indices: np.ndarray) -> np.ndarray:
        """Takes pictures by number; uint8 (n, H, W, C)."""
        return np.asarray(self.split.images[indices])


class SyntheticShelf:
    """The embedded test pictures, drawn as they are asked for: none must be stored first."""

    title = synthetic_source().title
    class_names = synthetic_source().class_names
    labels = np.arange(NUM_PICTURES["test"]) % len(synthetic_source().class_names)

    def pictures(self, indices: np.ndarray) -> np.ndarray:
        """Takes pictures by number; uint8 (n, 32, 32, 3)."""
        return np.stack([_synthetic_picture(int(index)) for index in indices])


def list_shelves(net: LoadedNet) -> dict[str, str]:
    """Lists data sets that can be opened at once, name to title, the net's own first."""
    ready = [source for source in list_data_sources() if source.status == "ready"]
    ready.sort(key=lambda source: source.title != net.card.data_title)
    titles = {source.name: source.title for source in ready}
    own = _source_of_run(net.source.run_id)
    return {own: titles.get(own, net.card.data_title)} | titles if own else titles


def open_shelf(name: str) -> Shelf | None:
    """Opens a data set, or shows how far that is and gives `None`."""
    if name == "synthetic":
        return _SYNTHETIC
    job = submit(("shelf", name), lambda progress: _load(name, progress), lane="slow")
    return shown(job, "Opening the pictures")


def _synthetic_picture(number: int) -> np.ndarray:
    return _pictures.get(number, lambda: _draw(number))


def _draw(number: int) -> np.ndarray:
    (picture,), _ = draw_pictures("test", number, number + 1)
    picture.setflags(write=False)  # all sessions share it
    return picture


def _load(name: str, progress: Progress) -> Shelf:
    data = load_dataset(DataConfig(source=name), progress=progress)
    return SplitShelf(data.card.title, data.card.class_names, data.test)


def _source_of_run(run_id: str | None) -> str | None:
    try:
        return read_config(run_id).data.source if run_id else None
    except ResNetLabError:
        return None


_SYNTHETIC = SyntheticShelf()
# All of them are 6 MB; each takes a millisecond to draw, and ten stand on a page.
_pictures: SharedCache[np.ndarray] = SharedCache(NUM_PICTURES["test"])
