"""Arrays, archives and links as people have them: idx, CIFAR batches, npz, tar, zips of Windows."""

import gzip
import pickle
import shutil
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resnet_core.config import DataConfig
from resnet_core.data import DataSet, load_dataset
from resnet_core.data.describe import describe_data
from resnet_core.errors import ArchiveError, DataError
from tests.data.layout_trees import csv_text, picture_bytes, several, write_tree
from tests.data.test_cifar_archive import python2_pickle, write_archive

pytestmark = pytest.mark.usefixtures("home")

CLASSES = ["cat", "dog"]


def load(path: Path, **options) -> DataSet:
    return load_dataset(DataConfig(source=str(path), **options))


def counts(path: Path) -> dict:
    report = describe_data(str(path))
    assert describe_data(str(path), is_quick=True).splits == report.splits
    return {part: list(held.values()) for part, held in report.splits.items()}


def write_idx(
    folder: Path, name: str, images: np.ndarray, labels: list[int], *, packed=False
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind, values in (("images-idx3", images), ("labels-idx1", np.array(labels, np.uint8))):
        header = struct.pack(f">{1 + values.ndim}I", 0x800 + values.ndim, *values.shape)
        content = header + values.tobytes()
        path = folder / f"{name}-{kind}-ubyte{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(content) if packed else content)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).integers(0, 256, shape, np.uint8)


# Idx files


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


# CIFAR's batches


def cifar_files(per_batch: int = 10) -> dict[str, bytes]:
    names = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
    rows = np.random.default_rng(0).integers(0, 256, (len(names), per_batch, 3072), np.uint8)
    files = {
        name: python2_pickle(rows[n], "labels", [k % 10 for k in range(per_batch)])
        for n, name in enumerate(names)
    }
    meta = {"label_names": [f"thing {n}" for n in range(10)], "num_cases_per_batch": per_batch}
    return files | {"batches.meta": pickle.dumps(meta, protocol=2), "readme.html": b"<html>"}


@pytest.fixture
def cifar(tmp_path: Path) -> Path:
    archive = write_archive(
        tmp_path / "cifar-10-python.tar.gz", "cifar-10-batches-py", cifar_files()
    )
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    return archive


def test_cifars_batches_give_the_same_packed_and_unpacked(cifar, tmp_path):
    packed, unpacked = load(cifar), load(tmp_path / "unpacked" / "cifar-10-batches-py")
    assert packed.card.sha256 == unpacked.card.sha256 == load(tmp_path / "unpacked").card.sha256
    assert packed.card.class_names == tuple(f"thing {n}" for n in range(10))
    assert counts(cifar) == {"train": [5] * 10, "test": [1] * 10}
    (left,) = describe_data(str(cifar)).ignored
    assert (left.what, left.count) == ("readme.html", 1)


def test_cifars_classes_are_never_guessed(cifar, tmp_path):
    folder = tmp_path / "unpacked" / "cifar-10-batches-py"
    (folder / "batches.meta").unlink()
    assert load(folder).card.class_names == tuple("0123456789")


class Villain:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["batches.meta", "data_batch_1"])
def test_no_code_of_a_batch_is_run(name, cifar, tmp_path):
    folder = tmp_path / "unpacked" / "cifar-10-batches-py"
    (folder / name).write_bytes(pickle.dumps(Villain(tmp_path / "evil")))
    try:
        load(folder)
    except ArchiveError as exc:
        assert "\n" not in str(exc)
    assert not (tmp_path / "evil").exists()


def test_hundred_classes_are_found_by_their_files(tmp_path):
    rows = np.random.default_rng(0).integers(0, 256, (40, 3072), np.uint8)
    labels = [n % 4 for n in range(40)]
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    for name in ("train", "test"):
        (folder / name).write_bytes(python2_pickle(rows, "fine_labels", labels))
    (folder / "meta").write_bytes(pickle.dumps({"fine_label_names": list("abcd")}, protocol=2))
    assert counts(folder) == {"train": [10] * 4, "test": [10] * 4}
    assert load(folder).card.class_names == ("a", "b", "c", "d")


# Arrays in npz files


