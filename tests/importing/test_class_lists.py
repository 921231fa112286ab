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
