"""Paths that nobody means, and folders that no program writes: a value or one sentence."""

import os
from pathlib import Path

import pytest

from resnet_core.data.describe import describe_data
from resnet_core.errors import DataMissingError
from tests.data.layout_trees import several, write_tree

pytestmark = pytest.mark.usefixtures("home")
DEEP = 260


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "pets", [*several("cat", 2), *several("dog", 2)])


def test_folders_of_any_depth_are_left_out_and_named(two, monkeypatch):
    monkeypatch.chdir(two / "cat")
    for _ in range(DEEP):
        Path("a").mkdir()
        os.chdir("a")
    report = describe_data(str(two), is_quick=True)
    for _ in range(DEEP):  # whoever clears up afterwards steps down by recursion
        os.chdir("..")
        Path("a").rmdir()
    assert report.splits == {"train": {"cat": 2, "dog": 2}}
    assert [(each.what, each.why) for each in report.ignored] == [("a", "is nested too deep")]


@pytest.mark.parametrize("name", [".", "../pets", "cat/.."])
def test_folder_is_called_what_it_is_wherever_one_stands(name, two, monkeypatch):
    monkeypatch.chdir(two)
    report = describe_data(name, is_quick=True)
    assert (report.title, report.splits) == ("pets", {"train": {"cat": 2, "dog": 2}})


@pytest.mark.parametrize("name", ["", " "])
def test_no_name_is_not_the_folder_one_stands_in(name, two, monkeypatch):
    monkeypatch.chdir(two)
    with pytest.raises(DataMissingError, match="There is no data set"):
        describe_data(name)


@pytest.mark.parametrize("name", ["https://example.org/pets.zip", "s3://pets/a.tar"])
def test_address_is_told_to_be_downloaded(name):
    with pytest.raises(DataMissingError, match="nothing is fetched from one: download the file"):
        describe_data(name)


def test_names_that_are_no_text_are_shown(two):
    (two / "cat").rename(os.fsdecode(os.fsencode(two) + b"/c\xe4t"))
    assert describe_data(str(two)).splits == {"train": {"c?t": 2, "dog": 2}}


def test_pipes_are_not_waited_for(two):
    os.mkfifo(two / "cat" / "pipe.png")
    os.mkfifo(two / "labels.csv")
    report = describe_data(str(two))
    assert report.splits == {"train": {"cat": 2, "dog": 2}}
    assert {each.what for each in report.ignored} == {"labels.csv", "cat/pipe.png"}
