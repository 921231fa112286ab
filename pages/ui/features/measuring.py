"""Measurements of the Feature maps page, in threads, each done once."""

from collections.abc import Iterator

import numpy as np
import torch

from pages.ui.jobs import Job, submit
from pages.ui.nets import LoadedNet, list_steps
from pages.ui.picture_choice import PickedPicture
from pages.ui.shelves import Shelf
from resnet_core.checkpoints import load_checkpoint
from resnet_core.data import Batch
from resnet_core.explain import (
    describe_layer,
    find_map_layer,
    list_map_layers,
    matching_layer,
    prepare_pictures,
    recommended_layer,
)
from resnet_core.probes.channels import ChannelStatistics, measure_channels
from resnet_core.probes.features import (
    BlockParts,
    FeatureMaps,
    list_blocks,
    measure_block,
    measure_features,
)
from resnet_core.progress import Progress

Steps = tuple[tuple[int, FeatureMaps], ...]
"""A layer's maps at each saved step, in order of training."""

_BATCH = 25
_SMALL_SIDE_PX = 64


def layer_paths(net: LoadedNet) -> tuple[str, ...]:
    """Paths of stem and blocks in forward order."""
    return tuple(layer.path for layer in list_map_layers(net.model, net.card.image_size_px))


def first_path(net: LoadedNet) -> str:
    """Path of the deepest layer whose map tells places apart."""
    return recommended_layer(net.model, net.card.image_size_px).path


def describe_path(net: LoadedNet, path: str) -> str:
    """Says what a map of the layer can show."""
    layer = find_map_layer(net.model, net.card.image_size_px, path)
    return describe_layer(net.model, layer)


def matching_path(net: LoadedNet, path: str) -> str:
    """Path of the layer that stands in this net where `path` stands in another."""
    return matching_layer(net.model, net.card.image_size_px, path).path


def matching_block(net: LoadedNet, path: str) -> str:
    """Path of the block that stands in this net where `path` stands in another."""
    blocks = list_blocks(net.model)
    found = matching_path(net, path)
    return found if found in blocks else blocks[-1]


def submit_features(
    net: LoadedNet, picture: PickedPicture, paths: tuple[str, ...]
) -> Job[tuple[FeatureMaps, ...]]:
    """Takes the maps of layers for one picture."""
    pixels = picture.seen(net.card)

    def work(progress: Progress) -> tuple[FeatureMaps, ...]:
        with net.use() as model:
            return measure_features(model, prepare_pictures(pixels, net.card), paths)

    return submit(("features", net.source.key, picture.key, paths), work)


def submit_block(net: LoadedNet, picture: PickedPicture, path: str) -> Job[BlockParts]:
    """Takes what a block's addition joins."""
    pixels = picture.seen(net.card)

    def work(progress: Progress) -> BlockParts:
        with net.use() as model:
            return measure_block(model, prepare_pictures(pixels, net.card), path)

    return submit(("block", net.source.key, picture.key, path), work)


def submit_statistics(net: LoadedNet, shelf: Shelf, path: str) -> Job[ChannelStatistics]:
    """Shows a net the pictures of a data set; their numbers are those of `sampled_numbers`."""
    numbers = sampled_numbers(net, shelf)

    def work(progress: Progress) -> ChannelStatistics:
        num_seen = 0

        def tell(message: str, fraction: float | None = None) -> None:
            nonlocal num_seen
            num_seen += _BATCH
            progress(message, min(1.0, num_seen / len(numbers)))

        with net.use(for_long=True) as model:
            return measure_channels(
                model,
                path,
                _batches(net, shelf, numbers),
                num_classes=len(shelf.class_names),
                progress=tell,
            )

    key = ("statistics", net.source.key, shelf.title, len(numbers), path)
    return submit(key, work, lane="slow")


def sampled_numbers(net: LoadedNet, shelf: Shelf) -> np.ndarray:
    """Which pictures of a data set are shown: evenly spread, fewer where pictures are large."""
    most = 500 if net.card.image_size_px <= _SMALL_SIDE_PX else 100
    total = len(shelf.labels)
    return np.linspace(0, total - 1, min(most, total)).astype(np.int64)


def submit_steps(net: LoadedNet, picture: PickedPicture, path: str) -> Job[Steps]:
    """Takes a layer's maps at every saved step of the net's run."""
    assert net.source.run_id is not None
    sources = list_steps(net.source.run_id, net.source.arm)
    pixels = picture.seen(net.card)

    def work(progress: Progress) -> Steps:
        found = []
        for number, source in enumerate(sources, start=1):
            assert source.path is not None
            model, card = load_checkpoint(source.path)
            images = prepare_pictures(pixels, card)
            found.append((source.step, measure_features(model, images, [path])[0]))
            progress(f"step {source.step:,}", number / len(sources))
        return tuple(found)

    key = ("steps", tuple(source.key for source in sources), picture.key, path)
    return submit(key, work)


def _batches(net: LoadedNet, shelf: Shelf, numbers: np.ndarray) -> Iterator[Batch]:
    for start in range(0, len(numbers), _BATCH):
        chosen = numbers[start : start + _BATCH]
        seen = [
            PickedPicture(name="", pixels=pixels).seen(net.card)
            for pixels in shelf.pictures(chosen)
        ]
        labels = torch.from_numpy(shelf.labels[chosen])
        yield Batch(prepare_pictures(np.stack(seen), net.card), labels)
