"""Tables and folders as people have them: a column for each class, others' paths, copies."""

import json
import shutil

import numpy as np
import pytest

from resnet_core.data.describe import describe_data
from resnet_core.data.repeats import say_repeats
from resnet_core.data.source import Part
from resnet_core.errors import DataError
from tests.data.layout_trees import several, write_tree

SIX = [f"images/{number}.png" for number in range(6)]
NAMES = ["dog", "cat"] * 3


def table(heading: str, *rows: str) -> str:
    return "\n".join([heading, *rows]) + "\n"


TABLES = {
    "a column for each class": (
        "labels.csv",
        table("image,cat,dog", *(f"{n},{n % 2}.0,{1 - n % 2}.0" for n in range(6))),
    ),
    "paths of another machine": (
        "labels.csv",
        table("path,label", *(f"/home/me/set/{n}.png,{NAMES[n]}" for n in range(6))),
    ),
    "numbers and names": (
        "labels.csv",
        table("file,label,label_name", *(f"{n}.png,{n % 2},{NAMES[n]}" for n in range(6))),
    ),
    "a mapping": ("labels.json", json.dumps({f"{n}.png": NAMES[n] for n in range(6)})),
    "records below a name": (
        "labels.json",
        json.dumps(
            {"version": 1, "data": [{"file": f"{n}.png", "label": NAMES[n]} for n in range(6)]}
        ),
    ),
    "records": (
        "labels.json",
        json.dumps([{"image": f"{n}.png", "class": NAMES[n]} for n in range(6)]),
    ),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_many_forms_tell_the_classes(kind, tmp_path):
    write_tree(tmp_path, SIX)
    name, content = TABLES[kind]
    (tmp_path / name).write_text(content)
    report = describe_data(str(tmp_path), is_quick=True)
    assert report.splits == {"train": {"cat": 3, "dog": 3}}
    assert report.layout == f"a table of labels, {name}"


def test_picture_with_two_classes_in_a_table_is_left_out(tmp_path):
    write_tree(tmp_path, SIX)
    rows = [f"{n}.png,{NAMES[n]}" for n in range(6)]
    (tmp_path / "labels.csv").write_text(table("file,label", *rows, "0.png,cat"))
    report = describe_data(str(tmp_path), is_quick=True)
    assert report.splits == {"train": {"cat": 3, "dog": 2}}
    assert [(each.what, each.why) for each in report.ignored] == [
        ("0.png", "is given different classes by the table")
    ]


def test_several_classes_of_a_picture_are_refused(tmp_path):
    write_tree(tmp_path, SIX)
    (tmp_path / "labels.csv").write_text(table("image,cat,dog", *(f"{n},1,1" for n in range(6))))
    with pytest.raises(DataError, match="none of its columns"):
        describe_data(str(tmp_path), is_quick=True)


def test_folder_beside_unlabelled_pictures_is_seen_through(tmp_path):
    paths = [*several("labeled/cat", 3), *several("labeled/dog", 3), *several("unlabeled", 2)]
    report = describe_data(str(write_tree(tmp_path, paths)), is_quick=True)
    assert report.splits == {"train": {"cat": 3, "dog": 3}}
    assert [(each.what, each.count) for each in report.ignored] == [("unlabeled", 2)]


def test_archive_within_an_archive_or_a_folder_is_named(tmp_path):
    pets = write_tree(tmp_path / "pets", [*several("cat", 2), *several("dog", 2)])
    folder = tmp_path / "raw"
    folder.mkdir()
    shutil.make_archive(str(folder / "pets"), "zip", pets)
    packed = shutil.make_archive(str(tmp_path / "outer"), "zip", folder)
    for path, what in ((folder, "give it"), (packed, "unpack it")):
        with pytest.raises(DataError, match=f"another archive, 'pets.zip': {what}"):
            describe_data(str(path), is_quick=True)


@pytest.mark.parametrize(("other", "is_told"), [("Cat", True), ("cow", False)])
def test_classes_that_differ_in_capitals_alone_are_told(other, is_told, tmp_path):
    paths = [*several("cat", 2), *several("dog", 2), *several(other, 2)]
    notes = describe_data(str(write_tree(tmp_path, paths)), is_quick=True).notes
    assert ("'Cat' and 'cat' differ in capitals alone" in notes[0]) is is_told


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("BACKGROUND_Google", True),
        ("257.clutter", True),
        ("background", True),
        ("cluttered desk", False),
        ("green background", False),
    ],
)
def test_class_of_pictures_without_a_class_stays_one_and_is_told(name, is_told, tmp_path):
    paths = [*several("ant", 2), *several("bee", 2), *several(name, 2)]
    report = describe_data(str(write_tree(tmp_path, paths)), is_quick=True)
    assert set(report.classes) == {"ant", "bee", name}
    sentence = f"'{name}' is named as pictures that belong to no class"
    assert any(note.startswith(sentence) for note in report.notes) is is_told


def test_repeated_pictures_are_counted():
    train, test = np.arange(24).reshape(6, 2, 2, 1), np.arange(8, 32).reshape(6, 2, 2, 1)
    images: dict[Part, np.ndarray]
    images = {"train": train.astype(np.uint8), "test": test.astype(np.uint8)}
    labels: dict[Part, np.ndarray]
    labels = {"train": np.array([0, 0, 0, 1, 1, 1]), "test": np.array([0, 1, 1, 0, 0, 1])}
    shared, torn = say_repeats(images, labels)
    assert shared.startswith("4 test pictures are some of the training pictures, pixel by pixel")
    assert torn.startswith("1 picture has more than one class")
    images["test"] += 100
    assert list(say_repeats(images, labels)) == []


def test_copies_and_empty_classes_are_told_of_a_folder(tmp_path):
    folder = write_tree(
        tmp_path,
        [f"{part}/{name}/{n}.png" for part in ("train", "test") for name in "ab" for n in "123"],
    )
    shutil.copy(folder / "train/a/1.png", folder / "test/a/4.png")
    (folder / "train/c").mkdir()
    (folder / "train/c/1.png").write_bytes(b"no picture")
    notes = describe_data(str(folder)).notes
    assert notes[0].startswith("1 test picture is one of the training pictures")
    assert notes[1] == "No training picture of 'c' can be read: no net learns that class."
