"""What is no whole zip archive is refused, and a damaged file in one spoils no other."""

import struct
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data.archives import ArchiveLimits
from resnet_core.errors import ArchiveError
from tests.data.zips import assert_refused, read, write_zip


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
