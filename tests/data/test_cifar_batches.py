"""CIFAR's batches, packed and not: classes are never guessed, and no code in them is run."""

import pickle
import zipfile

import numpy as np
import pytest

from resnet_core.data.describe import describe_data
from resnet_core.errors import ArchiveError
from tests.data.cifar_batches import python2_pickle
from tests.data.reading import counts, load
from tests.data.villain import Villain

pytestmark = pytest.mark.usefixtures("home")


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


def test_batches_in_a_zip_give_the_same(cifar, tmp_path):
    packed = tmp_path / "cifar.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (tmp_path / "unpacked").rglob("*batch*"):
            if path.is_file():
                archive.writestr(f"{path.parent.name}/{path.name}", path.read_bytes())
    assert load(packed).card.sha256 == load(cifar).card.sha256


def test_batches_that_python_3_pickled_anew_are_read(cifar, tmp_path):
    before = load(cifar).card
    folder = tmp_path / "unpacked" / "cifar-10-batches-py"
    for path in folder.glob("*batch*"):
        held = pickle.loads(path.read_bytes(), encoding="bytes")
        path.write_bytes(pickle.dumps(held, protocol=5))
    assert load(folder).card.sha256 == before.sha256
    assert load(folder).card.class_names == before.class_names


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": [0.5] * 10}, "does not hold labels of CIFAR's kind"),
        ({"labels": [-1] * 10}, "labels beyond its 10 class names"),
        ({"labels": [0] * 9}, "does not hold CIFAR pictures"),
        ({"data": np.zeros((10, 3072), np.float32)}, "does not hold CIFAR pictures"),
        ({"data": np.full((10, 3072), 300, np.int16)}, "does not hold CIFAR pictures"),
    ],
)
def test_batches_of_other_numbers_are_refused(change, words, cifar, tmp_path):
    folder = tmp_path / "unpacked" / "cifar-10-batches-py"
    whole = {"data": np.zeros((10, 3072), np.uint8), "labels": [0] * 10}
    (folder / "data_batch_2").write_bytes(pickle.dumps(whole | change, protocol=2))
    with pytest.raises(ArchiveError, match=words):
        load(folder)
