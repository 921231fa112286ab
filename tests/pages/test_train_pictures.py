"""Pictures of one's own on the Train page: counted, shown, left out by name, or refused."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.data.layout_trees import several, write_tree
from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import settle, tile_rows
from tests.pages.tiny import write_pictures
from tests.pages.train_page import labels

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("no_measuring")]


def test_form_looks_at_a_folder_of_ones_own(open_page: OpenPage, tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "own")
    at = open_page("train")
    at.selectbox(key="data_source").select("Pictures of my own").run()
    at.text_input(key="data_path").set_value(str(folder)).run()
    assert not at.exception
    assert any(
        "3 classes: dark, grey, light" in caption.value.replace("\\", "") for caption in at.caption
    )


def _look_at(at: AppTest, folder: Path) -> AppTest:
    at.selectbox(key="data_source").select("Pictures of my own").run()
    return settle(at.text_input(key="data_path").set_value(str(folder)).run())


def test_form_shows_counts_and_pictures_and_names_what_is_left_out(
    open_page: OpenPage, tmp_path: Path
) -> None:
    tops = {"training_set/a__b": 8, "training_set/dog": 8, "test_set/a__b": 3, "test_set/dog": 3}
    pictures = [path for top, count in tops.items() for path in several(top, count)]
    folder = write_tree(tmp_path / "own", [*pictures, *several("pred", 2)], {"LICENSE": "free"})
    at = _look_at(open_page("train"), folder)
    said = " ".join(caption.value.replace("\\", "") for caption in at.caption)
    assert "2 classes: a__b, dog (class folders in split folders)" in said
    assert "No validation folder: 10\u00a0% of the training pictures are held out for it." in said
    assert "Left out: 3 files" in [expander.label for expander in at.expander]
    left = next(table.value for table in at.dataframe if "Because it" in table.value)
    assert left["What"].to_list() == ["pred", "LICENSE"]
    assert left["Files"].to_list() == [2, 1]
    rows = tile_rows(at, "own-pictures")
    assert [(row["title"], row["notes"]) for row in rows] == [
        ("a__b", ["8 train, 3 test"]),
        ("dog", ["8 train, 3 test"]),
    ]
    assert [len(row["tiles"]) for row in rows] == [6, 6]
    assert "Start training" in labels(at)


def test_form_folds_the_pictures_of_many_classes(open_page: OpenPage, tmp_path: Path) -> None:
    names = [f"kind {number:02}" for number in range(9)]
    folder = write_tree(tmp_path / "own", [p for name in names for p in several(name, 3)])
    at = _look_at(open_page("train"), folder)
    assert [row["title"] for row in tile_rows(at, "own-pictures")] == names[:6]
    assert "Pictures of 3 more classes" in [expander.label for expander in at.expander]
    counts = next(table.value for table in at.dataframe if "Class" in table.value)
    assert counts["train"].to_list() == [3] * 9


def test_form_says_what_is_wrong_with_a_folder(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    at = open_page("train")
    at.selectbox(key="data_source").select("Pictures of my own").run()
    for path in (tmp_path / "empty", tmp_path / "missing", "~nobody-of-that-name/x", "x" * 300):
        at.text_input(key="data_path").set_value(str(path)).run()
        assert not at.exception
        assert len(at.error) == 1
        assert "Error" not in at.error[0].value
        assert "Start training" not in labels(at)


def test_expected_errors_are_one_line_in_the_log(
    open_page: OpenPage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at = open_page("train")
    at.selectbox(key="data_source").select("Pictures of my own").run()
    at.text_input(key="data_path").set_value(str(tmp_path / "missing")).run()
    (said,) = [record for record in caplog.records if record.name == "resnet_lab"][:1]
    assert "missing" in said.getMessage()
    assert "\n" not in said.getMessage()
    assert said.exc_info is None
