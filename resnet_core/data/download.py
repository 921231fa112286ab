"""Downloads that survive: resumed where they broke, checked before use, cancelled at once.

What has arrived lies in `<file>.part` until its checksum is right; only then it gets its name.
"""

import contextlib
import fcntl
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from resnet_core.atomic import storage_errors
from resnet_core.errors import DataError, OfflineError
from resnet_core.own_files import open_to_write
from resnet_core.progress import Progress

TIMEOUT_S = 30.0
"""Longest silence of a server before it counts as lost, s."""
ATTEMPTS = 3
"""Connections to one address before it counts as failed; each resumes the one before."""
MAX_BYTES = 4 * 2**30
"""Largest file that is fetched, bytes."""

_BLOCK_BYTES = 1 << 18
_USER_AGENT = "resnet-lab"


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file on the network, and how to know that it is the right one."""

    url: str
    """http or https address."""
    checksum: str
    """`md5:` or `sha256:`, then hex, or its first digits where no more is published."""

    @property
    def filename(self) -> str:
        """Name it is kept under."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def host(self) -> str:
        """Machine it comes from."""
        return urllib.parse.urlsplit(self.url).netloc


def download_file(remote: RemoteFile, folder: Path, progress: Progress) -> Path:
    """Fetches a file unless it is there already.

    Raises:
        OfflineError: if the server cannot be reached or breaks off; what arrived is kept.
        DataError: if the server refuses, or what arrived is not the right file.
        StorageError: if it cannot be written.
        CancelledError: if `progress` cancels; what arrived is kept.
    """
    target = folder / remote.filename
    if target.is_file():
        return target
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with storage_errors(target):
        part = open(folder / f"{remote.filename}.part", "ab", opener=_open_safely)  # noqa: SIM115
    with part:
        _lock(part, remote)
        if target.is_file():  # another process finished it between a look and the lock
            Path(part.name).unlink(missing_ok=True)
            return target
        _fetch_all(remote, part, progress)
        progress(f"Checking {remote.filename}", None)
        _check(remote, Path(part.name))
        with storage_errors(target):  # under the lock still, or the next would append to it
            os.fsync(part.fileno())
            Path(part.name).replace(target)
    return target


def _open_safely(path: str, _flags: int) -> int:
    """Opens neither through a link out of the home, nor a pipe that nobody empties."""
    return open_to_write(Path(path))


def _lock(part: BinaryIO, remote: RemoteFile) -> None:
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        raise DataError(
            f"{remote.filename} is being downloaded already: wait until that is done."
        ) from exc


def _fetch_all(remote: RemoteFile, part: BinaryIO, progress: Progress) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _fetch_rest(remote, part, progress)
        except urllib.error.HTTPError as exc:
            if exc.code < 500 or attempt == ATTEMPTS:
                raise DataError(
                    f"{remote.host} refused {remote.filename} (HTTP status {exc.code}): try "
                    "again later."
                ) from exc
        except (urllib.error.URLError, http.client.HTTPException, _ConnectionLostError) as exc:
            if attempt == ATTEMPTS:
                raise OfflineError(
                    f"{remote.filename} could not be downloaded from {remote.host}: check the "
                    "network and try again; what has arrived is kept."
                ) from exc
        progress(f"{remote.host} gave no answer or broke off: trying again", None)
        time.sleep(0.5 * attempt)
    return None


class _ConnectionLostError(Exception):
    """The connection ended before the file did."""


def _fetch_rest(remote: RemoteFile, part: BinaryIO, progress: Progress) -> None:
    """Appends what is missing; starts over where the server cannot resume."""
    have = part.seek(0, 2)
    request = urllib.request.Request(  # noqa: S310 - addresses are constants of this package
        remote.url, headers={"User-Agent": _USER_AGENT, "Range": f"bytes={have}-"}
    )
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310
    except urllib.error.HTTPError as exc:
        if exc.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return  # nothing is missing; the checksum judges what is there
        raise
    except TimeoutError as exc:
        raise _ConnectionLostError from exc
    with response:
        if have and response.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0
            with storage_errors(Path(part.name)):
                part.truncate(0)
        total = have + int(response.headers.get("Content-Length") or 0)
        arrived = _copy(remote, _Transfer(response, part, have, total), progress)
    if arrived < total:
        raise _ConnectionLostError


@dataclass(frozen=True)
class _Transfer:
    response: http.client.HTTPResponse
    part: BinaryIO
    have: int
    total: int


def _copy(remote: RemoteFile, transfer: _Transfer, progress: Progress) -> int:
    arrived, started = transfer.have, time.monotonic()
    for block in _blocks(transfer.response):
        with storage_errors(Path(transfer.part.name)):
            transfer.part.write(block)
        arrived += len(block)
        if arrived > MAX_BYTES:
            raise DataError(f"{remote.host} sent more than {remote.filename} can have.")
        elapsed_s = max(time.monotonic() - started, 1e-3)
        rate = (arrived - transfer.have) / elapsed_s / 2**20
        message = f"Downloading {remote.filename} from {remote.host}: {arrived / 2**20:,.1f} MiB"
        if transfer.total:
            message += f" of {transfer.total / 2**20:,.1f} MiB"
        share = arrived / transfer.total if transfer.total else None
        progress(f"{message} at {rate:,.1f} MiB/s", share)
    with storage_errors(Path(transfer.part.name)):
        transfer.part.flush()
    return arrived


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            block = response.read(_BLOCK_BYTES)
        except (TimeoutError, ConnectionError, http.client.HTTPException) as exc:
            raise _ConnectionLostError from exc
        if not block:
            return
        yield block


def _check(remote: RemoteFile, path: Path) -> None:
    algorithm, expected = remote.checksum.split(":")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if not found.startswith(expected):
        with contextlib.suppress(OSError):
            path.unlink()
        raise DataError(
            f"{remote.filename} from {remote.host} is not the file that was expected (its checksum "
            "differs) and was deleted: try again, or use another source."
        )
