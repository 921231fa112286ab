"""What was measured on one folder is not shown of another, nor of the same that was changed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from pages.ui.feature_maps.measuring import submit_statistics
from pages.ui.shell.jobs import Job
from pages.ui.shell.resources import inspect_source, stamp_of_set
from pages.ui.take_apart.measuring import submit_few
from resnet_core.asking import load_net
from resnet_core.asking.labelled_sets import SplitSet, with_net_classes
from resnet_core.data import Split
from tests.data.conftest import save_class_folders
from tests.inference.conftest import CLASSES
from tests.pages.tile_sheets import settle


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


def _opened(net: str, name: str) -> None:
    """A page that opens a labelled set, and tells of how many classes and pictures it is."""
    from pathlib import Path

    import streamlit as st

    from pages.ui.choosing.labelled_sets import open_labelled_set
    from resnet_core.asking import load_net

    labelled = open_labelled_set(load_net(Path(net)), name)
    if labelled is not None:
        st.text(f"{len(labelled.class_names)} classes, {len(labelled.labels)} pictures")


def test_a_folder_that_was_changed_is_opened_anew(net: Path, tmp_path: Path) -> None:
    folder = save_class_folders(tmp_path / "pets", {"cat": 10, "dog": 10})
    at = AppTest.from_function(_opened, kwargs={"net": str(net), "name": str(folder)})
    before = settle(at.run()).text[0].value
    assert before.startswith("2 classes")
    save_class_folders(folder, {"ferret": 10})
    inspect_source.clear()  # looked at anew every few seconds
    assert settle(at.run()).text[0].value.startswith("3 classes")


def test_only_the_files_of_a_person_have_a_stamp(tmp_path: Path) -> None:
    folder = save_class_folders(tmp_path / "pets", {"cat": 1, "dog": 1})
    stamp = stamp_of_set(str(folder))
    assert stamp
    (folder / "cat" / "000.png").touch()
    inspect_source.clear()
    assert stamp_of_set(str(folder)) not in ("", stamp)
    assert [stamp_of_set(name) for name in ("synthetic", "cifar10", str(folder / "no"))] == [""] * 3
