"""CIFAR's and STL-10's binary files: exact pictures, packed and not, and damage that is told."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data.describe import describe_data
from resnet_core.data.layouts.binary_records import records_source
from resnet_core.data.layouts.given import Given
from resnet_core.data.source import PicturePlan
from resnet_core.errors import ArchiveError, DataError
from resnet_core.progress import ignore_progress
from tests.data.cifar_batches import write_archive
from tests.data.reading import counts, load

pytestmark = pytest.mark.usefixtures("home")
RNG = np.random.default_rng(0)
NAMES = [f"thing {number}" for number in range(10)]


def pictures(count: int, side: int) -> np.ndarray:
    """(N, H, W, 3), as a person sees them."""
    return RNG.integers(0, 256, (count, side, side, 3), np.uint8)


def as_records(images: np.ndarray, *labels: list[int]) -> bytes:
    """What CIFAR's page describes: labels, then red, green and blue, row by row."""
    return b"".join(
        bytes(own) + image[..., 0].tobytes() + image[..., 1].tobytes() + image[..., 2].tobytes()
        for image, *own in zip(images, *labels, strict=True)
    )


def as_columns(images: np.ndarray) -> bytes:
    """What STL-10's page describes: each colour column by column."""
    return b"".join(image[..., c].T.tobytes() for image in images for c in range(3))


TEN = {
    name: (pictures(10, 32), list(range(10)))
    for name in (*(f"data_batch_{n}" for n in range(1, 6)), "test_batch")
}
FINE, COARSE = [n % 5 for n in range(20)], [9] * 20
HUNDRED = {name: pictures(20, 32) for name in ("train", "test")}
STL = {
    "train": (pictures(20, 96), [n % 10 for n in range(20)]),
    "test": (pictures(10, 96), [3] * 10),
}

FILES: dict[str, dict[str, bytes]] = {
    "cifar-10-batches-bin": {
        **{f"{name}.bin": as_records(*held) for name, held in TEN.items()},
        "batches.meta.txt": ("\n".join(NAMES) + "\n\n").encode(),
        "readme.html": b"<html>",
    },
    "cifar-100-binary": {
        **{f"{name}.bin": as_records(images, COARSE, FINE) for name, images in HUNDRED.items()},
        "fine_label_names.txt": b"a\nb\nc\nd\ne\n",
        "coarse_label_names.txt": b"x\ny\n",
    },
    "stl10_binary": {
        "test_X.bin": as_columns(STL["test"][0]),
        "test_y.bin": bytes(label + 1 for label in STL["test"][1]),
        "train_X.bin": as_columns(STL["train"][0]),
        "train_y.bin": bytes(label + 1 for label in STL["train"][1]),
        "unlabeled_X.bin": as_columns(pictures(2, 96)),
        "class_names.txt": "\n".join(NAMES).encode(),
        "fold_indices.txt": b"0 1 2\n",
    },
}


def write_set(root: Path, kind: str, **changes: bytes | None) -> Path:
    folder = root / kind
    folder.mkdir(parents=True)
    for name, content in {**FILES[kind], **changes}.items():
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


def packed(root: Path, kind: str, how: str) -> Path:
    if how == "folder":
        return write_set(root, kind)
    if how == "tar.gz":
        return write_archive(root / f"{kind}.tar.gz", kind, FILES[kind])
    with zipfile.ZipFile(root / f"{kind}.zip", "w") as archive:
        for name, content in FILES[kind].items():
            archive.writestr(f"{kind}/{name}", content)
    return root / f"{kind}.zip"


def reading(path: Path, part) -> tuple[np.ndarray, list[int]]:
    source = records_source(Given(path))
    chunks = list(source.read_chunks(part, PicturePlan(), ignore_progress))
    images = np.concatenate([chunk.images for chunk in chunks])
    return images, [label for chunk in chunks for label in chunk.labels.tolist()]


