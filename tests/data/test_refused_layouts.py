"""Folders of which nobody can tell what is meant are refused in one sentence, and at once."""

import pytest

from resnet_core.data.describe import describe_data
from resnet_core.errors import DataError
from tests.data.layout_cases import folders
from tests.data.layout_trees import csv_text, several, write_tree

pytestmark = pytest.mark.usefixtures("home")

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
    with pytest.raises(DataError, match="holds boxes around the objects"):
        describe_data(str(tmp_path / "set"))
