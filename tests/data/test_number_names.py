"""Classes that are numbers get the names of a list that has one for each."""

import pytest

from resnet_core.data.describe import describe_data
from tests.data.layout_trees import csv_text, several, write_tree

pytestmark = pytest.mark.usefixtures("home")
NAMES = "zebra\nant\n\n"
NAMED, NUMBERED = ("zebra", "ant"), ("0", "1")

CASES = {
    "from 0": (("0", "1"), {"classes.txt": NAMES}, NAMED),
    "from 1": (("1", "2"), {"classes.txt": NAMES}, NAMED),
    "with zeros before": (("00", "01"), {"class_names.txt": NAMES}, NAMED),
    "with accents": (NUMBERED, {"classes.txt": "\ufeffzébra\nant"}, ("zébra", "ant")),
    "too many": (NUMBERED, {"classes.txt": f"{NAMES}cow\n"}, NUMBERED),
    "twice the same": (NUMBERED, {"classes.txt": "ant\nant\n"}, NUMBERED),
    "other numbers": (("3", "7"), {"classes.txt": NAMES}, ("3", "7")),
    "names already": (("cat", "dog"), {"classes.txt": NAMES}, ("cat", "dog")),
    "labels with their names": (NUMBERED, {"classes.txt": "1 ant\n0 zebra\n"}, NUMBERED),
    "another text": (NUMBERED, {"notes.txt": NAMES}, NUMBERED),
}


@pytest.mark.parametrize("kind", CASES)
def test_list_names_numbers_if_it_has_one_for_each(kind, tmp_path):
    folders, texts, expected = CASES[kind]
    paths = [path for n, name in enumerate(folders) for path in several(f"train/{name}", 2 + n)]
    paths += several(f"test/{folders[1]}", 1)
    report = describe_data(str(write_tree(tmp_path / "set", paths, texts)), is_quick=True)
    assert report.classes == expected
    assert list(report.splits["train"].values()) == [2, 3]
    assert report.splits["test"] == dict(zip(expected, (0, 1), strict=True))
    is_named = expected != folders
    assert any(note.startswith("Classes are called by") for note in report.notes) is is_named
    assert [each.what for each in report.ignored] == ([] if is_named else list(texts))


def test_list_names_the_numbers_of_a_table(tmp_path):
    rows = [("file", "label"), *((f"{n}.png", n % 2) for n in range(6))]
    texts = {"labels.csv": csv_text(rows), "classes.txt": NAMES}
    root = write_tree(tmp_path / "set", several("images", 6), texts)
    assert describe_data(str(root), is_quick=True).splits == {"train": {"zebra": 3, "ant": 3}}
