"""Folders as they lie on people's disks: what is a class, what a split, and what is left out."""

from pathlib import Path

import pytest

from resnet_core.config import DataConfig
from resnet_core.data import load_dataset
from resnet_core.data.describe import DataReport, describe_data
from resnet_core.errors import DataError
from tests.data.folder_cases import FOLDERS
from tests.data.layout_cases import PETS, Case, folders
from tests.data.layout_trees import write_tree
from tests.data.table_cases import TABLES

pytestmark = pytest.mark.usefixtures("home")

CASES = FOLDERS | TABLES


def read(tmp_path: Path, case: Case, *, is_quick: bool = False) -> DataReport:
    write_tree(tmp_path / "set", case.pictures, case.texts)
    return describe_data(str(tmp_path / "set"), is_quick=is_quick)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_layout_is_read_as_a_person_means_it(case, tmp_path):
    report = read(tmp_path, case)
    assert report.splits == case.splits
    assert case.layout in report.layout
    left = {each.what: each.count for each in report.ignored}
    assert case.ignored.items() <= left.items()
    assert case.notes in " ".join(report.notes)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_file_is_a_picture_or_named_as_left_out(case, tmp_path):
    report = read(tmp_path, case, is_quick=True)
    rows = sum(each.count for each in report.ignored if each.why.startswith("names pictures"))
    left = sum(each.count for each in report.ignored) - rows
    kept = sum(sum(counts.values()) for counts in report.splits.values())
    used = sum(Path(path).name in report.layout for path in case.texts)
    assert kept + left + used == len(case.pictures) + len(case.texts)


def test_quick_report_equals_the_decoded_one_but_for_damaged_pictures(tmp_path):
    root = write_tree(tmp_path / "set", folders({"train": 4, "test": 3}, PETS))
    quick = describe_data(str(root), is_quick=True)
    assert describe_data(str(root)) == quick
    (root / "train/cat/0.png").write_bytes(b"no picture")
    report = describe_data(str(root))
    assert report.splits["train"] == {"cat": 3, "dog": 4}
    (left,) = report.ignored
    assert (left.what, left.count) == ("train/cat/0.png", 1)
    assert "0.png" not in left.why and not left.why.endswith(".")
    assert describe_data(str(root), is_quick=True).splits["train"] == {"cat": 4, "dog": 4}


def test_test_folder_alone_measures_and_does_not_train(tmp_path):
    root = write_tree(tmp_path / "set", folders({"test": 3}, PETS))
    data = load_dataset(DataConfig(source=str(root)))
    assert (data.card.num_train, data.card.num_validation, data.card.num_test) == (0, 0, 6)
    assert data.train.images.shape == data.validation.images.shape == (0, 6, 6, 3)
    assert data.card.class_names == ("cat", "dog")
    for needed in ("train", "validation"):
        with pytest.raises(DataError, match="only those of its test folder"):
            load_dataset(DataConfig(source=str(root)), needs=(needed,))


def test_what_an_older_version_read_otherwise_is_read_anew(tmp_path, monkeypatch):
    root = write_tree(tmp_path / "set", folders({"training_set": 4, "test_set": 3}, PETS))
    config = DataConfig(source=str(root))
    monkeypatch.setattr("resnet_core.data.layouts.splitting.split_kinds", lambda _names: {})
    monkeypatch.setattr("resnet_core.data.layouts.splitting._are_alike", lambda _one, _two: False)
    assert load_dataset(config).card.class_names == ("test_set", "training_set")
    monkeypatch.undo()
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))
    data = load_dataset(config)
    assert data.card.class_names == ("cat", "dog")
    assert data.card.num_test == 6
