"""Tables in the encodings and with the names that other systems write."""

import json
import unicodedata
from pathlib import Path

import pytest

from resnet_core.data.describe import describe_data
from resnet_core.data.texts import decode_text
from resnet_core.errors import DataError
from tests.data.layout_trees import several, write_tree

pytestmark = pytest.mark.usefixtures("home")
NAMES = ["dög", "düg"]
ROWS = [(f"{number}.png", NAMES[number % 2]) for number in range(6)]
TABLE = "file,label\n" + "".join(f"{file},{name}\n" for file, name in ROWS)


def described(tmp_path: Path, content: bytes, file: str = "labels.csv", names: str = "{}.png"):
    root = write_tree(tmp_path / "set", several("images", 6, names))
    (root / file).write_bytes(content)
    return describe_data(str(root), is_quick=True)


WRITTEN: dict[str, bytes] = {
    "a mark": TABLE.encode("utf-8-sig"),
    "UTF-16 with a mark": TABLE.encode("utf-16"),
    "UTF-16": TABLE.encode("utf-16-le"),
    "UTF-16 the other way": TABLE.encode("utf-16-be"),
    "Windows": TABLE.encode("cp1252"),
    "Excel's separator": f"sep=;\n{TABLE.replace(',', ';')}".encode(),
    "a remark": f"# made by hand\n{TABLE}".encode(),
    "capitals": TABLE.replace(".png", ".PNG").encode(),
    "a heading behind a mark": f"#{TABLE}".encode(),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_tables_of_other_systems_tell_the_classes(kind, tmp_path):
    report = described(tmp_path, WRITTEN[kind])
    assert report.splits == {"train": {"dög": 3, "düg": 3}}
    assert not [each for each in report.ignored if "there" in each.why]
    is_told = any("was read as Windows-1252" in note for note in report.notes)
    assert is_told is (kind == "Windows")


def test_json_may_be_wide(tmp_path):
    report = described(tmp_path, json.dumps(dict(ROWS)).encode("utf-16"), "labels.json")
    assert report.splits == {"train": {"dög": 3, "düg": 3}}


def test_accents_of_file_names_may_be_written_in_two_ways(tmp_path):
    content = TABLE.replace(".png", "é.png").encode()
    report = described(tmp_path, content, names=unicodedata.normalize("NFD", "{}é.png"))
    assert report.splits == {"train": {"dög": 3, "düg": 3}}


def test_two_files_that_differ_in_capitals_are_told_apart(tmp_path):
    root = write_tree(tmp_path / "set", ["i/a.png", "i/A.png", "i/b.png", "i/B.png"])
    (root / "labels.csv").write_text("file,label\na.png,1\nA.png,2\nb.png,1\nB.png,2\n")
    assert describe_data(str(root), is_quick=True).splits == {"train": {"1": 2, "2": 2}}


@pytest.mark.parametrize(
    ("text", "encoding", "is_guessed"),
    [
        ("", "utf-8", False),
        ("a", "utf-8", False),
        ("été", "utf-8", False),
        ("été", "cp1252", True),
        ("犬,猫\n", "utf-16", False),
        ("plain text, and more of it", "utf-16-be", False),
    ],
)
def test_text_is_what_was_written(text, encoding, is_guessed):
    assert decode_text(text.encode(encoding)) == (text, is_guessed)


def test_bytes_of_no_text_lose_nothing():
    text, is_guessed = decode_text(bytes(range(128, 256)))
    assert (len(set(text)), is_guessed) == (128, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TABLE.replace(".png", "x.png"), "'labels.csv' names none of its pictures"),
        ("file,label\n0.png,cat\n" + "y.png,dog\n" * 9, "'labels.csv' names too few of its pictur"),
    ],
)
def test_table_that_names_no_pictures_is_told(content, words, tmp_path):
    with pytest.raises(DataError, match=f"holds only one class, 'images': .*; {words}"):
        described(tmp_path, content.encode())


def test_spreadsheet_is_told_to_be_saved_as_a_table(tmp_path):
    with pytest.raises(DataError, match=r"has a spreadsheet \(labels\.xlsx\), which is not read"):
        described(tmp_path, b"PK", "labels.xlsx")


def test_texts_beside_pictures_are_told(tmp_path):
    texts = {f"images/{number}.txt": str(number % 2) for number in range(6)}
    root = write_tree(tmp_path / "set", several("images", 6), texts)
    with pytest.raises(DataError, match="has a text beside each picture"):
        describe_data(str(root), is_quick=True)


def test_empty_folder_beside_classes_is_named(tmp_path):
    root = write_tree(tmp_path / "set", [*several("cat", 2), *several("dog", 2)])
    (root / "fish").mkdir()
    (root / ".git" / "refs").mkdir(parents=True)
    (root / ".git" / ".empty").mkdir()
    report = describe_data(str(root), is_quick=True)
    assert ("fish", "is an empty folder") in [(each.what, each.why) for each in report.ignored]
