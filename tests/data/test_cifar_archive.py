import gzip
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, CIFAR100

from resnet_core.data.cifar_archive import CIFAR10_LAYOUT, CIFAR100_LAYOUT, read_cifar_chunks
from resnet_core.data.source import PicturePlan
from resnet_core.errors import ArchiveError
from resnet_core.progress import ignore_progress
from tests.data.cifar_batches import python2_pickle, write_archive


def batch(seed: int, count: int = 6) -> tuple[np.ndarray, list[int]]:
    generator = np.random.default_rng(seed)
    rows = generator.integers(0, 256, (count, 3072), np.uint8)
    return rows, generator.integers(0, 10, count).tolist()


def write_cifar10(path: Path) -> Path:
    files = {
        name: python2_pickle(rows, "labels", labels)
        for seed, name in enumerate([*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"])
        for rows, labels in [batch(seed)]
    }
    return write_archive(path, "cifar-10-batches-py", files)


def read(path: Path, layout, part):
    chunks = list(read_cifar_chunks(path, layout, part, PicturePlan(), ignore_progress))
    return (
        np.concatenate([chunk.images for chunk in chunks]),
        np.concatenate([chunk.labels for chunk in chunks]),
    )


def torchvision_reading(kind, archive: Path, folder: Path, train: bool, monkeypatch):
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    monkeypatch.setattr(kind, "_check_integrity", lambda self: True)
    monkeypatch.setattr(kind, "_load_meta", lambda self: None)
    return kind(folder, train=train)


def test_cifar10_test_batch_equals_torchvisions_reading(tmp_path, monkeypatch):
    archive = write_cifar10(tmp_path / "cifar-10-python.tar.gz")
    images, labels = read(archive, CIFAR10_LAYOUT, "test")
    expected = torchvision_reading(CIFAR10, archive, tmp_path, False, monkeypatch)
    assert np.array_equal(images, expected.data)
    assert labels.tolist() == expected.targets


def test_cifar10_training_batches_come_in_the_hubs_order(tmp_path):
    archive = write_cifar10(tmp_path / "cifar-10-python.tar.gz")
    images, labels = read(archive, CIFAR10_LAYOUT, "train")
    expected = [batch(number - 1) for number in (4, 3, 2, 5, 1)]
    rows = np.concatenate([rows for rows, _ in expected])
    assert np.array_equal(images, rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    assert labels.tolist() == [label for _, labels in expected for label in labels]


def test_cifar100_gives_fine_labels(tmp_path, monkeypatch):
    rows, labels = batch(0)
    content = python2_pickle(rows, "fine_labels", labels)
    archive = write_archive(
        tmp_path / "c100.tar.gz", "cifar-100-python", {"train": content, "test": content}
    )
    images, found = read(archive, CIFAR100_LAYOUT, "train")
    expected = torchvision_reading(CIFAR100, archive, tmp_path, True, monkeypatch)
    assert np.array_equal(images, expected.data)
    assert found.tolist() == labels


def test_batches_pickled_by_python_3_are_read_too(tmp_path):
    rows, labels = batch(0)
    content = pickle.dumps({"data": rows, "labels": labels}, protocol=2)
    archive = write_archive(tmp_path / "c.tar.gz", "cifar-10-batches-py", {"test_batch": content})
    images, found = read(archive, CIFAR10_LAYOUT, "test")
    assert np.array_equal(images, rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    assert found.tolist() == labels


class Malicious:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_pickle_that_runs_code_is_refused(tmp_path):
    target = tmp_path / "harm"
    content = pickle.dumps({"data": Malicious(target), "labels": []}, protocol=2)
    archive = write_archive(tmp_path / "c.tar.gz", "cifar-10-batches-py", {"test_batch": content})
    with pytest.raises(ArchiveError):
        read(archive, CIFAR10_LAYOUT, "test")
    assert not target.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x02",
        b"no pickle at all",
        pickle.dumps({}),
        pickle.dumps({"data": [1], "labels": [1]}),
        pickle.dumps([]),
        pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1]}),
    ],
)
def test_batch_that_is_no_cifar_is_refused_in_one_sentence(tmp_path, content):
    archive = write_archive(tmp_path / "c.tar.gz", "cifar-10-batches-py", {"test_batch": content})
    with pytest.raises(ArchiveError, match=r"c\.tar\.gz") as caught:
        read(archive, CIFAR10_LAYOUT, "test")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["cut", "noise", "other"])
def test_damaged_archive_is_refused(tmp_path, damage):
    archive = write_cifar10(tmp_path / "c.tar.gz")
    whole = archive.read_bytes()
    archive.write_bytes(
        {
            "cut": whole[: len(whole) // 3],
            "noise": b"\x1f\x8b" + bytes(300),
            "other": gzip.compress(bytes(2048)),
        }[damage]
    )
    with pytest.raises(ArchiveError):
        read(archive, CIFAR10_LAYOUT, "test")
