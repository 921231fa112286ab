"""Folders as they lie on people's disks: what is a class, what a split, and what is left out."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from resnet_core.config import DataConfig
from resnet_core.data import load_dataset
from resnet_core.data.describe import DataReport, describe_data
from resnet_core.errors import DataError
from tests.data.layout_trees import csv_text, json_lines, several, write_tree

pytestmark = pytest.mark.usefixtures("home")

Splits = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Case:
    """A tree, and what is right to make of it."""

    pictures: list[str]
    splits: Splits
    ignored: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    """What one of the notes says."""
    layout: str = "class folders"


def folders(tops: dict[str, int], names: list[str]) -> list[str]:
    return [
        path for top, n in tops.items() for name in names for path in several(f"{top}/{name}", n)
    ]


def part(names: list[str], count: int) -> dict[str, int]:
    return dict.fromkeys(names, count)


PETS = ["cat", "dog"]
SAMPLES = [("photos/7.png", "cat"), ("photos/8.png", "dog"), ("photos/9.png", "cat")]

CASES = {
    "splits doubled, with a set before their names": Case(
        folders({"training_set/training_set": 4, "test_set/test_set": 3}, PETS),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
    ),
    "segmented scenes with unlabelled ones": Case(
        folders({"seg_train/seg_train": 4, "seg_test/seg_test": 3}, ["sea", "wood"])
        + several("seg_pred/seg_pred", 5),
        {"train": part(["sea", "wood"], 4), "test": part(["sea", "wood"], 3)},
        {"seg_pred": 5},
    ),
    "dev as validation": Case(
        folders({"train": 4, "dev": 2, "test": 3}, PETS),
        {"train": part(PETS, 4), "validation": part(PETS, 2), "test": part(PETS, 3)},
    ),
    "Training and Test beside another folder and a licence": Case(
        folders({"Training": 4, "Test": 3}, PETS) + several("test-multiple_pets", 6),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
        {"test-multiple_pets": 6, "LICENSE": 1, "readme.md": 1},
        texts={"LICENSE": "free", "readme.md": "# Pets"},
    ),
    "camel case": Case(
        folders({"trainingSet/trainingSet": 4, "testSet": 3}, ["0", "1", "2"]),
        {"train": part(["0", "1", "2"], 4), "test": part(["0", "1", "2"], 3)},
    ),
    "a name before each split, and single test pictures": Case(
        folders({"asl_train/asl_train": 4}, ["A", "B"])
        + several("asl_test/asl_test", 2, "A_{}.png"),
        {"train": part(["A", "B"], 4)},
        {"A_0.png, A_1.png": 2},
    ),
    "a test part whose classes stand in its table": Case(
        folders({"Train": 4}, ["0", "1"]) + several("Test", 4, "0000{}.png") + several("Meta", 2),
        {"train": part(["0", "1"], 4), "test": part(["0", "1"], 2)},
        {"Meta": 2, "Train.csv": 1},
        {
            "Test.csv": csv_text(
                [("Width", "ClassId", "Path"), *((6, n % 2, f"Test/0000{n}.png") for n in range(4))]
            ),
            "Train.csv": csv_text([("Width", "ClassId", "Path"), (6, 0, "Train/0/0.png")]),
        },
        layout="class folders in split folders, and the table Test.csv",
    ),
    "a copy of the splits within themselves": Case(
        folders({"train": 4, "val": 2, "test": 3}, PETS)
        + folders({"pets/train": 4, "pets/val": 2, "pets/test": 3}, PETS)
        + ["__MACOSX/pets/train/cat/._0.png"],
        {"train": part(PETS, 4), "validation": part(PETS, 2), "test": part(PETS, 3)},
        {"pets": 18, "._0.png": 1},
    ),
    "a copy of the classes within themselves": Case(
        several("cat", 3) + several("dog", 4) + folders({"pets": 2}, PETS),
        {"train": {"cat": 3, "dog": 4}},
        {"pets": 4},
    ),
    "a copy of the classes within the training folder": Case(
        folders({"train": 4, "test": 3, "train/train": 4}, PETS),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
        {"train": 8},
    ),
    "classes beside their own splits": Case(
        folders({"train": 4, "test": 3}, PETS) + several("cat", 7) + several("dog", 7),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
        {"cat": 7, "dog": 7},
    ),
    "splits below the classes": Case(
        folders({"cat": 3, "dog": 3}, ["train", "test"]),
        {"train": part(PETS, 3), "test": part(PETS, 3)},
        layout="split folders in class folders",
    ),
    "a split name in one class alone": Case(
        several("cat/test", 2) + several("cat", 3) + several("dog", 4),
        {"train": {"cat": 5, "dog": 4}},
        notes="test within a class folder is no split",
    ),
    "a split name two folders down": Case(
        folders({"cat/tabby": 2, "dog/old": 2}, ["train", "test"]),
        {"train": {"cat": 4, "dog": 4}},
        notes="test, train within a class folder is no split",
    ),
    "kinds within classes": Case(
        [*several("animal/cat", 3), *several("animal/dog", 3), *several("vehicle/car", 4)],
        {"train": {"animal": 6, "vehicle": 4}},
        notes="3 folders lie within class folders",
    ),
    "only a test folder": Case(
        folders({"test": 3}, PETS), {"test": part(PETS, 3)}, notes="measured on these pictures"
    ),
    "validation and test alone": Case(
        folders({"val": 2, "test": 3}, PETS), {"validation": part(PETS, 2), "test": part(PETS, 3)}
    ),
    "a script beside the only folder": Case(
        folders({"raw-img": 3}, ["cane", "gatto"]),
        {"train": part(["cane", "gatto"], 3)},
        {"translate.py": 1},
        texts={"translate.py": "names = {}"},
    ),
    "a licence, notes and a model's folder": Case(
        folders({"flower_photos": 3}, ["daisy", "rose"]),
        {"train": part(["daisy", "rose"], 3)},
        {"LICENSE, notes.docx": 2, "models": 1},
        texts={"LICENSE": "free", "models/net.pth": "weights", "notes.docx": "words"},
    ),
    "a text in a split folder beside its doubled name": Case(
        folders({"train/train": 4, "test": 3}, PETS),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
        {"make.py": 1},
        texts={"train/make.py": "print()"},
    ),
    "files of Windows": Case(
        folders({"pets": 3}, PETS),
        {"train": part(PETS, 3)},
        {"Thumbs.db, desktop.ini": 3},
        texts={"pets/cat/Thumbs.db": "", "pets/dog/Thumbs.db": "", "pets/cat/desktop.ini": ""},
    ),
    "unlabelled pictures beside the classes": Case(
        several("cat", 3) + several("dog", 3) + several("test", 4),
        {"train": part(PETS, 3)},
        {"test": 4},
    ),
    "a vehicle called train": Case(
        several("car", 3) + several("train", 3),
        {"train": part(["car", "train"], 3)},
        notes="'train' is taken as a class",
    ),
    "classes by file name": Case(
        several("train", 4, "cat.{}.jpg") + several("train", 4, "dog.{}.jpg") + several("test1", 3),
        {"train": part(PETS, 4)},
        {"0.png, 1.png, 2.png": 3},
        layout="classes in the file names",
    ),
    "breeds by file name": Case(
        several("images", 3, "great_pyrenees_{}.png") + several("images", 3, "Abyssinian_1{}.png"),
        {"train": part(["Abyssinian", "great_pyrenees"], 3)},
        layout="classes in the file names",
    ),
    "train labels with a number for each file": Case(
        several("train", 4) + several("test", 6),
        {"train": {"frog": 2, "truck": 2}},
        {"sampleSubmission.csv": 1, "0.png, 1.png, 2.png and 3 more": 6},
        {
            "trainLabels.csv": csv_text(
                [("id", "label"), (0, "frog"), (1, "truck"), (2, "frog"), (3, "truck")]
            ),
            "sampleSubmission.csv": csv_text([("id", "label"), (0, "cat"), (1, "cat")]),
        },
        layout="a table of labels, trainLabels.csv",
    ),
    "labels by file name": Case(
        several("images", 4),
        {"train": {"a": 2, "b": 2}},
        {"labels.csv": 1},
        {
            "labels.csv": csv_text(
                [
                    ("filename", "label"),
                    *(("0.png", "a"), ("1.png", "b"), ("2.png", "a"), ("3.png", "b")),
                    ("gone.png", "b"),
                ]
            )
        },
        layout="a table of labels, labels.csv",
    ),
    "metadata in JSON lines": Case(
        several("train", 4),
        {"train": {"a": 2, "b": 1}},
        {"3.png": 1},
        {
            "train/metadata.jsonl": json_lines(
                {"file_name": f"{number}.png", "label": "ab"[number % 2], "width": 6}
                for number in range(3)
            )
        },
        layout="a table of labels, metadata.jsonl",
    ),
    "paths in a table, semicolons, whole numbers as fractions, -1": Case(
        [path for path, _ in SAMPLES] + ["photos/new/10.png", "photos/new/11.png"],
        {"train": {"1": 2, "12": 1, "3": 1}},
        {"11.png": 1},
        {
            "data.tsv": csv_text(
                [
                    *(("species", "path"), ("1.0", "photos\\7.png"), ("3.0", "./photos/8.png")),
                    *(("1.0", "photos/9.png"), ("12.0", "photos/new/10.png")),
                    ("-1.0", "photos/new/11.png"),
                ],
                ";",
            )
        },
        layout="a table of labels, data.tsv",
    ),
    "a table with a column of splits": Case(
        several("images", 5),
        {"train": {"a": 1, "b": 2}, "test": {"a": 1, "b": 1}},
        texts={
            "list.csv": csv_text(
                [
                    *(("image", "class", "split"), ("0", "a", "train"), ("1", "b", "train")),
                    *(("2", "b", "train"), ("3", "a", "test"), ("4", "b", "test")),
                ]
            )
        },
        layout="a table of labels, list.csv",
    ),
    "folders that are only numbered, and a table": Case(
        several("images_001", 3, "a{}.png") + several("images_002", 3, "b{}.png"),
        {"train": {"ill": 2, "well": 4}},
        texts={
            "entries.csv": csv_text(
                [("Image", "Label")]
                + [(f"{x}{n}.png", "ill" if n == 1 else "well") for x in "ab" for n in range(3)]
            )
        },
        layout="a table of labels, entries.csv",
    ),
    "numbered classes with no table": Case(
        several("s1", 3) + several("s2", 3), {"train": part(["s1", "s2"], 3)}
    ),
    "annotations of the validation part": Case(
        several("train/n01/images", 3, "n01_{}.JPEG")
        + several("train/n02/images", 3, "n02_{}.JPEG")
        + several("val/images", 4, "val_{}.JPEG")
        + several("test/images", 5, "test_{}.JPEG"),
        {"train": part(["n01", "n02"], 3), "validation": part(["n01", "n02"], 2)},
        {"test_0.JPEG, test_1.JPEG, test_2.JPEG and 2 more": 5},
        {
            "val/val_annotations.txt": csv_text(
                [(f"val_{n}.JPEG", f"n0{1 + n % 2}", 0, 0, 5, 5) for n in range(4)], "\t"
            ),
            "wnids.txt": "n01\nn02\n",
            "words.txt": "n01\tcat\nn02\tdog\n",
            "train/n01/n01_boxes.txt": "n01_0.JPEG\t0\t0\t5\t5\n",
        },
        layout="class folders in split folders, and the table val_annotations.txt",
    ),
}


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


REFUSED = {
    "the same classes in colour and grey": (
        folders({"color": 2, "grayscale": 2, "segmented": 2}, ["scab", "healthy", "rust"]),
        {},
        "three folders hold the same class folders: give one of them",
    ),
    "the same classes but for one": (
        folders({"indoor": 2, "outdoor": 2}, ["cat", "dog"]) + several("indoor/fox", 2),
        {},
        "two folders hold the same class folders: give one of them",
    ),
    "a training folder beside folders that are no splits": (
        folders({"train": 2}, ["steam", "diesel"]) + several("car", 3) + several("bus", 3),
        {},
        "no splits .bus, car.: give the folder 'train' alone",
    ),
    "splits without any class": (
        several("training_set", 3) + several("test_set", 3),
        {},
        r"named like splits \(test_set, training_set\) but no class folders",
    ),
    "capitals": (
        folders({"train": 2}, ["Cat", "Dog"]) + folders({"test": 2}, ["cat", "dog"]),
        {},
        "class 'cat' in its test folder and 'Cat' in its train folder, which differ only in cap",
    ),
    "a class of the validation part alone": (
        folders({"train": 2, "val": 2}, ["cat", "dog"]) + several("val/fox", 2),
        {},
        "class 'fox' in its validation folder that its train folder lacks",
    ),
    "a table without a column of classes": (
        several("images", 4),
        {"list.csv": csv_text([("file", "height", "width"), ("0.png", 6, 6), ("1.png", 6, 6)])},
        "'list.csv' names the pictures, but none of its columns .file, height, width. is called l",
    ),
    "a caption for each picture": (
        several("images", 12),
        {
            "text.csv": csv_text(
                [("file", "text"), *((f"{n}.png", f"A pet {n}") for n in range(12))]
            )
        },
        "'text.csv' names the pictures, but none of its columns .file, text. is called label",
    ),
    "a table of measurements": (
        several("images", 3),
        {"y.csv": csv_text([("file", "label"), ("0.png", 0.25), ("1.png", 0.5), ("2.png", 1)])},
        "'y.csv' names the pictures, but its labels are no classes",
    ),
    "names of cameras": (
        several("all", 3, "IMG_00{}.png") + several("all", 3, "DSC_00{}.png"),
        {},
        "only one class, 'all'",
    ),
}


@pytest.mark.parametrize(("pictures", "texts", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_told_is_refused_in_one_sentence(pictures, texts, sentence, tmp_path):
    write_tree(tmp_path / "set", pictures, texts)
    with pytest.raises(DataError, match=sentence) as caught:
        describe_data(str(tmp_path / "set"))
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_a_text_beside_each_picture_costs_no_time(tmp_path):
    count = 400
    texts = {
        f"train/labels/{number}.txt": f"{number % 3} 0.5 0.5 1 1\n" * 2 for number in range(count)
    }
    write_tree(tmp_path / "set", several("train/images", 20), texts)
    with pytest.raises(DataError, match="class folders"):
        describe_data(str(tmp_path / "set"))


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
