"""A real server of the lab, on a free port, with a home folder of its own."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

_ROOT = Path(__file__).resolve().parents[1]
_START_TIMEOUT_S = 300.0
_END_TIMEOUT_S = 120.0
_PORTS = range(20_000, 32_000)
_port_numbers = itertools.count(os.getpid() * 61)


class Lab:
    """A server that is started and ended like a person's own."""

    def __init__(
        self,
        home: Path,
        *,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._options = options
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, root: str = "") -> None:
        """Starts it and waits until it is healthy below `root`."""
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
        options = [f"--server.port={self.port}", "--server.headless=true"]
        with (self.home / "server-log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *options, *self._options],
                cwd=_ROOT,
                env={**os.environ, "RESNET_LAB_HOME": str(self.home), **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_healthy(root)

    def kill(self) -> None:
        """Kills the server as a crash would, with no chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it as a person would."""
        self._end(signal.SIGTERM)

    @property
    def process_id(self) -> int:
        """Number of its process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """All that it has written so far."""
        return (self.home / "server-log").read_text()

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=_END_TIMEOUT_S)
            self._process = None

    def _wait_until_healthy(self, root: str) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log()
            try:
                if httpx.get(f"{self.url}/{root}_stcore/health", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise AssertionError(f"The server did not start:\n{self.log()}")


def free_port() -> int:
    """Finds a port on which nobody listens, and which nobody is given before a server has it.

    It lies below those that systems choose from by themselves, and far from where other processes
    of this machine begin to look.
    """
    while True:
        port = _PORTS[next(_port_numbers) % len(_PORTS)]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
