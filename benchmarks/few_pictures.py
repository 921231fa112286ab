"""A few pictures of each class of a data set, so that a trial does not evaluate nets on all."""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from resnet_core.config import DataConfig
from resnet_core.data import Split, load_dataset


def save_few(source: str, folder: Path, most_each: int = 24) -> Path:
    """Writes pictures into class folders, unless a former trial did.

    Args:
        source: a data set's name or path.
        folder: where they go, with a folder for each part.
        most_each: pictures of each class in the training part; a third of it in the test part.
    """
    if folder.exists():
        return folder
    data, unfinished = load_dataset(DataConfig(source=source)), folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, split, most in (
        ("train", data.train, most_each),
        ("test", data.test, most_each // 3),
    ):
        for label, title in enumerate(data.card.class_names):
            _save_class(split, label, most, unfinished / name / title)
    unfinished.replace(folder)
    return folder


def _save_class(split: Split, label: int, most: int, folder: Path) -> None:
    folder.mkdir(parents=True)
    for place in np.flatnonzero(split.labels == label)[:most]:
        pixels = np.asarray(split.images[place])
        picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        picture.save(folder / f"{place}.png")
