import io
import stat
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data.archives import ArchiveLimits, ArchiveMember, list_archive, open_archive
from resnet_core.errors import ArchiveError

MEGABYTE = 2**20


def write_zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        with zipfile.ZipFile(stream, "w", method) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    return stream.getvalue()


def write_entry(info: zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, data)
    return stream.getvalue()


def renamed(name: str) -> bytes:
    """An archive whose entry bears a name that zipfile would not write."""
    stand_in = "n" * len(name)
    return write_zip({stand_in: b"x"}).replace(stand_in.encode(), name.encode())


def read(source: bytes | Path, **options) -> list[ArchiveMember]:
    return list(open_archive(source, name="set.zip", **options))


def assert_refused(source: bytes | Path, sentence: str, **options) -> None:
    with pytest.raises(ArchiveError, match=sentence) as caught:
        read(source, **options)
    message = str(caught.value)
    assert message.startswith("'set.zip' ") and message.endswith(".") and len(message) < 300
    assert "Error" not in message and "zipfile" not in message and "\n" not in message
    with pytest.raises(ArchiveError, match=sentence):
        list_archive(source, name="set.zip", **options)


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


@pytest.mark.parametrize(
    "name",
    [
        *("../evil.png", "a/../../evil.png", "/etc/evil.png", "..\\evil.png", "a\\..\\b.png", ".."),
        *("C:/evil.png", "c:evil.png", "a/..", "//server/share/evil.png", "\\\\server\\evil.png"),
        "evil.png\0.txt",
    ],
)
def test_open_archive_refuses_names_that_point_outside(name: str):
    assert_refused(renamed(name), "points outside the archive")


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


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK])
def test_open_archive_refuses_links_and_devices(kind: int):
    info = zipfile.ZipInfo("link.png")
    info.external_attr = (kind | 0o777) << 16
    assert_refused(write_entry(info, b"/etc/passwd"), "is a link or a device")


def test_open_archive_refuses_encrypted_and_unusual_entries():
    data = bytearray(write_zip({"a.png": b"abc"}, zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert_refused(bytes(data), "is encrypted")
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert_refused(write_zip({"a.png": b"abc"}, method), "packed by an unusual method")


def test_open_archive_refuses_a_name_that_comes_twice():
    data = write_zip({"a.png": b"1", "b.png": b"2"}).replace(b"b.png", b"a.png")
    assert_refused(data, "entry 'a.png' appears twice")


def overlapping(num_entries: int) -> bytes:
    """Many directory entries over one and the same packed megabyte (Fifield 2019)."""
    raw = zlib.compress(bytes(MEGABYTE))[2:-4]
    fields = struct.pack(
        "<HHHHHLLL", 20, 0, 8, 0, 0x21, zlib.crc32(bytes(MEGABYTE)), len(raw), MEGABYTE
    )
    local = b"PK\x03\x04" + fields + struct.pack("<HH", 5, 0) + b"a.png" + raw
    central = b"".join(
        b"PK\x01\x02\x14\0"
        + fields
        + struct.pack("<HHHHHLL", 5, 0, 0, 0, 0, 0, 0)
        + b"%05d" % index
        for index in range(num_entries)
    )
    end = struct.pack(
        "<4s4HLLH", b"PK\x05\x06", 0, 0, num_entries, num_entries, len(central), len(local), 0
    )
    return local + central + end


def test_open_archive_refuses_entries_that_share_bytes():
    assert_refused(overlapping(2), "share the same bytes")
    assert_refused(overlapping(60), "share the same bytes")


def test_open_archive_refuses_bombs():
    zeros = bytes(30 * MEGABYTE)
    assert_refused(write_zip({"a.bmp": zeros}), "'a.bmp' would unpack to many times its size")
    many = {f"{index}.bmp": bytes(MEGABYTE) for index in range(150)}
    assert_refused(write_zip(many), "is refused: it would unpack to many times its size")
    assert_refused(overlapping(3_000), "many times its size|share the same bytes")
    limits = ArchiveLimits(total_bytes=100)
    assert_refused(write_zip({"a": b"x" * 90, "b": b"y" * 90}), "at most", limits=limits)


def test_open_archive_refuses_too_many_entries_and_too_many_bytes():
    data = write_zip({f"{index}": b"" for index in range(50)})
    assert_refused(data, "too many files; at most 49", limits=ArchiveLimits(members=49))
    assert len(read(data, limits=ArchiveLimits(members=50))) == 50
    assert_refused(data, "an archive may have at most", limits=ArchiveLimits(archive_bytes=99))


def test_open_archive_refuses_an_oversized_directory_before_reading_it():
    end = struct.pack("<4s4HLLH", b"PK\x05\x06", 0, 0, 1, 1, 0xFFFFFFF0, 0, 0)
    assert_refused(bytes(99) + end, "too many files")
    end_64 = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 2**40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 99, 1)
    assert_refused(bytes(99) + end_64 + locator + end, "too many files")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is not a zip archive"),
        (b"PK", "is not a zip archive"),
        (bytes(9_999), "is not a zip archive"),
        (b"\x1f\x8b\x08" + bytes(99), "is not a zip archive"),
        (b"Rar!\x1a\x07" + bytes(99), "is not a zip archive"),
        (write_zip({"a.png": b"abc" * 99})[:-30], "is not a zip archive, or its end is missing"),
        (write_zip({"a.png": b"abc" * 99})[40:], "is a damaged zip archive|share the same bytes"),
        (b"PK\x05\x06" + b"\xff" * 18, "damaged|not a zip|too many"),
    ],
    ids=["empty", "PK", "zeros", "gzip", "rar", "without_end", "without_start", "end_of_ones"],
)
def test_open_archive_refuses_what_is_no_whole_zip(data: bytes, sentence: str):
    assert_refused(data, sentence)


