"""A data set as the lab holds it: uint8 pictures and labels in three splits, with a card."""

from dataclasses import dataclass

import numpy as np

from resnet_core.data.source import LeftOut, name_damaged


@dataclass(frozen=True, kw_only=True)
class DataCard:
    """What one must know of a data set to train on it, to trust it, and to name it."""

    name: str
    """Short name, such as `cifar10` or the name of a person's folder."""
    title: str
    """What pages call it."""
    class_names: tuple[str, ...]
    """Name of each label, in label order."""
    image_size_px: int
    """Side of the square pictures, px."""
    channels: int
    """1 for gray, 3 for colour."""
    mean: tuple[float, ...]
    """Mean of each channel over the training part as stored, 0 to 1 scale."""
    std: tuple[float, ...]
    """Standard deviation of each channel over the training part as stored, 0 to 1 scale."""
    num_train: int
    """Pictures in the training split."""
    num_validation: int
    """Pictures in the validation split."""
    num_test: int
    """Pictures in the test split."""
    sha256: str
    """Hash of all stored pixels and labels, hex; it does not depend on the split."""
    provenance: str
    """One sentence: where the pictures come from and what was done to them."""
    skipped: tuple[tuple[str, str], ...] = ()
    """File and reason of the first hundred pictures that were refused."""
    num_skipped: int = 0
    """Pictures that were refused, all of them."""
    resizing: int = 0
    """Version by which pictures were brought to this size, as in `DataConfig`; 0 for none."""
    layout: str = ""
    """How the set lies on the disk, in words."""
    left_out: tuple[LeftOut, ...] = ()
    """What lies beside its pictures, refused ones not counted."""

    @property
    def all_left_out(self) -> tuple[LeftOut, ...]:
        """What was left out, refused pictures among it: the first by name, the others together."""
        return (*self.left_out, *name_damaged(self.skipped, self.num_skipped))

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)


@dataclass(frozen=True)
class Split:
    """Pictures and labels of one split."""

    images: np.ndarray
    """(N, H, W, C) uint8."""
    labels: np.ndarray
    """(N,) int64."""

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.labels)


@dataclass(frozen=True)
class DataSet:
    """A data set, split for an experiment; the test split is for one reading at the end."""

    card: DataCard
    """What the pictures are."""
    train: Split
    """Pictures that are trained on."""
    validation: Split
    """Pictures that choices are made by."""
    test: Split
    """Pictures that nothing is chosen by."""
