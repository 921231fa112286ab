"""Training pictures for a net: those whose loss its training lowered."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from resnet_core.asking.copies import OTHER_SET, set_distance
from resnet_core.asking.labelled_sets import list_labelled_sets
from resnet_core.asking.net import ReadyNet
from resnet_core.checkpoints.class_matching import NamedClasses, match_classes
from resnet_core.checkpoints.naming import learned_data
from resnet_core.config import DataConfig
from resnet_core.data import Batch, SourceInfo, load_dataset
from resnet_core.data.randomness import ORDER, random_permutation
from resnet_core.data.synthetic import NUM_PICTURES, draw_pictures, synthetic_source
from resnet_core.errors import ProbeError
from resnet_core.explain import normalise_pictures
from resnet_core.progress import Progress, ignore_progress

_FEWEST, _MOST = 2, 4096
_READ_TOGETHER = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingPictures:
    """Some training pictures of a data set as a net sees them, without augmentation."""

    title: str
    """What pages call the data set."""
    key: str
    """Changes whenever a picture or a label does."""
    batch: Batch
    """Pictures and labels, on the net's device."""


def own_set(net: ReadyNet, sources: Sequence[SourceInfo]) -> str:
    """Names the data set that a net learned, or a copy of it, among those at hand.

    Raises:
        ProbeError: where it is not at hand.
    """
    listed = list_labelled_sets(net, sources)
    name, title = next(iter(listed.items()))
    if set_distance(title, net.card.data_title) == OTHER_SET:
        learned = learned_data(net.card.name, net.card.data_title)
        raise ProbeError(
            f"{net.card.name} learned {learned}, which is not at hand: name a data set "
            "of the same classes, or the path of a folder of pictures."
        )
    return name


def draw_training_pictures(
    net: ReadyNet,
    source: str,
    count: int,
    *,
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> TrainingPictures:
    """Draws pictures of a data set's training part; fewer where it has no more.

    Args:
        net: which sees them, by its size, mean and standard deviation.
        source: a data set's name or path.
        count: how many.
        seed: of the choice.
        progress: told while they are read; it may cancel.

    Raises:
        ProbeError: for a number out of range.
        CheckpointError: where the net does not know the classes.
        DataError: when the data set cannot be had.
        CancelledError: if `progress` cancels.
    """
    if not _FEWEST <= count <= _MOST:
        raise ProbeError(f"{_FEWEST} to {_MOST:,} pictures can be taken, got {count:,}.")
    progress("Reading the pictures")
    named, pixels, labels = _read(net, source, count, seed, progress)
    numbers = np.array(match_classes(net.card, named).outputs, np.int64)[labels]
    return TrainingPictures(
        title=named.title,
        key=_key(pixels, numbers),
        batch=_batch(net, pixels, numbers),
    )


def _read(
    net: ReadyNet, source: str, count: int, seed: int, progress: Progress
) -> tuple[NamedClasses, np.ndarray, np.ndarray]:
    """Names of the classes, pictures as the net sees them, uint8 (N, S, S, C), and labels (N,)."""
    named: NamedClasses = synthetic_source()
    if source == "synthetic":  # drawn as they are asked for: none must be stored first
        chosen = _order(NUM_PICTURES["train"], seed)[:count]
        drawn = [draw_pictures("train", int(n), int(n) + 1) for n in chosen]
        pixels = np.concatenate([pictures for pictures, _ in drawn])
        labels = np.concatenate([each for _, each in drawn])
    else:
        config = net.as_measured(DataConfig(source=source))
        data = load_dataset(config, progress=progress, needs=("train",))
        chosen = np.sort(_order(len(data.train), seed)[:count])
        pixels, labels = np.asarray(data.train.images[chosen]), data.train.labels[chosen]
        named = data.card
    return named, np.stack([net.see_pixels(each).pixels for each in pixels]), labels


def _order(total: int, seed: int) -> np.ndarray:
    return random_permutation(total, ORDER, seed)


def _batch(net: ReadyNet, pixels: np.ndarray, labels: np.ndarray) -> Batch:
    parts = [
        normalise_pictures(pixels[start : start + _READ_TOGETHER], net.card)
        for start in range(0, len(pixels), _READ_TOGETHER)
    ]
    images = torch.cat(parts).to(net.device).to(memory_format=torch.channels_last)
    return Batch(images, torch.from_numpy(labels).to(net.device))


def _key(pixels: np.ndarray, labels: np.ndarray) -> str:
    content = hashlib.sha256(np.ascontiguousarray(pixels).tobytes())
    content.update(labels.tobytes())
    return content.hexdigest()[:16]
