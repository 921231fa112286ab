import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data.archives import ArchiveLimits, ArchiveMember
from resnet_core.data.tars import is_tar, list_tar, open_tar
from resnet_core.errors import ArchiveError

MEGABYTE = 2**20


def tar_bytes(files: dict[str, bytes], **fields: object) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for field, value in fields.items():
                setattr(member, field, value)
            tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "set.tgz"


def read(path: Path, **options) -> list[ArchiveMember]:
    list_tar(path, name="set.tgz", **{k: v for k, v in options.items() if k == "limits"})
    return list(open_tar(path, name="set.tgz", **options))


def assert_refused(path: Path, sentence: str, **options) -> None:
    with pytest.raises(ArchiveError, match=sentence) as caught:
        read(path, **options)
    message = str(caught.value)
    assert message.startswith("'set.tgz' ") and message.endswith(".") and len(message) < 300
    assert "Error" not in message and "tarfile" not in message and "\n" not in message


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_open_tar_gives_names_and_bytes_in_order(pack, path):
    files = {"./cat/b.png": b"B" * 999, "cat/a.png": b"", "größe/猫.jpg": bytes(range(256))}
    path.write_bytes(pack(tar_bytes(files)))
    assert is_tar(path)
    names = ["cat/b.png", "cat/a.png", "größe/猫.jpg"]
    assert list_tar(path, name="set.tgz") == names
    members = [ArchiveMember(n, data) for n, data in zip(names, files.values(), strict=True)]
    assert read(path) == members
    assert read(path, only={"cat/a.png", "x"}) == [ArchiveMember("cat/a.png", b"")]


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil.png", "a/../../b", "..\\evil", "C:/a"])
def test_open_tar_refuses_names_that_point_outside(name, path):
    path.write_bytes(gzip.compress(tar_bytes({"a.png": b"1", name: b"x"})))
    assert_refused(path, "points outside the archive")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, b"9"]
)
def test_open_tar_refuses_links_and_devices(kind, path):
    content = tar_bytes({"link.png": b""}, type=kind, linkname="/etc/passwd")
    path.write_bytes(gzip.compress(content))
    assert_refused(path, "is a link or a device")


def test_open_tar_refuses_a_name_that_comes_twice(path):
    path.write_bytes(gzip.compress(tar_bytes({"a.png": b"1", "./a.png": b"2"})))
    assert_refused(path, "entry './a.png' appears twice")


def test_open_tar_refuses_bombs(path):
    path.write_bytes(gzip.compress(tar_bytes({f"{n}.bmp": bytes(24 * MEGABYTE) for n in range(6)})))
    assert_refused(path, "as in a decompression bomb")
    path.write_bytes(tar_bytes({"a": bytes(90), "b": bytes(90)}))
    assert_refused(path, "too many files; at most 1", limits=ArchiveLimits(members=1))
    assert_refused(path, "at most 0 MB", limits=ArchiveLimits(archive_bytes=99))


def test_xz_bombs_and_wishes_for_memory_are_refused(path):
    path.write_bytes(lzma.compress(tar_bytes({f"{n}.bmp": bytes(24 * MEGABYTE) for n in range(6)})))
    assert_refused(path, "as in a decompression bomb")
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30, "preset": 0}]
    path.write_bytes(lzma.compress(tar_bytes({"a.png": b"a"}), filters=filters))
    assert not is_tar(path)
    assert_refused(path, "damaged tar archive")


def test_xz_files_of_several_streams_and_halves_of_them(path):
    whole = tar_bytes({"a.png": b"a" * 5000, "b.png": bytes(range(256)) * 30})
    packed = lzma.compress(whole[:3000]) + bytes(8) + lzma.compress(whole[3000:])
    path.write_bytes(packed)
    assert [len(member.data) for member in read(path)] == [5000, 7680]
    path.write_bytes(lzma.compress(whole[:3000]))
    assert_refused(path, "damaged tar archive")


def test_open_tar_refuses_headers_of_gigabytes_before_it_reads_them(path):
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 90 * MEGABYTE
    content = info.tobuf(tarfile.USTAR_FORMAT) + bytes(90 * MEGABYTE + 1024)
    path.write_bytes(gzip.compress(content, 1))
    del content
    tracemalloc.start()
    try:
        assert_refused(path, "damaged tar archive")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * MEGABYTE


def test_open_tar_gives_an_oversized_member_its_problem(path):
    path.write_bytes(gzip.compress(tar_bytes({"big.png": b"x" * 3000, "a.png": b"a"})))
    first, second = read(path, limits=ArchiveLimits(member_bytes=2000))
    assert "at most" in (first.problem or "") and first.data == b""
    assert second.data == b"a"


def test_damage_in_the_middle_is_no_end(path):
    content = bytearray(tar_bytes({"a.png": b"a" * 600, "b.png": b"b", "c.png": b"c"}))
    start = content.index(b"b.png")
    content[start + 3] ^= 0xFF
    path.write_bytes(content)
    assert_refused(path, "damaged tar archive")


def test_open_tar_survives_damage(path):
    whole = tar_bytes({"a/1.png": b"abc" * 300, "b/2.png": bytes(range(200)), "c/3.png": b""})
    generator = np.random.default_rng(5)
    for number in range(400):
        pack = (bytes, gzip.compress, lzma.compress)[number % 3]
        damaged = bytearray(pack(whole))
        for at in generator.integers(0, min(len(damaged), 3500), 1 + number % 4):
            damaged[at] ^= 1 << int(generator.integers(8))
        if number % 4 == 0:
            damaged = damaged[: int(generator.integers(len(damaged)))]
        path.write_bytes(damaged)
        try:
            members = read(path)
        except ArchiveError as exc:
            assert "\n" not in str(exc)
            continue
        assert all(isinstance(member.data, bytes) for member in members)


def test_negative_sizes_end(path):
    """A header of a negative size would send its reader back and round for ever."""
    info = bytearray(tarfile.TarInfo("a.png").tobuf(tarfile.USTAR_FORMAT))
    info[124:136] = b"\xff" * 4 + struct.pack(">q", -1024)
    checksum = sum(info[:148]) + sum(info[156:]) + 8 * 32
    info[148:156] = f"{checksum:06o}\0 ".encode()
    path.write_bytes(tar_bytes({"first.png": b"1"})[:1024] + bytes(info) + bytes(2048))
    with pytest.raises(ArchiveError):
        read(path)
