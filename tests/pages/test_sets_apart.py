"""What was measured on one folder is not shown of another that has its title and its size."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pages.ui.feature_maps.measuring import submit_statistics
from pages.ui.shell.jobs import Job
from pages.ui.take_apart.measuring import submit_few
from resnet_core.asking import load_net
from resnet_core.asking.labelled_sets import SplitSet, with_net_classes
from resnet_core.data import Split
from tests.inference.conftest import CLASSES


def _set_of(shade: int, names: Sequence[str]) -> SplitSet:
    labels = np.arange(2 * len(names)) % len(names)
    images = np.full((len(labels), 16, 16, 3), shade, np.uint8)
    return SplitSet("Pets", tuple(names), Split(images, labels))


def _differ(first: Job, other: Job, again: Job) -> bool:
    return first is not other and first is again


def test_statistics_of_channels_belong_to_one_folder(net: Path) -> None:
    ready, dark, light = load_net(net), _set_of(20, CLASSES), _set_of(220, CLASSES)
    assert _differ(*(submit_statistics(ready, each, "stage1.0") for each in (dark, light, dark)))


def test_accuracy_of_held_pictures_belongs_to_one_folder(net: Path) -> None:
    ready, names = load_net(net), CLASSES[::-1]  # so that the net's own order is made anew
    dark, light = _set_of(20, names), _set_of(220, names)
    sets = (with_net_classes(ready, each)[0] for each in (dark, light, dark))
    assert _differ(*(submit_few(ready, each, ()) for each in sets))