@pytest.mark.parametrize("how", ["folder", "tar.gz", "zip"])
def test_cifar10s_records_are_its_pictures(how, tmp_path):
    path = packed(tmp_path, "cifar-10-batches-bin", how)
    images, labels = reading(path, "train")
    # The Hub's order, so that the binary and the Python version give the same set.
    expected = np.concatenate([TEN[f"data_batch_{n}"][0] for n in (4, 3, 2, 5, 1)])
    assert np.array_equal(images, expected)
    assert labels == list(range(10)) * 5
    assert np.array_equal(reading(path, "test")[0], TEN["test_batch"][0])
    assert load(path).card.class_names == tuple(NAMES)
    assert [each.what for each in describe_data(str(path)).ignored] == ["readme.html"]


@pytest.mark.parametrize("how", ["folder", "tar.gz"])
def test_cifar100s_fine_labels_are_taken(how, tmp_path):
    path = packed(tmp_path, "cifar-100-binary", how)
    images, labels = reading(path, "test")
    assert np.array_equal(images, HUNDRED["test"])
    assert labels == FINE
    assert counts(path) == {"train": [4] * 5, "test": [4] * 5}
    assert load(path).card.class_names == tuple("abcde")


@pytest.mark.parametrize("how", ["folder", "tar.gz"])
def test_stl10s_columns_and_labels_from_one_are_read(how, tmp_path):
    path = packed(tmp_path, "stl10_binary", how)
    images, labels = reading(path, "train")
    assert np.array_equal(images, STL["train"][0])
    assert labels == STL["train"][1]
    report = describe_data(str(path), is_quick=True)
    assert report.layout == "STL-10's binary files"
    assert report.splits["test"] == dict.fromkeys(NAMES, 0) | {"thing 3": 10}
    assert {each.what: each.why for each in report.ignored} == {
        "fold_indices.txt": "is not needed beside the others",
        "unlabeled_X.bin": "holds pictures without labels",
    }


@pytest.mark.parametrize(
    ("kind", "names", "expected"),
    [
        ("cifar-10-batches-bin", "batches.meta.txt", tuple("0123456789")),
        ("stl10_binary", "class_names.txt", tuple(map(str, range(1, 11)))),
    ],
)
def test_classes_without_names_are_numbers(kind, names, expected, tmp_path):
    assert load(write_set(tmp_path, kind, **{names: None})).card.class_names == expected


def test_test_pictures_alone_are_for_measuring(tmp_path):
    gone = {f"data_batch_{n}.bin": None for n in range(1, 6)}
    path = write_set(tmp_path, "cifar-10-batches-bin", **gone)
    assert list(describe_data(str(path), is_quick=True).splits) == ["test"]


CUT = FILES["stl10_binary"]["train_X.bin"][:-1]
DAMAGED = {
    "cut": ("stl10_binary", {"train_X.bin": CUT}, "'train_X.bin' has 552,959 bytes, and its pict"),
    "empty": ("cifar-10-batches-bin", {"data_batch_2.bin": b""}, "'data_batch_2.bin' has 0 bytes"),
    "the Python version": (
        "cifar-10-batches-bin",
        {"test_batch.bin": bytes(3072 * 2)},
        "'test_batch.bin' has 6,144 bytes, and its pictures have 3,073 each: it is cut short",
    ),
    "a label beyond": (
        "cifar-10-batches-bin",
        {"test_batch.bin": as_records(pictures(1, 32), [10])},
        "'test_batch.bin' has labels beyond its 10 class names",
    ),
    "labels from zero": (
        "stl10_binary",
        {"train_y.bin": bytes(20)},
        "'train_y.bin' has labels beyond its 10 class names",
    ),
    "fewer labels": (
        "stl10_binary",
        {"test_y.bin": b"\1"},
        "'test_y.bin' has 1 labels for the 10 pictures of 'test_X.bin'",
    ),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_is_told_in_one_sentence(kind, tmp_path):
    name, changes, words = DAMAGED[kind]
    path = write_set(tmp_path, name, **changes)
    with pytest.raises(ArchiveError, match=words) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_file_without_its_labels_is_told_what_is_missing(tmp_path):
    (tmp_path / "train_X.bin").write_bytes(FILES["stl10_binary"]["train_X.bin"])
    with pytest.raises(DataError, match="of CIFAR or STL-10 give their whole folder"):
        load(tmp_path)


def test_archive_that_was_cut_is_refused(tmp_path):
    path = packed(tmp_path, "stl10_binary", "tar.gz")
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 3])
    with pytest.raises(ArchiveError, match="damaged tar archive"):
        load(path)
