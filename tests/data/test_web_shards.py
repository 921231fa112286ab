"""WebDatasets of one archive and of several, as one set."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_core.data.describe import describe_data
from resnet_core.errors import ArchiveError, DataError
from tests.data.layout_trees import picture_bytes
from tests.data.reading import counts, load

pytestmark = pytest.mark.usefixtures("home")


def write_shard(path: Path, members: Mapping[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def samples(start: int, classes: list[str], folder: str = "") -> dict[str, bytes]:
    members = {}
    for number, name in enumerate(classes, start=start):
        members[f"{folder}{number:06}.png"] = picture_bytes(number)
        members[f"{folder}{number:06}.cls"] = name.encode()
        members[f"{folder}{number:06}.json"] = b"{}"
    return members


def test_archives_of_a_folder_are_one_set_in_parts(tmp_path):
    root = tmp_path / "set"
    for number in range(2):
        write_shard(root / f"train-{number:06}.tar", samples(6 * number, ["2", "10", "2"] * 2))
    write_shard(root / "val-000000.tar", samples(90, ["10", "2\n"]))
    (root / "README.md").write_text("a set")
    assert counts(root) == {"train": [8, 4], "validation": [1, 1]}
    report = describe_data(str(root), is_quick=True)
    assert (report.classes, report.layout) == (("2", "10"), "a WebDataset of 3 archives")
    assert [each.what for each in report.ignored] == ["README.md"]


def test_pictures_and_classes_belong_together(tmp_path):
    path = write_shard(tmp_path / "pets.tar", samples(0, ["cat", "dog", "dog"] * 4, "a.b/"))
    data = load(path)
    assert data.card.class_names == ("cat", "dog")
    expected = {
        np.asarray(Image.open(io.BytesIO(picture_bytes(number)))).tobytes(): min(number % 3, 1)
        for number in range(12)
    }
    splits = (data.train, data.validation, data.test)
    found = {
        image.tobytes(): int(label)
        for split in splits
        for image, label in zip(split.images, split.labels, strict=True)
    }
    assert found == expected


def test_picture_without_a_class_is_left_out(tmp_path):
    members = {**samples(0, ["cat", "dog"] * 3), "bare.png": picture_bytes(99)}
    report = describe_data(str(write_shard(tmp_path / "a.tar", members)))
    assert [(each.what, each.why) for each in report.ignored] == [("bare.png", "has no label")]
    assert report.splits == {"train": {"cat": 3, "dog": 3}}


REFUSED = {
    "two pictures": ({"0.in.png": b"", "0.out.png": b"", "0.cls": b"1"}, "samples of several pict"),
    "one class": (samples(0, ["cat"] * 3), "a WebDataset with 1 different labels"),
    "no class": ({"0.png": b"", "1.cls": b"1"}, "a WebDataset with 0 different labels"),
    "a name that leads out": ({"../0.png": b"", "0.cls": b"1"}, "points outside the archive"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_set_of_classes_is_refused(kind, tmp_path):
    members, words = REFUSED[kind]
    with pytest.raises((DataError, ArchiveError), match=words):
        describe_data(str(write_shard(tmp_path / "a.tar", members)), is_quick=True)


def test_damaged_archive_among_several_is_named(tmp_path):
    write_shard(tmp_path / "a-0.tar", samples(0, ["cat", "dog"]))
    whole = write_shard(tmp_path / "a-1.tar", samples(2, ["cat", "dog"]))
    whole.write_bytes(whole.read_bytes()[:700])
    with pytest.raises(ArchiveError, match=r"'a-1\.tar' is a damaged tar archive"):
        describe_data(str(tmp_path), is_quick=True)


def test_archives_of_one_class_each_are_told_what_to_do(tmp_path):
    for name in ("n01", "n02"):
        write_shard(tmp_path / f"{name}.tar", {"1.png": picture_bytes(1)})
    with pytest.raises(
        DataError, match=r"but 2 archives \(n01\.tar, n02\.tar\): give one of them, or"
    ):
        describe_data(str(tmp_path), is_quick=True)