def test_npz_of_keras_is_read(tmp_path):
    x, y = noise(40, 8, 8), np.arange(40) % 4
    np.savez(tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x[:20], y_test=y[:20])
    data = load(tmp_path / "mnist.npz")
    assert data.card.class_names == ("0", "1", "2", "3")
    assert np.array_equal(data.test.images[..., 0], x[:20])
    assert counts(tmp_path / "mnist.npz") == {"train": [10] * 4, "test": [5] * 4}


def test_npz_of_medmnist_is_read_with_its_three_parts(tmp_path):
    arrays = {}
    for part, count in (("train", 30), ("val", 10), ("test", 20)):
        arrays[f"{part}_images"] = noise(count, 6, 6, 3)
        arrays[f"{part}_labels"] = (np.arange(count) % 2)[:, None].astype(np.uint8)
    folder = tmp_path / "medmnist"
    folder.mkdir()
    np.savez_compressed(folder / "pathmnist.npz", **arrays)
    expected = {"train": [15, 15], "validation": [5, 5], "test": [10, 10]}
    assert counts(folder / "pathmnist.npz") == counts(folder) == expected
    assert load(folder).card.channels == 3


def test_npz_without_parts_with_gaps_and_unlabelled_pictures_is_read(tmp_path):
    labels = np.array([3.0, 7.0, -1.0, 3.0] * 10)
    np.savez(tmp_path / "set.npz", images=noise(40, 3, 6, 6), labels=labels, extra=np.arange(3))
    report = describe_data(str(tmp_path / "set.npz"))
    assert report.splits == {"train": {"3": 20, "7": 10}}
    assert (report.ignored[0].what, report.ignored[0].count) == ("extra", 1)
    assert sum(left.count for left in report.ignored[1:]) == 10
    assert load(tmp_path / "set.npz").card.channels == 3


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"a": np.arange(4)}, "holds the arrays a: name them x_train"),
        ({"x": np.zeros((4, 5, 5)), "y": np.arange(4) % 2}, "save them as uint8"),
        ({"x": np.zeros((4, 5), np.uint8), "y": np.arange(4) % 2}, "the shape 4 x 5"),
        (
            {"x": np.zeros((4, 5, 5), np.uint8), "y": np.zeros((4, 14))},
            "14 labels for each picture",
        ),
        ({"x": np.zeros((4, 5, 5), np.uint8), "y": np.arange(4) / 2}, "no whole numbers"),
        ({"x": np.zeros((4, 5, 5), np.uint8), "y": np.zeros(4)}, "1 different labels"),
        (
            {"x": np.zeros((4, 5, 5), np.uint8), "y": np.arange(6) % 2},
            "arrays that belong together",
        ),
        (
            {"x": np.zeros((4, 5, 5), np.uint8), "y": np.array(["a", {}, 1, 2], object)},
            "else than n",
        ),
    ],
)
def test_npz_of_something_else_is_refused_in_one_sentence(arrays, sentence, tmp_path):
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(DataError, match=sentence) as caught:
        load(tmp_path / "set.npz")
    assert "\n" not in str(caught.value)


def test_several_npz_files_in_a_folder_are_not_mixed(tmp_path):
    for name in ("blood", "path"):
        np.savez(tmp_path / f"{name}.npz", images=noise(20, 5, 5), labels=np.arange(20) % 2)
    with pytest.raises(DataError, match=r"holds 2 npz files \(blood.npz, path.npz\): give one"):
        load(tmp_path)


def test_no_pickle_of_an_npz_file_is_read(tmp_path):
    villain = np.array([Villain(tmp_path / "evil")] * 4, object)
    np.savez(tmp_path / "set.npz", x=villain, y=np.arange(4) % 2)
    with pytest.raises(ArchiveError, match="something else than numbers"):
        load(tmp_path / "set.npz")
    assert not (tmp_path / "evil").exists()


def test_damaged_npz_files_are_refused_in_one_sentence_or_read(tmp_path):
    path = tmp_path / "set.npz"
    np.savez(path, x=noise(20, 5, 5), y=np.arange(20) % 2)
    whole, generator = path.read_bytes(), np.random.default_rng(0)
    for attempt in range(60):
        content = bytearray(whole)
        for place in generator.integers(0, len(content), 1 + attempt % 5):
            content[place] = generator.integers(256)
        path.write_bytes(content if attempt % 4 else content[: int(generator.integers(len(whole)))])
        try:
            load(path)
        except DataError as exc:
            assert "\n" not in str(exc)


# Tar archives, and zips as Windows writes them


