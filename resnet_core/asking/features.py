"""What layers of a net make of pictures: which layers, over training, and over a whole labelled."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from resnet_core.asking.labelled_sets import LabelledSet, spread_numbers
from resnet_core.asking.loading import load_source
from resnet_core.asking.net import ReadyNet
from resnet_core.asking.net_sources import NetSource
from resnet_core.data import Batch
from resnet_core.explain import matching_layer, normalise_pictures
from resnet_core.probes.channels import ChannelStatistics, measure_channels
from resnet_core.probes.features import FeatureMaps, list_blocks
from resnet_core.progress import Progress

Steps = tuple[tuple[int, FeatureMaps], ...]
"""A layer's maps at each saved step, in order of training."""

_BATCH = 25
_SMALL_SIDE_PX = 64
_MOST_SMALL, _MOST_LARGE = 500, 100


def matching_path(net: ReadyNet, path: str) -> str:
    """Path of the layer that stands in this net where `path` stands in another."""
    return matching_layer(net.model, net.card.image_size_px, path).path


def matching_block(net: ReadyNet, path: str) -> str:
    """Path of the block that stands in this net where `path` stands in another."""
    blocks = list_blocks(net.model)
    found = matching_path(net, path)
    return found if found in blocks else blocks[-1]


def sampled_numbers(net: ReadyNet, labelled: LabelledSet) -> np.ndarray:
    """Which pictures of a data set are shown: of all classes, fewer where pictures are large."""
    most = _MOST_SMALL if net.card.image_size_px <= _SMALL_SIDE_PX else _MOST_LARGE
    return spread_numbers(labelled, most)


def measure_statistics(
    net: ReadyNet, labelled: LabelledSet, path: str, progress: Progress
) -> ChannelStatistics:
    """Shows a net the pictures of a data set; their numbers are those of `sampled_numbers`.

    Raises:
        ProbeError: when a layer's maps cannot be measured.
        CancelledError: if `progress` cancels.
    """
    numbers, num_seen = sampled_numbers(net, labelled), 0

    def tell(message: str, fraction: float | None = None) -> None:
        nonlocal num_seen
        num_seen += _BATCH
        progress(message, min(1.0, num_seen / len(numbers)))

    with net.use(for_long=True) as model:
        return measure_channels(
            model,
            path,
            _batches(net, labelled, numbers),
            num_classes=len(labelled.class_names),
            progress=tell,
        )


def measure_steps(
    sources: Sequence[NetSource], pixels: np.ndarray, path: str, progress: Progress
) -> Steps:
    """Takes a layer's maps at every saved step of a run's arm.

    Args:
        sources: the steps, in order of training.
        pixels: uint8 (S, S, C), the picture as the net sees it.
        path: of the layer.
        progress: told after each step; it may cancel.

    Raises:
        CheckpointError: when a file is gone or damaged.
        ProbeError: when a layer's maps cannot be measured.
        CancelledError: if `progress` cancels.
    """
    found = []
    for number, source in enumerate(sources, start=1):
        found.append((source.step, load_source(source).maps(pixels, [path])[0]))
        progress(f"step {source.step:,}", number / len(sources))
    return tuple(found)


def _batches(net: ReadyNet, labelled: LabelledSet, numbers: np.ndarray) -> Iterator[Batch]:
    for start in range(0, len(numbers), _BATCH):
        chosen = numbers[start : start + _BATCH]
        seen = [net.see_pixels(pixels).pixels for pixels in labelled.pictures(chosen)]
        labels = torch.from_numpy(labelled.labels[chosen])
        yield Batch(normalise_pictures(np.stack(seen), net.card), labels)
