import pytest

from resnet_core.data.arrange import arrange_files
from resnet_core.errors import DataError


def test_arrange_files_takes_folders_as_classes_in_alphabetical_order():
    arrangement = arrange_files(["dog/2.png", "cat/1.png", "dog/1.png"], "zoo")
    assert arrangement.class_names == ("cat", "dog")
    assert arrangement.files == {"train": (("cat/1.png", 0), ("dog/1.png", 1), ("dog/2.png", 1))}


@pytest.mark.parametrize(
    ("top", "part"),
    [("train", "train"), ("Training", "train"), ("VAL", "validation"), ("testing", "test")],
)
def test_arrange_files_knows_the_part_folders(top, part):
    paths = ["train/cat/1.png", "train/dog/1.png", f"{top}/cat/2.png"]
    assert (f"{top}/cat/2.png", 0) in arrange_files(paths, "zoo").files[part]


@pytest.mark.parametrize("top", ["", "zoo/", "my zoo/pictures/"])
@pytest.mark.parametrize("part", ["", "train/"])
def test_arrange_files_sees_through_folders_around_everything(top, part):
    paths = [f"{top}{part}{name}/1.png" for name in ("cat", "dog")]
    arrangement = arrange_files(paths, "zoo")
    assert arrangement.class_names == ("cat", "dog")
    assert [path for path, _ in arrangement.files["train"]] == sorted(paths)


@pytest.mark.parametrize(
    "cruft",
    [
        "__MACOSX/zoo/cat/._1.png",
        ".DS_Store",
        "zoo/.DS_Store",
        "zoo/cat/.DS_Store",
        "zoo/cat/Thumbs.db",
        "zoo/dog/desktop.ini",
        "zoo/.git/config",
        "zoo/readme.txt",
        "labels.CSV",
    ],
)
def test_arrange_files_leaves_out_what_is_no_picture(cruft):
    paths = ["zoo/cat/1.png", "zoo/dog/1.png", cruft]
    arrangement = arrange_files(paths, "zoo")
    assert arrangement.class_names == ("cat", "dog")
    assert len(arrangement.files["train"]) == 2
    assert not arrangement.note


def test_arrange_files_takes_folders_within_a_class_as_that_class():
    paths = ["cat/tabby/1.png", "cat/2.png", "dog/big/old/1.png"]
    assert arrange_files(paths, "zoo").files["train"] == (
        ("cat/2.png", 0),
        ("cat/tabby/1.png", 0),
        ("dog/big/old/1.png", 1),
    )


def test_arrange_files_takes_train_as_a_class_beside_other_classes():
    arrangement = arrange_files(["train/1.png", "car/1.png", "bus/1.png"], "vehicles")
    assert arrangement.class_names == ("bus", "car", "train")


def test_arrange_files_says_that_loose_pictures_were_left_out():
    arrangement = arrange_files(["cat/1.png", "dog/1.png", "cover.png", "back.png"], "zoo")
    assert arrangement.note == " 2 pictures outside of class folders were left out."


def test_arrange_files_leaves_out_a_test_folder_without_classes():
    paths = ["train/cat/1.png", "train/dog/1.png", "test/1.png", "test/2.png"]
    arrangement = arrange_files(paths, "kaggle")
    assert set(arrangement.files) == {"train"}
    assert "2 pictures" in arrangement.note


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], "holds no pictures"),
        (["readme.txt", ".DS_Store"], "holds no pictures"),
        (["1.png", "2.png"], "2 pictures but no class folders"),
        (["zoo/1.png", "zoo/2.png"], "only one class, 'zoo'"),
        (
            ["train/1.png", "test/1.png", "train/2.png"],
            r"3 pictures in folders that are named like splits \(test, train\)",
        ),
        (["train/cat/1.png", "train/cat/2.png"], "only one class, 'cat'"),
        (
            ["train/cat/1.png", "train/dog/1.png", "test/cow/1.png"],
            "class 'cow' in its test folder",
        ),
    ],
)
def test_arrange_files_refuses_in_one_sentence(paths, message):
    with pytest.raises(DataError, match=message) as caught:
        arrange_files(paths, "zoo")
    assert "\n" not in str(caught.value)
