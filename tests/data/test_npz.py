"""Arrays in an npz file, as Keras, MedMNIST and others name them; whatever else is refused."""

import numpy as np
import pytest

from resnet_core.data.describe import describe_data
from resnet_core.errors import ArchiveError, DataError
from tests.data.array_files import noise
from tests.data.reading import counts, load
from tests.data.villain import Villain

pytestmark = pytest.mark.usefixtures("home")


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


LABELS = {
    "texts": np.array(["dog", "cat", "dog ", "cat"] * 5),
    "bytes": np.array([b"dog", b"cat", b"dog", b"cat"] * 5),
    "a column for each": np.eye(2)[[1, 0] * 10],
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_may_be_texts_or_marks(kind, tmp_path):
    x = noise(20, 6, 6)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=LABELS[kind], x_test=x, y_test=LABELS[kind])
    data = load(tmp_path / "a.npz")
    assert data.test.labels.tolist() == [1, 0] * 10
    names = ("0", "1") if kind == "a column for each" else ("cat", "dog")
    assert data.card.class_names == names


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["cat", "dog", "owl"], ("cat", "dog", "owl")),
        ([b"cat", b"dog", b"owl"], ("cat", "dog", "owl")),
        (["cat"], ("0", "1")),  # too few to be their names
        ([3, 4], ("0", "1")),
    ],
)
def test_names_of_classes_beside_arrays_are_used_if_they_fit(names, expected, tmp_path):
    arrays = {"x_train": noise(20, 6, 6), "y_train": np.arange(20) % 2}
    np.savez(tmp_path / "a.npz", **arrays, class_names=np.array(names))
    report = describe_data(str(tmp_path / "a.npz"), is_quick=True)
    assert report.classes == expected
    assert [each.what for each in report.ignored] == ([] if len(expected) > 2 else ["class_names"])


def test_texts_in_one_part_and_numbers_in_another_are_refused(tmp_path):
    x, texts = noise(4, 6, 6), np.array(["cat", "dog"] * 2)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=texts, x_test=x, y_test=np.arange(4))
    with pytest.raises(DataError, match="texts for labels in one part and numbers in another"):
        load(tmp_path / "a.npz")


@pytest.mark.parametrize("marks", [np.ones((20, 2)), np.zeros((20, 2)), np.full((20, 2), 0.5)])
def test_several_labels_of_a_picture_are_refused(marks, tmp_path):
    np.savez(tmp_path / "a.npz", x_train=noise(20, 6, 6), y_train=marks)
    with pytest.raises(DataError, match="2 labels for each picture"):
        load(tmp_path / "a.npz")