def write_tar(path: Path, folder: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        tar.add(folder, arcname=f"./{folder.name}")
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    pictures = [path for name in CLASSES for path in several(f"train/{name}", 6)]
    return write_tree(
        tmp_path / "pets", [*pictures, *several("test/cat", 2), *several("test/dog", 3)]
    )


PACKINGS = [
    ("tgz", "w:gz"),
    ("tar.bz2", "w:bz2"),
    ("tar", "w:"),
    ("tar.xz", "w:xz"),
    ("txz", "w:xz"),
]


@pytest.mark.parametrize(("ending", "mode"), PACKINGS)
def test_tar_gives_what_its_folder_gives(ending, mode, pets, tmp_path):
    (pets / "LICENSE").write_text("free")
    archive = write_tar(tmp_path / f"pets.{ending}", pets, mode)
    assert load(archive).card.sha256 == load(pets).card.sha256
    assert load(archive).card.name == "pets"
    assert counts(archive) == {"train": [6, 6], "test": [2, 3]}
    assert "LICENSE" in [left.what for left in describe_data(str(archive)).ignored]


def test_table_within_an_archive_is_read(tmp_path):
    rows = [("file_name", "label"), *((f"{n}.png", "ab"[n % 2]) for n in range(8))]
    root = write_tree(tmp_path / "set", several("images", 8), {"labels.csv": csv_text(rows)})
    archive = write_tar(tmp_path / "set.tgz", root)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as packed:
        for path in sorted(root.rglob("*.*")):
            packed.write(path, path.relative_to(tmp_path))
    assert counts(archive) == counts(tmp_path / "set.zip") == counts(root) == {"train": [4, 4]}


def test_zip_of_windows_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as packed:
        for number, name in enumerate(["kätzchen", "hund"] * 6):
            packed.writestr(f"pets/{name}/{number}.png", picture_bytes(number))
        packed.writestr("pets/hund/Thumbs.db", b"x")
        packed.writestr("pets/desktop.ini", b"x")
    content = (tmp_path / "pets.zip").read_bytes()
    for number, name in enumerate(["kätzchen", "hund"] * 6):
        path = f"pets/{name}/{number}.png".encode()
        content = content.replace(path, path.replace(b"/", b"\\"))
    content = content.replace(b"pets/hund/Thumbs.db", b"pets\\hund\\Thumbs.db")
    (tmp_path / "pets.zip").write_bytes(content)
    report = describe_data(str(tmp_path / "pets.zip"))
    assert report.splits == {"train": {"hund": 6, "kätzchen": 6}}
    assert sum(left.count for left in report.ignored) == 2


# Parquet


def test_parquet_with_capitals_gaps_and_unlabelled_rows_is_read(tmp_path):
    table = pa.table(
        {
            "Image": [picture_bytes(n) for n in range(24)],
            "Label": pa.array([2.0, 5.0, -1.0, None] * 6, pa.float64()),
        }
    )
    pq.write_table(table, tmp_path / "set.parquet")
    report = describe_data(str(tmp_path / "set.parquet"))
    assert report.splits == {"train": {"2": 6, "5": 6}}
    (left,) = report.ignored
    assert left.what == "set.parquet row 3, set.parquet row 4, set.parquet row 7 and 9 more"
    assert (left.count, left.why) == (12, "has no label, or one that names no class")
    assert load(tmp_path / "set.parquet").card.class_names == ("2", "5")


def test_parquet_part_without_labels_is_left_out(tmp_path):
    (tmp_path / "set").mkdir()
    for part, labels in (("train", [0, 1] * 8), ("test", [-1] * 5)):
        pictures = [picture_bytes(n) for n in range(len(labels))]
        table = pa.table({"image": pictures, "label": labels})
        pq.write_table(table, tmp_path / "set" / f"{part}-00000-of-00001.parquet")
    report = describe_data(str(tmp_path / "set"))
    assert report.splits == {"train": {"0": 8, "1": 8}}
    (left,) = report.ignored
    assert (left.what, left.count) == ("test-00000-of-00001.parquet", 5)
    assert left.why == "has no labels"


def test_parquet_files_of_the_hubs_cache_are_links(tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "snapshots" / "abc").mkdir(parents=True)
    table = pa.table({"image": [picture_bytes(n) for n in range(24)], "label": [0, 1] * 12})
    pq.write_table(table, tmp_path / "blobs" / "1234")
    link = tmp_path / "snapshots" / "abc" / "train-00000-of-00001.parquet"
    link.symlink_to("../../blobs/1234")
    assert counts(link.parent) == {"train": [12, 12]}


def test_parquet_beside_class_folders_is_left_out(tmp_path):
    root = write_tree(tmp_path / "set", [*several("cat", 4), *several("dog", 4)])
    pq.write_table(pa.table({"id": [1], "embedding": [[0.5]]}), root / "embeddings.parquet")
    assert counts(root) == {"train": [4, 4]}
    assert [left.what for left in describe_data(str(root)).ignored] == ["embeddings.parquet"]


# Links


def test_links_are_followed_within_the_folder_alone(tmp_path):
    write_tree(tmp_path, [*several("elsewhere", 3), *several("set/cat", 4), *several("set/dog", 4)])
    root = tmp_path / "set"
    (root / "cow").mkdir()
    (root / "cow" / "a.png").symlink_to("../cat/0.png")
    (root / "cow" / "b.png").symlink_to(root / "dog" / "1.png")
    (root / "hound").symlink_to("dog")
    (root / "cat" / "out.png").symlink_to(tmp_path / "elsewhere" / "0.png")
    (root / "fox").symlink_to("../elsewhere")
    (root / "dog" / "around").symlink_to("..")
    (root / "dog" / "gone.png").symlink_to("nothing.png")
    report = describe_data(str(root))
    assert report.splits == {"train": {"cat": 4, "cow": 2, "dog": 4, "hound": 4}}
    why = {left.why: (left.what, left.count) for left in report.ignored}
    assert why["is a link out of the folder"] == ("fox, out.png", 2)
    assert why["is a link to nothing"][1] == 2
    assert why["is a link to a folder around it"][1] == 2


def test_folder_of_links_out_is_refused_in_one_sentence(tmp_path):
    write_tree(tmp_path, several("elsewhere", 3))
    (tmp_path / "set" / "cat").mkdir(parents=True)
    for path in (tmp_path / "elsewhere").iterdir():
        (tmp_path / "set" / "cat" / path.name).symlink_to(path)
    with pytest.raises(DataError, match=r"3 of its files .* is a link out of the folder"):
        load(tmp_path / "set")


def test_path_that_is_itself_a_link_is_followed(pets, tmp_path):
    (tmp_path / "here").symlink_to(pets)
    assert counts(tmp_path / "here") == {"train": [6, 6], "test": [2, 3]}


def test_several_kinds_of_sets_in_one_folder_are_refused(cifar, tmp_path):
    write_idx(tmp_path / "unpacked" / "MNIST" / "raw", "train", noise(20, 5, 5), [0, 1] * 10)
    with pytest.raises(DataError, match="holds several data sets"):
        load(tmp_path / "unpacked")


def test_arrays_within_a_zip_are_told_to_be_unpacked(tmp_path):
    write_idx(tmp_path / "digits", "train", noise(20, 5, 5), [0, 1] * 10)
    shutil.make_archive(str(tmp_path / "digits"), "zip", tmp_path / "digits")
    with pytest.raises(DataError, match="unpack it, and give the folder"):
        load(tmp_path / "digits.zip")


OTHERS = {
    b"": "is empty",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive: unpack it",
    b"Rar!\x1a\x07": "is a rar archive: unpack it",
    b"\x89HDF\r\n": "is an HDF5 file: save its pictures",
    b"\x93NUMPY\1\0": "is one numpy array",
    b"\x80\x04cos\nsystem\n": "is a pickle, which could run code",
    b"<!DOCTYPE html>": "is a web page",
    b"version https://git-lfs.github.com/spec/v1": "is a Git LFS pointer",
    b"\xff\xd8\xff\xe0": "is one picture: give the folder",
    gzip.compress(b"not a tar" * 100): "is packed, and is no tar archive",
    b"\0" * 99: "neither a zip or tar archive nor a parquet or npz file",
}


@pytest.mark.parametrize("content", OTHERS)
def test_file_of_another_kind_is_called_what_it_is(content, tmp_path):
    (tmp_path / "set.dat").write_bytes(content)
    with pytest.raises(DataError, match=OTHERS[content]):
        load(tmp_path / "set.dat")
