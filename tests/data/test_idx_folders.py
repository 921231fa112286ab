"""Idx files as people have them: in torchvision's folders, packed twice, of any classes."""

import numpy as np
import pytest

from resnet_core.data.describe import describe_data
from resnet_core.errors import DataError
from tests.data.array_files import noise, write_idx
from tests.data.reading import counts, load

pytestmark = pytest.mark.usefixtures("home")


def test_torchvisions_folder_of_mnist_is_read_from_above(tmp_path):
    raw = tmp_path / "data" / "MNIST" / "raw"
    for name, count in (("train", 30), ("t10k", 20)):
        write_idx(raw, name, noise(count, 7, 7), [n % 10 for n in range(count)])
        write_idx(raw, name, noise(count, 7, 7), [n % 10 for n in range(count)], packed=True)
    for folder in (tmp_path / "data", tmp_path / "data" / "MNIST", raw):
        data = load(folder)
        assert data.card.class_names == tuple("0123456789")
        assert np.array_equal(data.test.images[..., 0], noise(20, 7, 7))
    (left,) = describe_data(str(raw)).ignored
    assert (left.count, left.why) == (4, "is not needed beside the others")


def test_idx_classes_are_the_labels_that_occur(tmp_path):
    labels = [n % 26 + 1 for n in range(52)]
    write_idx(tmp_path / "letters", "emnist-letters-train", noise(52, 5, 5), labels, packed=True)
    write_idx(
        tmp_path / "letters", "emnist-letters-test", noise(26, 5, 5), labels[:26], packed=True
    )
    data = load(tmp_path / "letters")
    assert data.card.class_names == tuple(str(n) for n in range(1, 27))
    assert data.test.labels.tolist() == list(range(26))


def test_idx_files_each_in_a_folder_of_its_name_are_read(tmp_path):
    write_idx(tmp_path / "flat", "train", noise(20, 5, 5), [0, 1] * 10)
    for path in (tmp_path / "flat").iterdir():
        (tmp_path / "set" / path.name).mkdir(parents=True)
        path.rename(tmp_path / "set" / path.name / path.name)
    assert counts(tmp_path / "set") == {"train": [10, 10]}


def test_several_sets_of_idx_files_are_not_mixed(tmp_path):
    for name in ("MNIST", "FashionMNIST"):
        write_idx(tmp_path / "data" / name / "raw", "train", noise(20, 5, 5), [0, 1] * 10)
    with pytest.raises(
        DataError, match=r"holds 2 sets of idx files \(FashionMNIST/raw, MNIST/raw\)"
    ):
        load(tmp_path / "data")


def test_idx_pictures_that_are_not_square_become_so(tmp_path):
    write_idx(tmp_path / "wide", "train", noise(20, 5, 9), [0, 1] * 10)
    assert load(tmp_path / "wide").train.images.shape[1:] == (64, 64, 1)
