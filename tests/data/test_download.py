import contextlib
import fcntl
import hashlib
import http.server
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data import download
from resnet_core.data.download import RemoteFile, download_file
from resnet_core.errors import CancelledError, DataError, DiskFullError, OfflineError, StorageError
from resnet_core.progress import ignore_progress

CONTENT = np.random.default_rng(0).integers(0, 256, 3_000_000, np.uint8).tobytes()
SHA256 = "sha256:" + hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Behaviour:
    """What the server does, and what it was asked."""

    breaks: int = 0
    """Break off half-way through so many requests."""
    status: int = 200
    ranges: bool = True
    content: bytes = CONTENT
    asked: list[str | None] = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        behaviour: Behaviour = self.server.behaviour  # type: ignore[attr-defined]
        asked = self.headers.get("Range")
        behaviour.asked.append(asked)
        if behaviour.status != 200:
            self.send_error(behaviour.status)
            return
        start = int(asked[6:-1]) if asked and behaviour.ranges else 0
        if asked and behaviour.ranges and start >= len(behaviour.content):
            self.send_error(416)
            return
        body = behaviour.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if behaviour.breaks > 0:
            behaviour.breaks -= 1
            body = body[: len(body) // 2]
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keeps the test's output clean."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Behaviour]]:
    """A real server on this machine."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.behaviour = Behaviour()  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/data.bin", running.behaviour  # type: ignore[attr-defined]
        running.shutdown()
        thread.join()


def remote(url: str, checksum: str = SHA256) -> RemoteFile:
    return RemoteFile(url=url, checksum=checksum)


def test_download_file_fetches_checks_and_names(server, tmp_path):
    url, behaviour = server
    path = download_file(remote(url), tmp_path / "new" / "folder", ignore_progress)
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir()] == ["data.bin"]
    download_file(remote(url), path.parent, ignore_progress)
    assert len(behaviour.asked) == 1


@pytest.mark.parametrize("checksum", [SHA256, "md5:" + hashlib.md5(CONTENT).hexdigest()])
def test_download_file_knows_both_sums(server, tmp_path, checksum):
    assert download_file(remote(server[0], checksum), tmp_path, ignore_progress).exists()


def test_download_file_resumes_after_a_break(server, tmp_path):
    url, behaviour = server
    behaviour.breaks = 2
    path = download_file(remote(url), tmp_path, ignore_progress)
    assert path.read_bytes() == CONTENT
    assert behaviour.asked == ["bytes=0-", "bytes=1500000-", "bytes=2250000-"]


def test_download_file_resumes_what_an_earlier_process_left(server, tmp_path):
    url, behaviour = server
    (tmp_path / "data.bin.part").write_bytes(CONTENT[:1_000_000])
    assert download_file(remote(url), tmp_path, ignore_progress).read_bytes() == CONTENT
    assert behaviour.asked == ["bytes=1000000-"]


def test_download_file_starts_over_where_a_server_cannot_resume(server, tmp_path):
    url, behaviour = server
    behaviour.ranges = False
    (tmp_path / "data.bin.part").write_bytes(CONTENT[:1_000_000])
    assert download_file(remote(url), tmp_path, ignore_progress).read_bytes() == CONTENT


def test_download_file_finishes_what_lacked_only_its_name(server, tmp_path):
    url, behaviour = server
    (tmp_path / "data.bin.part").write_bytes(CONTENT)
    assert download_file(remote(url), tmp_path, ignore_progress).read_bytes() == CONTENT
    assert behaviour.asked == [f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize("left", [b"", b"rubbish of an older version"])
def test_download_file_deletes_what_has_the_wrong_sum(server, tmp_path, left):
    url, behaviour = server
    if left:
        (tmp_path / "data.bin.part").write_bytes(left)
    else:
        behaviour.content = CONTENT[:-1] + b"?"
    with pytest.raises(DataError, match="checksum"):
        download_file(remote(url), tmp_path, ignore_progress)
    assert not list(tmp_path.iterdir())


def test_download_file_keeps_what_arrived_when_the_server_stays_away(server, tmp_path):
    url, behaviour = server
    behaviour.breaks = 99
    with pytest.raises(OfflineError, match="what has arrived is kept"):
        download_file(remote(url), tmp_path, ignore_progress)
    assert 0 < (tmp_path / "data.bin.part").stat().st_size < len(CONTENT)
    assert len(behaviour.asked) == download.ATTEMPTS


@pytest.mark.parametrize(("status", "attempts"), [(404, 1), (403, 1), (503, 3)])
def test_download_file_reports_a_refusal(server, tmp_path, status, attempts):
    url, behaviour = server
    behaviour.status = status
    with pytest.raises(DataError, match=f"status {status}"):
        download_file(remote(url), tmp_path, ignore_progress)
    assert len(behaviour.asked) == attempts


def test_download_file_says_so_when_nobody_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(OfflineError, match="check the network"):
        download_file(remote("http://127.0.0.1:9/data.bin"), tmp_path, ignore_progress)


def test_download_file_cancels_and_goes_on_later(server, tmp_path):
    url, behaviour = server
    shares = []

    def cancel_at_half(message: str, fraction: float | None = None) -> None:
        shares.append(fraction)
        if fraction and fraction >= 0.5:
            raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        download_file(remote(url), tmp_path, cancel_at_half)
    kept = (tmp_path / "data.bin.part").stat().st_size
    assert 0.4 * len(CONTENT) < kept < len(CONTENT)
    assert download_file(remote(url), tmp_path, ignore_progress).read_bytes() == CONTENT
    assert behaviour.asked[-1] == f"bytes={kept}-"


def test_download_file_tells_its_progress(server, tmp_path):
    seen: list[tuple[str, float | None]] = []
    download_file(
        remote(server[0]), tmp_path, lambda message, fraction=None: seen.append((message, fraction))
    )
    shares = [share for _, share in seen if share is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert "MiB of 2.9 MiB" in seen[0][0]


def test_download_file_refuses_a_second_one_at_the_same_time(server, tmp_path):
    with (tmp_path / "data.bin.part").open("ab") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="being downloaded already"):
            download_file(remote(server[0]), tmp_path, ignore_progress)


def test_download_file_takes_what_another_process_finished_meanwhile(server, tmp_path, monkeypatch):
    lock = download._lock

    def lock_late(part, wanted):
        (tmp_path / "data.bin.part").write_bytes(CONTENT)
        (tmp_path / "data.bin.part").replace(tmp_path / "data.bin")
        lock(part, wanted)

    monkeypatch.setattr(download, "_lock", lock_late)
    path = download_file(remote(server[0]), tmp_path, ignore_progress)
    assert path.read_bytes() == CONTENT
    assert server[1].asked == []
    assert not list(tmp_path.glob("*.part"))


def test_download_file_stops_an_endless_answer(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_BYTES", 1_000_000)
    with pytest.raises(DataError, match="more than"):
        download_file(remote(server[0]), tmp_path, ignore_progress)


def test_download_file_reports_a_full_disk(server, tmp_path, monkeypatch):
    full = lambda *_: os.open("/dev/full", os.O_RDWR)  # noqa: E731
    monkeypatch.setattr(download, "_open_safely", full)
    with pytest.raises(DiskFullError, match="disk is full"):
        download_file(remote(server[0]), tmp_path, ignore_progress)


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to(path.with_name("elsewhere"))]
)
def test_download_file_refuses_what_is_no_file(server, tmp_path, make):
    make(tmp_path / "data.bin.part")
    with pytest.raises(StorageError, match="where a file belongs: remove it"):
        download_file(remote(server[0]), tmp_path, ignore_progress)
    assert not (tmp_path / "elsewhere").exists()


def test_download_file_reports_a_folder_that_cannot_be(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        download_file(remote(server[0]), tmp_path / "file", ignore_progress)
    assert not Path(tmp_path / "file").is_dir()
