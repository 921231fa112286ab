"""From a config to a data set: find the source, decode it once, split it."""

from collections.abc import Iterable

import numpy as np

from resnet_core.config import DataConfig
from resnet_core.data.cache import StoredSet, read_cache
from resnet_core.data.cache_writer import build_cache
from resnet_core.data.catalogue import find_source
from resnet_core.data.dataset import DataCard, DataSet, Split
from resnet_core.data.randomness import SPLIT, TEST_SPLIT
from resnet_core.data.source import PARTS, Part, Source
from resnet_core.data.splits import TEST_SHARE, hold_out, stratified_order
from resnet_core.errors import DataError
from resnet_core.progress import Progress, ignore_progress

Picked = tuple[Part, np.ndarray]  # a stored part, and the pictures taken from it


def load_dataset(
    config: DataConfig, *, progress: Progress = ignore_progress, needs: tuple[Part, ...] = ()
) -> DataSet:
    """Loads a data set: downloaded if it must be, decoded once, split as the config says.

    The validation split is drawn from the training pictures by `split_seed`, each class in
    proportion, unless the source brings its own.  A source without a test part gives a tenth of
    its pictures to one, the same tenth whatever the config.  `max_train` and `max_validation`
    then keep the classes in proportion, and a smaller maximum takes a part of a larger one's.
    A source without a training part is for measuring: what it does not bring stays empty.

    Args:
        config: which pictures, and how they are split.
        progress: told how far it is.
        needs: splits that must not be empty.

    Raises:
        DataMissingError: if the source is not there.
        OfflineError: if it must be downloaded and cannot be.
        ArchiveError: if its zip, parquet or idx file is damaged.
        DataError: if it holds no pictures, or fewer than two classes.
        StorageError: if the decoded pictures cannot be written.
        CancelledError: if `progress` cancels.
    """
    source = find_source(config.source)
    stored = read_cache(source, config.image_size_px, config.resizing)
    if stored is None:
        progress(f"Preparing {source.title}", 0.0)
        stored = build_cache(source, config.image_size_px, progress, config.resizing)
    if "validation" in stored.labels:
        progress(f"{source.title} brings its own validation pictures: none are drawn", None)
    picked = _pick(stored, config)
    for part in PARTS if "train" in stored.labels else ():
        if not len(picked[part][1]):
            raise DataError(
                f"{source.title} has too few pictures for a {part} split: add pictures to it."
            )
    refuse_missing(source.title, [part for part in PARTS if len(picked[part][1])], needs)
    return DataSet(
        card=_card(source, stored, picked, config.image_size_px),
        **{part: _read_split(stored, *where) for part, where in picked.items()},
    )


def refuse_missing(title: str, there: Iterable[Part], needs: tuple[Part, ...]) -> None:
    """Refuses a data set that lacks a part which somebody needs.

    Raises:
        DataError: saying what it has instead.
    """
    held = list(there)
    for part in needs:
        if part not in held:
            kinds = {"train": "training", "validation": "validation", "test": "test"}
            raise DataError(
                f"{title} has no {kinds[part]} pictures, only those of its {' and '.join(held)} "
                "folder: evaluate a net on them, or add a train folder."
            )


def _pick(stored: StoredSet, config: DataConfig) -> dict[Part, Picked]:
    if "train" not in stored.labels:
        return {part: _pick_whole(stored, part) for part in PARTS}
    train, test = _pick_test(stored)
    labels, seed = stored.labels["train"], config.split_seed
    held_part: Part = "validation" if "validation" in stored.labels else "train"
    if held_part == "validation":
        held = stratified_order(stored.labels["validation"], SPLIT, seed)
        train = train[stratified_order(labels[train], SPLIT, seed)]
    else:
        drawn, kept = hold_out(labels[train], config.validation_share, SPLIT, seed)
        held, train = train[drawn], train[kept]
    return {
        "train": ("train", train[: config.max_train]),
        "validation": (held_part, held[: config.max_validation]),
        "test": test,
    }


def _pick_whole(stored: StoredSet, part: Part) -> Picked:
    """Takes a part as it is; one that is not there has no pictures, but a shape."""
    if part in stored.labels:
        return part, np.arange(len(stored.labels[part]))
    return next(iter(stored.labels)), np.arange(0)


def _pick_test(stored: StoredSet) -> tuple[np.ndarray, Picked]:
    """Gives the training pictures that are left, and the test split."""
    labels = stored.labels
    if "test" in labels:
        return np.arange(len(labels["train"])), ("test", np.arange(len(labels["test"])))
    test, train = hold_out(labels["train"], TEST_SHARE, TEST_SPLIT)
    return np.sort(train), ("train", test)


def _read_split(stored: StoredSet, part: Part, indices: np.ndarray) -> Split:
    labels = stored.labels[part]
    if len(indices) == len(labels):
        return Split(stored.images[part], labels)
    indices = np.sort(indices)  # in file order, which disks like
    return Split(stored.images[part][indices], labels[indices])


def _card(
    source: Source, stored: StoredSet, picked: dict[Part, Picked], size_px: int | None
) -> DataCard:
    header = stored.header
    return DataCard(
        name=header.name,
        title=header.title,
        class_names=header.class_names,
        image_size_px=header.image_size_px,
        channels=header.channels,
        mean=header.mean,
        std=header.std,
        num_train=len(picked["train"][1]),
        num_validation=len(picked["validation"][1]),
        num_test=len(picked["test"][1]),
        sha256=header.sha256,
        provenance=header.provenance,
        skipped=header.skipped,
        num_skipped=header.num_skipped,
        resizing=header.resized_by(size_px),
        layout=source.layout,
        left_out=source.left_out,
    )
