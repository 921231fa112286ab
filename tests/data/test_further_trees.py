"""Folders of public sets: masks and annotations beside pictures, tables of parts, look-alikes."""

import json
import unicodedata

import pytest

from resnet_core.data.describe import describe_data
from resnet_core.errors import DataError
from tests.data.layout_cases import PETS, Case, folders, part
from tests.data.layout_trees import csv_text, json_lines, several, write_tree

pytestmark = pytest.mark.usefixtures("home")


def coco(kinds: list[list[int]], first: int = 0) -> str:
    """Annotations of pictures, each with the categories of its objects."""
    pairs = [(image, kind) for image, held in enumerate(kinds) for kind in held]
    return json.dumps(
        {
            "images": [{"id": i, "file_name": f"{first + i}.png"} for i in range(len(kinds))],
            "annotations": [{"image_id": image, "category_id": kind} for image, kind in pairs],
            "categories": [{"id": 1, "name": "cat"}, {"id": 17, "name": "dog"}],
        }
    )


def rows(labels: str, first: int = 0) -> str:
    numbered = ((f"{first + n}.png", label) for n, label in enumerate(labels))
    return csv_text([("file", "label"), *numbered])


NAMED_PETS = several("images", 4, "Abyssinian_{}.jpg") + several("images", 4, "pug_{}.jpg")
READ: dict[str, Case] = {
    "trimaps beside pictures": Case(
        NAMED_PETS + several("annotations/trimaps", 4, "pug_{}.png"),
        {"train": part(["Abyssinian", "pug"], 4)},
        {"annotations": 4},
        layout="classes in the file names",
    ),
    "masks within classes": Case(
        [f"{pet}/{kind}/{n}.png" for pet in PETS for kind in ("images", "masks") for n in range(3)],
        {"train": part(PETS, 3)},
        {"cat/masks": 3, "dog/masks": 3},
    ),
    "a mask beside each picture": Case(
        [f"{pet}/{pet} ({n}){of}.png" for pet in PETS for n in range(3) for of in ("", "_mask")],
        {"train": part(PETS, 3)},
        {"cat (0)_mask.png, cat (1)_mask.png, cat (2)_mask.png and 3 more": 6},
    ),
    "annotations in the folders of the classes": Case(
        folders({"Images": 3}, ["n01-Pug", "n02-Collie"]),
        {"train": part(["n01-Pug", "n02-Collie"], 3)},
        {"Annotation": 2},
        texts={"Annotation/n01-Pug/a": "<a/>", "Annotation/n02-Collie/b": "<a/>"},
    ),
    "split and class in one name": Case(
        folders({"": 3}, ["train_cat", "train_dog", "test_cat", "test_dog"]),
        {"train": part(PETS, 3), "test": part(PETS, 3)},
        layout="folders that are named after split and class",
    ),
    "capital letters behind the split": Case(
        folders({"": 2}, ["trainA", "trainB", "testA", "testB"]),
        {"train": part(["A", "B"], 2), "test": part(["A", "B"], 2)},
        layout="folders that are named after split and class",
    ),
    "one table for each part, of one folder": Case(
        several("images", 12),
        {"train": {"a": 3, "b": 3}, "test": {"a": 2, "b": 2}},
        {"10.png, 11.png": 2},
        {"train.csv": rows("ababab"), "test.csv": rows("abab", 6)},
        layout="a table of labels, test.csv, train.csv",
    ),
    "COCO, an object a picture": Case(
        several("train2017", 4) + several("val2017", 2, "1{}.png"),
        {"train": part(PETS, 2), "validation": part(PETS, 1)},
        texts={
            "annotations/instances_train2017.json": coco([[1], [17], [1, 1], [17]]),
            "annotations/instances_val2017.json": coco([[1], [17]], 10),
        },
        layout="a table of labels, instances_train2017.json, instances_val2017.json",
    ),
    "COCO, a few pictures of two kinds": Case(
        several("images", 5),
        {"train": {"cat": 2, "dog": 1}},
        {"2.png": 1, "4.png": 1},
        {"instances.json": coco([[1], [17], [1, 17], [1], []])},
        layout="a table of labels, instances.json",
    ),
    "test labels by number, in a folder called Images": Case(
        folders({"Train/Images": 3}, ["00000", "00001"]) + several("Test/Images", 4),
        {"train": part(["00000", "00001"], 3), "test": part(["00000", "00001"], 2)},
        texts={
            "GT-test.csv": csv_text(
                [("File", "Width", "ClassId"), *((f"{n}.png", 6, n % 2) for n in range(4))], ";"
            )
        },
        layout="class folders in split folders, and the table GT-test.csv",
    ),
    "a class with a box behind it": Case(
        folders({"train": 3}, ["n01", "n02"]) + several("val", 2),
        {"train": part(["n01", "n02"], 3), "validation": part(["n01", "n02"], 1)},
        texts={"val.csv": csv_text([("id", "label"), (0, "n01 1 2 3 4"), (1, "n02 0 0 5 5")])},
        layout="class folders in split folders, and the table val.csv",
    ),
    "lists of parts beside class folders": Case(
        folders({"food/images": 4}, PETS),
        {"train": part(PETS, 2), "test": part(PETS, 1)},
        {"3.png": 2},
        {
            "food/meta/train.txt": "cat/0\ncat/1\ndog/0\ndog/1\n",
            "food/meta/test.txt": "cat/2\ndog/2\n",
        },
        layout="class folders, split by test.txt, train.txt",
    ),
    "a test list alone": Case(
        folders({"Images": 3}, PETS),
        {"train": part(PETS, 2), "test": part(PETS, 1)},
        texts={"TestImages.txt": "cat/0.png\ndog/1.png\n"},
        layout="class folders, split by TestImages.txt",
    ),
    "tables that name pictures in a column": Case(
        folders({"set": 3}, PETS),
        {"train": part(PETS, 2), "validation": part(PETS, 1)},
        texts={
            f"set/{kind}.csv": csv_text(
                [("", "Filename", "Label"), *((n, f"{p}/{n}.png", p) for p in PETS for n in of)]
            )
            for kind, of in (("train", (0, 1)), ("validation", (2,)))
        },
        layout="class folders, split by train.csv, validation.csv",
    ),
    "a flag for each picture's number": Case(
        folders({"images": 3}, PETS),
        {"train": part(PETS, 2), "test": part(PETS, 1)},
        texts={
            "images.txt": "".join(f"{n + 1} {PETS[n // 3]}/{n % 3}.png\n" for n in range(6)),
            "train_test_split.txt": "".join(f"{n + 1} {int(n % 3 > 0)}\n" for n in range(6)),
        },
        layout="class folders, split by images.txt, train_test_split.txt",
    ),
    "lists that contradict each other": Case(
        folders({"images": 4}, PETS),
        {"train": part(PETS, 4)},
        texts={
            f"labels/{kind}{number}.txt": "".join(f"{p}/{n}.png\n" for p in PETS for n in of)
            for kind, number, of in (("train", 1, (0, 1)), ("test", 1, (2,)), ("test", 2, (0,)))
        },
        notes="test1.txt, test2.txt, train1.txt put the same pictures into different parts",
    ),
    "names of several words": Case(
        several("images", 4),
        {"train": {"A320": 2, "Boeing 737": 2}},
        texts={"list.txt": "# all\n0.png A320\n1.png Boeing 737\n2.png A320\n3.png Boeing 737\n"},
        layout="a table of labels, list.txt",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READ.values(), ids=READ)
def test_public_set_is_read_as_it_is_meant(case, tmp_path):
    pictures = [path.lstrip("/") for path in case.pictures]
    report = describe_data(str(write_tree(tmp_path / "set", pictures, case.texts)), is_quick=True)
    assert report.splits == case.splits
    assert case.layout in report.layout and case.notes in " ".join(report.notes)
    left = {each.what: each.count for each in report.ignored}
    assert case.ignored.items() <= left.items()


ACCENT = [unicodedata.normalize(form, "Café") for form in ("NFC", "NFD")]
FOLDS = [f"fold{n}/{part}/{pet}/0.png" for n in "123" for part in ("train", "val") for pet in PETS]
TEN = several("images", 10)
REFUSED: dict[str, tuple[list[str], dict[str, str], str]] = {
    "folds above splits": (FOLDS, {}, "three folders hold the same class folders"),
    "a space behind a name": (
        several("cat", 2) + several("cat ", 2) + several("dog", 2),
        {},
        "two classes that look alike, 'cat' and 'cat ': give both one name",
    ),
    "accents in two ways": (folders({"": 2}, [*ACCENT, "tea"]), {}, "two classes that look alike"),
    "accents in another way in the test part": (
        [f"train/{n}/0.png" for n in (ACCENT[0], "tea")] + [f"test/{ACCENT[1]}/0.png"],
        {},
        "differ only in capitals, spaces or how accents are written",
    ),
    "a class called test": (
        several("test", 2) + several("control", 2),
        {},
        "only one class, 'control'.*; 'test' is named like a split: rename it if it is a class",
    ),
    "masks of pictures without classes": (
        several("images", 3) + several("masks", 3),
        {},
        "only one class, 'images'",
    ),
    "COCO, several kinds a picture": (
        several("images", 4),
        {"annotations/instances_train.json": coco([[1, 17]] * 4)},
        "gives pictures several objects or classes, as sets for detection do",
    ),
    "objects in metadata": (
        several("train", 4),
        {
            "train/metadata.jsonl": json_lines(
                {"file_name": f"{n}.png", "objects": {"categories": [n % 2]}} for n in range(4)
            )
        },
        "'train/metadata.jsonl' gives pictures several objects",
    ),
    "two tables of other classes": (
        TEN,
        {
            "family.txt": "".join(f"{n}.png {'xy'[n % 2]}\n" for n in range(10)),
            "maker.txt": "".join(f"{n}.png {'uvw'[n % 3]}\n" for n in range(10)),
        },
        "'family.txt' and 'maker.txt' sort the same pictures into different classes",
    ),
    "VOC": (TEN, {"Annotations/1.xml": "<annotation/>"}, "describes the objects in each picture"),
    "LabelMe": (TEN, {"images/1.json": '{"shapes": []}'}, "describes the objects in each picture"),
    "YOLO": (TEN, {"labels/1.txt": "0 0.5 0.5 0.1 0.1\n"}, "holds boxes around the objects"),
    "a WebDataset": (several("", 4), {"0.cls": "1", "0.json": "{}"}, "is a WebDataset"),
    "labels of MATLAB": (TEN, {"imagelabels.mat": "MATLAB 5.0"}, "labels in files of MATLAB"),
    "MATLAB": ([], {"pictures.mat": "M"}, "no pictures but files of MATLAB .pictures.mat."),
    "bare numbers": ([], {"set/pictures.bin": "1"}, "of CIFAR or STL-10 give their whole folder"),
    "TensorFlow": ([], {"t/a.tfrecord-00000-of-00001": "1"}, "no pictures but records of Tens"),
    "Arrow": ([], {"train/data-00000-of-00001.arrow": "1"}, "save it by to_parquet"),
    "HDF5": ([], {"train_x.h5": "1", "train_y.h5": "1"}, "no pictures but HDF5 files"),
    "LMDB": ([], {"data.mdb": "1"}, "no pictures but an LMDB database"),
    "pickles": ([], {"train.pkl": "1"}, "pickles, which could run code when read"),
    "pixels": ([], {"train.csv": "label,pixel0,pixel1\n1,2,3\n"}, "a table of their pixels"),
}


@pytest.mark.parametrize(("pictures", "texts", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_set_of_classes_is_called_what_it_is(pictures, texts, words, tmp_path):
    root = write_tree(tmp_path / "set", [path.lstrip("/") for path in pictures], texts)
    with pytest.raises(DataError, match=words) as caught:
        describe_data(str(root), is_quick=True)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_unlabelled_test_table_adds_no_classes(tmp_path):
    texts = {"train.csv": rows("ababab"), "test.csv": csv_text([("file", "width"), ("6.png", 6)])}
    report = describe_data(str(write_tree(tmp_path, TEN, texts)), is_quick=True)
    assert report.splits == {"train": {"a": 3, "b": 3}}
    assert [(each.count, each.why) for each in report.ignored if each.count > 1] == [
        (4, "has no label")
    ]
