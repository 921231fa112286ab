"""A zip archive gives its names and bytes in order, whoever packed it, and costs little memory."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data.archives import ArchiveMember, list_archive, open_archive
from tests.data.zips import MEGABYTE, assert_refused, read, renamed, write_zip


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_open_archive_gives_names_and_bytes_in_order(method: int, tmp_path: Path):
    files = {"cats/b.png": b"B" * 999, "cats/a.png": b"", "größe/猫.jpg": bytes(range(256))}
    data = write_zip(files, method)
    expected = [ArchiveMember(name, content) for name, content in files.items()]
    assert read(data) == expected
    path = tmp_path / "set.zip"
    path.write_bytes(data)
    assert read(path) == expected
    assert list_archive(path, name="set.zip") == list(files)


def test_open_archive_reads_only_what_is_asked_for():
    data = write_zip({f"{index}.png": bytes([index]) for index in range(9)})
    assert [member.name for member in read(data, only={"3.png", "5.png", "x"})] == [
        "3.png",
        "5.png",
    ]


def test_open_archive_leaves_out_folders_and_cruft():
    names = ["a/", "a/1.png", "__MACOSX/a/._1.png", "a/._1.png", "a/.DS_Store", "Thumbs.db"]
    data = write_zip(dict.fromkeys(names, b""))
    assert list_archive(data, name="set.zip") == ["a/1.png"]


def test_open_archive_hands_on_archives_within_unopened():
    inner = write_zip({"../../evil": b"x"})
    assert read(write_zip({"inner.zip": inner})) == [ArchiveMember("inner.zip", inner)]


def test_open_archive_reads_an_archive_behind_other_bytes_and_with_a_comment():
    stream = io.BytesIO(b"#!/bin/sh\n" * 40)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("a.png", b"abc")
        archive.comment = b"PK\x05 and more " * 30
    assert read(stream.getvalue()) == [ArchiveMember("a.png", b"abc")]


def test_open_archive_reads_an_empty_archive_and_a_zip64_one():
    assert read(write_zip({})) == []
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("a", "w", force_zip64=True) as file:
        file.write(b"abc")
    assert read(stream.getvalue()) == [ArchiveMember("a", b"abc")]


@pytest.mark.parametrize("name", ["a..b/c.png", "...png", "a/...", "~/x.png", "<svg onload=x>.png"])
def test_open_archive_allows_names_that_only_look_odd(name: str):
    assert list_archive(renamed(name), name="set.zip") == [name]


def test_open_archive_reads_the_names_that_windows_writes():
    data = renamed("zoo\\cat\\1.png")
    assert list_archive(data, name="set.zip") == ["zoo/cat/1.png"]
    assert read(data) == [ArchiveMember("zoo/cat/1.png", b"x")]
    assert read(data, only={"zoo/cat/1.png"}) == [ArchiveMember("zoo/cat/1.png", b"x")]
    both = write_zip({"zoo/cat/1.png": b"1", "zoo/cat/2.png": b"2"})
    twice = both.replace(b"zoo/cat/2.png", b"zoo\\cat\\1.png")
    assert_refused(twice, "entry .* appears twice")
    folder = write_zip({"zoo/": b"", "zoo/1.png": b"x"}).replace(b"zoo/P", b"zoo\\P")
    assert list_archive(folder, name="set.zip") == ["zoo/1.png"]


def undeclared(name: bytes) -> bytes:
    """An archive whose entry bears bytes as its name, and does not say that they are UTF-8."""
    return write_zip({"n" * len(name): b"x"}).replace(b"n" * len(name), name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("größe/猫.jpg".encode(), "größe/猫.jpg"),
        ("größe/a.jpg".encode("cp437"), "größe/a.jpg"),
    ],
)
def test_open_archive_reads_names_of_either_encoding(name: bytes, expected: str):
    assert list_archive(undeclared(name), name="set.zip") == [expected]


def test_open_archive_holds_one_member_in_memory_at_a_time(tmp_path: Path):
    path = tmp_path / "set.zip"
    generator = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for index in range(12):
            archive.writestr(f"{index}.png", generator.bytes(2 * MEGABYTE))
    tracemalloc.start()
    try:
        total = sum(len(member.data) for member in open_archive(path, name="set.zip"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 24 * MEGABYTE
    assert peak < 8 * MEGABYTE


def test_open_archive_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    read(write_zip({"a/b/c.png": b"abc", "d.png": b"d"}))
    assert list(tmp_path.iterdir()) == []
