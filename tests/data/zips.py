"""Zip archives written for tests, and what is read of them or said of them."""

import io
import warnings
import zipfile
from pathlib import Path

import pytest

from resnet_core.data.archives import ArchiveMember, list_archive, open_archive
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
