"""Class names by a data set's name, from a file, or typed."""

import json
from pathlib import Path

import pytest

from resnet_core.data.class_names import CIFAR10
from resnet_core.errors import ConfigError
from resnet_core.importing import names_typed, read_class_names


def test_names_come_from_sets_lists_and_files(tmp_path: Path):
    assert read_class_names("cifar10") == CIFAR10
    assert read_class_names(" cat , dog ,") == ("cat", "dog")
    assert read_class_names("") == ()
    lines = tmp_path / "names.txt"
    lines.write_text("\ufeffcat\r\ndog, brown\n\n", "utf-8")
    assert read_class_names(str(lines)) == ("cat", "dog, brown")


@pytest.mark.parametrize(
    "content",
    [
        ["cat", "dog"],
        {"cat": 0, "dog": 1},
        {"0": "cat", "1": "dog"},
        {"id2label": {"1": "dog", "0": "cat"}},
        {"class_to_idx": {"dog": 1, "cat": 0}},
    ],
)
def test_names_are_read_from_json_in_every_usual_form(content, tmp_path: Path):
    file = tmp_path / "names.json"
    file.write_text(json.dumps(content))
    assert read_class_names(str(file)) == ("cat", "dog")


FORMS = {
    "a.json": b'{"0": ["n01", "cat"], "1": ["n02", "dog"]}',
    "b.json": b'{"class_names": ["cat", "dog"]}',
    "c.json": b'{"names": {"0": "cat", "1": "dog"}}',
    "json.txt": b'["cat", "dog"]',
    "wide.txt": "cat\r\ndog\r\n".encode("utf-16"),
    "numbered.txt": b"0 cat\n1 dog\n",
    "turned.txt": b"1: dog\n0: cat\n",
    "table.csv": b"id,name\n0,cat\n1,dog\n",
    "one_line.txt": b"cat,dog",
    "set.yaml": b"names:\n  0: cat\n  1: 'dog'\n",
    "dashes.yaml": b"names:\n- cat\n- dog\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_names_are_read_from_what_people_keep_them_in(name, tmp_path: Path):
    (tmp_path / name).write_bytes(FORMS[name])
    assert read_class_names(str(tmp_path / name)) == ("cat", "dog")


@pytest.mark.parametrize("content", [bytes(range(256)), "grün".encode("latin1")])
def test_texts_in_another_encoding_are_told(content, tmp_path: Path):
    (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(ConfigError, match=r"is no text in UTF-8 or UTF-16, .*: save it as UTF-8"):
        read_class_names(str(tmp_path / "names.txt"))


@pytest.mark.parametrize("content", [b"", b" \n\n", b"['cat', 'dog']"])
def test_texts_without_names_are_told(content, tmp_path: Path):
    (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(ConfigError, match="holds no class names"):
        read_class_names(str(tmp_path / "names.txt"))


def test_file_that_is_not_there_is_no_class():
    with pytest.raises(ConfigError, match=r"There is no file 'gone/labels\.txt'"):
        read_class_names("gone/labels.txt")


@pytest.mark.parametrize("content", ["{}", "[]", "[1]", '{"a": 5}', '{"0": ""}', "[[[", "7"])
def test_files_without_names_are_told(content, tmp_path: Path):
    file = tmp_path / "names.json"
    file.write_text(content)
    with pytest.raises(ConfigError, match=r"'names\.json' holds no class names"):
        read_class_names(str(file))


def test_what_is_typed_into_a_form_opens_no_file(tmp_path: Path):
    file = tmp_path / "names.txt"
    file.write_text("secret")
    assert names_typed(str(file)) == (str(file),)
    assert names_typed("cifar10") == CIFAR10
