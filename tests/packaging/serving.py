"""A server that `app` started, and what can be seen of it from outside."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

_START_TIMEOUT_S = 300.0
_LISTENS = "0A"


@contextlib.contextmanager
def started(
    command: Sequence[str], port: int, *, folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a server in a folder and waits until it is healthy; ends it afterwards."""
    log_path = folder / "server-log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not _is_healthy(port):
            assert process.poll() is None, log_path.read_text()
            assert time.monotonic() < deadline, log_path.read_text()
            time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=120)


def listening_addresses(process_id: int) -> set[str]:
    """IPv4 addresses, and 'IPv6', at which a process of this machine listens, as Linux tells."""
    descriptors = Path(f"/proc/{process_id}/fd").iterdir()
    own = {os.readlink(each) for each in descriptors if each.is_symlink()}  # noqa: PTH115
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process_id}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENS and f"socket:[{fields[9]}]" in own:
                address = fields[1].partition(":")[0]
                found.add("IPv6" if table == "tcp6" else _dotted(address))
    return found


def gathers_statistics(port: int) -> bool:
    """What the server tells a browser of usage statistics, when a session begins."""
    url = f"127.0.0.1:{port}"
    with connect(
        f"ws://{url}/_stcore/stream",
        origin=f"http://{url}",  # type: ignore[arg-type]  # a NewType of str
        subprotocols=["streamlit"],  # type: ignore[list-item]  # likewise
        max_size=None,
    ) as session:
        begin = BackMsg()
        begin.rerun_script.SetInParent()
        session.send(begin.SerializeToString())
        while True:
            data = session.recv(timeout=300)
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") == "new_session":
                return message.new_session.config.gather_usage_stats


def _dotted(hexadecimal: str) -> str:
    return socket.inet_ntoa(bytes.fromhex(hexadecimal)[::-1])


def _is_healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
