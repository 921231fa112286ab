"""A folder packed as tar or zip, by whatever program, is read like the folder itself."""

import zipfile

import pytest

from resnet_core.data.describe import describe_data
from tests.data.layout_trees import csv_text, picture_bytes, several, write_tar, write_tree
from tests.data.reading import counts, load

pytestmark = pytest.mark.usefixtures("home")

PACKINGS = [
    ("tgz", "w:gz"),
    ("tar.bz2", "w:bz2"),
    ("tar", "w:"),
    ("tar.xz", "w:xz"),
    ("txz", "w:xz"),
]


@pytest.mark.parametrize(("ending", "mode"), PACKINGS)
def test_tar_gives_what_its_folder_gives(ending, mode, pets, tmp_path):
    (pets / "LICENSE").write_text("free")
    archive = write_tar(tmp_path / f"pets.{ending}", pets, mode)
    assert load(archive).card.sha256 == load(pets).card.sha256
    assert load(archive).card.name == "pets"
    assert counts(archive) == {"train": [6, 6], "test": [2, 3]}
    assert "LICENSE" in [left.what for left in describe_data(str(archive)).ignored]


def test_table_within_an_archive_is_read(tmp_path):
    rows = [("file_name", "label"), *((f"{n}.png", "ab"[n % 2]) for n in range(8))]
    root = write_tree(tmp_path / "set", several("images", 8), {"labels.csv": csv_text(rows)})
    archive = write_tar(tmp_path / "set.tgz", root)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as packed:
        for path in sorted(root.rglob("*.*")):
            packed.write(path, path.relative_to(tmp_path))
    assert counts(archive) == counts(tmp_path / "set.zip") == counts(root) == {"train": [4, 4]}


def test_zip_of_windows_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as packed:
        for number, name in enumerate(["kätzchen", "hund"] * 6):
            packed.writestr(f"pets/{name}/{number}.png", picture_bytes(number))
        packed.writestr("pets/hund/Thumbs.db", b"x")
        packed.writestr("pets/desktop.ini", b"x")
    content = (tmp_path / "pets.zip").read_bytes()
    for number, name in enumerate(["kätzchen", "hund"] * 6):
        path = f"pets/{name}/{number}.png".encode()
        content = content.replace(path, path.replace(b"/", b"\\"))
    content = content.replace(b"pets/hund/Thumbs.db", b"pets\\hund\\Thumbs.db")
    (tmp_path / "pets.zip").write_bytes(content)
    report = describe_data(str(tmp_path / "pets.zip"))
    assert report.splits == {"train": {"hund": 6, "kätzchen": 6}}
    assert sum(left.count for left in report.ignored) == 2
