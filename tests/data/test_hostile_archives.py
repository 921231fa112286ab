"""A zip archive that means harm is refused in one sentence: ways out, links, bombs."""

import io
import stat
import struct
import zipfile
import zlib

import pytest

from resnet_core.data.archives import ArchiveLimits
from tests.data.zips import MEGABYTE, assert_refused, read, renamed, write_zip


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


def write_entry(info: zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, data)
    return stream.getvalue()


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
