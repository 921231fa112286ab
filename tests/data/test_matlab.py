"""SVHN's files of MATLAB: exact numbers, packed and not, damage and harm told in a sentence."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data.describe import describe_data
from resnet_core.data.matlab import read_matlab
from resnet_core.errors import ArchiveError, DataError
from tests.data.array_files import noise
from tests.data.reading import counts, load

pytestmark = pytest.mark.usefixtures("home")
TYPES = {"u1": (2, 9), "i2": (3, 10), "f8": (9, 6)}
HEADER = b"MATLAB 5.0 MAT-file, written for a test".ljust(124)


def element(kind: int, content: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}II", kind, len(content)) + content + bytes(-len(content) % 8)


def matrix(name: str, array: np.ndarray, order: str = "<", meant: int = 0) -> bytes:
    """A matrix as the format's description has it."""
    stored, own = TYPES[array.dtype.str[1:]]
    inside = (
        element(6, struct.pack(f"{order}II", meant or own, 0), order)
        + element(5, np.array(array.shape, f"{order}i4").tobytes(), order)
        + element(1, name.encode(), order)
        + element(stored, array.astype(f"{order}{array.dtype.str[1:]}").tobytes("F"), order)
    )
    return element(14, inside, order)


def packed(content: bytes) -> bytes:
    held = zlib.compress(content)
    return struct.pack("<II", 15, len(held)) + held


def write(path: Path, *elements: bytes, order: str = "<") -> Path:
    mark = {"<": b"\0\1IM", ">": b"\1\0MI"}[order]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEADER + mark + b"".join(elements))
    return path


def svhn(folder: Path, part: str, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    x = noise(count, 32, 32, 3)
    y = (np.arange(count) % 10 + 1).astype(np.uint8)
    held = (matrix("X", x.transpose(1, 2, 3, 0)), matrix("y", y[:, None]))
    write(folder / f"{part}_32x32.mat", *map(packed, held))
    return x, y


def test_svhn_is_read_with_its_ten_as_the_digit_0(tmp_path):
    folder = tmp_path / "svhn"
    svhn(folder, "train")
    x, y = svhn(folder, "test", 20)
    svhn(folder, "extra")
    data = load(folder)
    assert data.card.class_names == tuple("0123456789")
    assert np.array_equal(data.test.images, x)
    assert data.test.labels.tolist() == (y % 10).tolist()
    assert counts(folder) == {"train": [4] * 10, "test": [2] * 10}
    report = describe_data(str(folder), is_quick=True)
    assert [each.what for each in report.ignored] == ["extra_32x32.mat"]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", TYPES)
def test_numbers_are_what_was_written(kind, order, tmp_path):
    array = np.arange(-3 if kind != "u1" else 0, 21).astype(kind)[:21].reshape(3, 7)
    path = write(tmp_path / "a.mat", matrix("long name", array, order), order=order)
    (found,) = read_matlab(path).values()
    assert np.array_equal(found, array) and found.dtype == array.dtype


def test_doubles_that_are_stored_as_bytes_are_doubles(tmp_path):
    path = write(tmp_path / "a.mat", matrix("y", np.arange(4, dtype=np.uint8)[:, None], meant=6))
    assert read_matlab(path)["y"].dtype == np.float64


@pytest.mark.parametrize("is_packed", [False, True])
def test_numbers_are_what_scipy_writes(is_packed, tmp_path):
    io = pytest.importorskip("scipy.io")
    held = {"X": noise(4, 5, 3, 6), "y": np.arange(6.0)[:, None], "one": np.uint8(3)}
    others = {"text": "abc", "cell": np.array([1, "a"], object), "c": np.array([1j])}
    io.savemat(tmp_path / "a.mat", held | others, do_compression=is_packed)
    found = read_matlab(tmp_path / "a.mat")
    assert found.keys() == held.keys()
    for name, array in held.items():
        assert np.array_equal(found[name], np.atleast_2d(array))


def test_one_file_is_a_set(tmp_path):
    x, y = noise(6, 4, 1, 20), np.array([3, 7] * 10, np.uint8)
    path = write(tmp_path / "digits.mat", matrix("X", x), matrix("y", y[None]))
    assert counts(path) == {"train": [10, 10]}
    assert load(path).card.class_names == ("3", "7")


GOOD = matrix("X", noise(4, 4, 3, 4)), matrix("y", np.array([[1, 2, 1, 2]], np.uint8))
DAMAGED: dict[str, bytes] = {
    "cut": GOOD[0][:-9],
    "a length of 4 GB": struct.pack("<II", 14, 2**32 - 1),
    "a packed one that is cut": packed(GOOD[0])[:-9],
    "a bomb": packed(struct.pack("<II", 14, 2**31 - 8) + bytes(99)),
    "more than it has": packed(struct.pack("<II", 14, 2**20) + bytes(99)),
    "no zlib": struct.pack("<II", 15, 8) + bytes(8),
    "a small element of nine bytes": struct.pack("<II", 9 << 16 | 1, 0),
    "another number of numbers": GOOD[0].replace(
        np.array([4, 4, 3, 4], "<i4").tobytes(), np.array([4, 4, 3, 2**30], "<i4").tobytes()
    ),
    "a negative side": GOOD[0].replace(
        np.array([4, 4, 3, 4], "<i4").tobytes(), np.array([-4, -4, 3, 4], "<i4").tobytes()
    ),
    "nothing inside": element(14, b""),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_is_told_in_one_sentence(kind, tmp_path):
    path = write(tmp_path / "a.mat", DAMAGED[kind])
    with pytest.raises(ArchiveError, match=r"'a\.mat' is a damaged file of MATLAB"):
        load(path)


OTHERS: dict[str, tuple[tuple[bytes, ...], str]] = {
    "no pictures": ((GOOD[1],), "no pictures X .* .its arrays: y.: save its"),
    "nothing": ((), "its arrays: none"),
    "one class": ((GOOD[0], matrix("y", np.ones((1, 4)))), "has 1 different labels"),
    "fewer labels": ((GOOD[0], matrix("y", np.ones((1, 3)))), "4 pictures .* and 3 labels"),
    "fractions": ((GOOD[0], matrix("y", np.full((1, 4), 0.5))), "labels that are no whole"),
    "doubles": ((matrix("X", np.ones((4, 4, 3, 4))), GOOD[1]), "of the kind float64"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_set_of_pictures_is_told(kind, tmp_path):
    elements, words = OTHERS[kind]
    with pytest.raises(DataError, match=words):
        load(write(tmp_path / "a.mat", *elements))


def test_version_of_hdf5_is_told(tmp_path):
    (tmp_path / "a.mat").write_bytes(b"MATLAB 7.3 MAT-file" + bytes(600))
    with pytest.raises(DataError, match=r"is a file of MATLAB 7\.3, which is HDF5"):
        load(tmp_path / "a.mat")