def test_open_archive_refuses_what_is_not_there(tmp_path: Path):
    assert_refused(tmp_path / "gone.zip", "cannot be opened")
    assert_refused(tmp_path, "cannot be opened|is not a zip")


def test_open_archive_gives_a_damaged_member_its_problem_and_reads_the_others():
    noise = np.random.default_rng(0).bytes(5_000)
    data = bytearray(write_zip({"a.png": b"a" * 99, "b.png": noise, "c.png": b"c" * 99}))
    data[data.index(b"b.png") + 2_000] ^= 0xFF
    first, broken, last = read(bytes(data))
    assert (first.data, last.data) == (b"a" * 99, b"c" * 99)
    assert broken.data == b""
    assert broken.problem == "'b.png' is damaged within its archive: pack it again."


def test_open_archive_gives_an_oversized_member_its_problem():
    big = np.random.default_rng(0).bytes(3_000)
    first, second = read(
        write_zip({"big.png": big, "a.png": b"a"}), limits=ArchiveLimits(member_bytes=2_000)
    )
    assert "at most" in (first.problem or "") and first.data == b""
    assert second.data == b"a"


def test_open_archive_trusts_no_stated_size():
    data = bytearray(write_zip({"a.png": bytes(900_000)}))
    for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.index(magic) + offset, 100)
    (member,) = read(bytes(data))
    assert member.problem == "'a.png' is damaged within its archive: pack it again."


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


def test_open_archive_survives_damage():
    whole = write_zip({"a/1.png": b"abc" * 30, "b/2.png": bytes(range(200)), "c/": b""})
    generator = np.random.default_rng(5)
    for number in range(600):
        damaged = bytearray(whole)
        for at in generator.integers(0, len(damaged), 1 + number % 4):
            damaged[at] ^= 1 << int(generator.integers(8))
        if number % 3 == 0:
            damaged = damaged[: int(generator.integers(len(damaged)))]
        try:
            members = read(bytes(damaged))
        except ArchiveError:
            continue
        assert all(isinstance(member.data, bytes) for member in members)
