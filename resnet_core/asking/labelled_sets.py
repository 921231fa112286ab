"""Labelled pictures to show to nets: the ones that nothing was trained on."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from resnet_core.asking.asked import AskedNet
from resnet_core.asking.copies import set_distance
from resnet_core.asking.net import ReadyNet
from resnet_core.checkpoints import ClassMatching, match_classes
from resnet_core.config import DataConfig
from resnet_core.data import SourceInfo, Split, load_dataset
from resnet_core.data.splits import stratified_order
from resnet_core.data.synthetic import NUM_PICTURES, draw_pictures, synthetic_source
from resnet_core.errors import ResNetLabError
from resnet_core.progress import Progress
from resnet_core.runs.status import read_config

_SPREAD = 20_260_911
"""Names the draw of `spread_numbers`."""


class LabelledSet(Protocol):
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
class SplitSet:
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


class SyntheticSet:
    """The embedded test pictures, drawn as they are asked for: none must be stored first."""

    title = synthetic_source().title
    class_names = synthetic_source().class_names
    labels = np.arange(NUM_PICTURES["test"]) % len(synthetic_source().class_names)

    def pictures(self, indices: np.ndarray) -> np.ndarray:
        """Takes pictures by number; uint8 (n, 32, 32, 3)."""
        return np.stack([_synthetic_picture(int(index)) for index in indices])


@dataclass(frozen=True, eq=False)
class RelabelledSet:
    """Pictures of another set, under the classes of a net."""

    pictures_of: LabelledSet
    class_names: tuple[str, ...]
    labels: np.ndarray
    """(N,) int64, the net's outputs."""

    @property
    def title(self) -> str:
        """What pages call the data set."""
        return self.pictures_of.title

    def pictures(self, indices: np.ndarray) -> np.ndarray:
        """Takes pictures by number; uint8 (n, H, W, C)."""
        return self.pictures_of.pictures(indices)


def with_net_classes(
    net: ReadyNet, labelled: LabelledSet, said: Mapping[str, str] | None = None
) -> tuple[LabelledSet, ClassMatching]:
    """Gives pictures under a net's own classes, and what theirs were taken for.

    Args:
        net: whose answers are to be judged.
        labelled: the pictures.
        said: what a person said: a class of the data to the net's that it is.

    Raises:
        CheckpointError: when the net does not know a class.
        ConfigError: when what the person said names a class that is not there.
    """
    matching = match_classes(net.card, labelled, said)
    if matching.outputs == tuple(range(len(labelled.class_names))):
        return labelled, matching
    labels = np.array(matching.outputs, np.int64)[labelled.labels]
    return RelabelledSet(labelled, matching.class_names, labels), matching


def list_labelled_sets(net: AskedNet, sources: Sequence[SourceInfo]) -> dict[str, str]:
    """Lists data sets that can be opened at once, name to title, the net's own first.

    Args:
        net: which is to be shown the pictures.
        sources: the data sets that the catalogue knows.
    """
    ready = [source for source in sources if source.status == "ready"]
    ready.sort(key=lambda source: set_distance(source.title, net.card.data_title))
    titles = {source.name: source.title for source in ready}
    own = _source_of_run(net.source.run_id)
    return {own: titles.get(own, net.card.data_title)} | titles if own else titles


def load_labelled_set(net: AskedNet, name: str, progress: Progress) -> LabelledSet:
    """Opens a data set's test pictures, resized as for the figures of a net.

    Raises:
        DataError: when it cannot be had.
        CancelledError: if `progress` cancels.
    """
    if name == "synthetic":
        return SyntheticSet()
    config = net.as_measured(DataConfig(source=name))
    data = load_dataset(config, progress=progress, needs=("test",))
    return SplitSet(data.card.title, data.card.class_names, data.test)


def shown_numbers(
    labelled: LabelledSet, class_name: str | None, start: int, count: int
) -> np.ndarray:
    """Numbers of the pictures of a class, or of all, that are shown from a place on, in a ring."""
    numbers = np.arange(len(labelled.labels))
    if class_name is not None:
        numbers = numbers[labelled.labels == labelled.class_names.index(class_name)]
    return np.roll(numbers, -(start % max(1, len(numbers))))[:count]


def spread_numbers(labelled: LabelledSet, most: int) -> np.ndarray:
    """Numbers of at most so many pictures, each class with its share of them, in rising order.

    Always the same ones for the same labels.  An even stride would not do: where labels repeat in
    the order of a set, as in the synthetic one, it passes over some classes and not over others.
    """
    return np.sort(stratified_order(labelled.labels, _SPREAD)[:most])


def class_of(labelled: LabelledSet, number: int) -> str:
    """Name of a picture's class."""
    return labelled.class_names[int(labelled.labels[number])]


def _source_of_run(run_id: str | None) -> str | None:
    try:
        return read_config(run_id).data.source if run_id else None
    except ResNetLabError:
        return None


# All of them are 6 MB; each takes a millisecond to draw, and ten stand on a page.
@functools.lru_cache(maxsize=NUM_PICTURES["test"])
def _synthetic_picture(number: int) -> np.ndarray:
    (picture,), _ = draw_pictures("test", number, number + 1)
    picture.setflags(write=False)  # all sessions share it
    return picture
