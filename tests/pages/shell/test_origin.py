"""Websockets of other sites against a real server that notes every address it asks for."""

import asyncio
import textwrap
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import websockets
from starlette.datastructures import Headers
from websockets.exceptions import InvalidStatus

from benchmarks.server import Lab
from pages.ui.shell.origin import OwnSockets, asked_address, is_own_origin

_WATCH = textwrap.dedent(
    """
    import os, sys, time

    _LOOK_UPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
    _INSIDE = ("127.", "::1", "localhost", "0.0.0.0", "None")

    def _note(event, arguments):
        if event in _LOOK_UPS:
            host = str(arguments[0])
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            host = str(arguments[1][0])
        else:
            return
        if host.startswith(_INSIDE) or not host:
            return
        with open(os.environ["OUTSIDE_LOG"], "a") as file:
            file.write(f"{event} {host}\\n")
        time.sleep(60)  # as a network that swallows everything would
        raise OSError(f"no way to {host}")

    sys.addaudithook(_note)
    """
)
"""A `sitecustomize` that notes and refuses whatever leaves the machine, in the server and its
children; an audit hook, so that no way of asking goes unseen."""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(_WATCH)
    environment = {"PYTHONPATH": str(folder), "OUTSIDE_LOG": str(folder / "outside")}
    server = Lab(folder, environment=environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()


_PATIENCE_S = 30.0
"""Far less than a single look-up would hold everybody up, far more than a busy machine does."""


class Health:
    """Asks for the server's health again and again, and waits for no answer that is held up."""

    def __init__(self, lab: Lab) -> None:
        self.num_answers = 0
        self._url = f"{lab.url}/_stcore/health"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> "Health":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def is_asking(self) -> bool:
        """Whether it has got an answer each time so far."""
        return self._thread.is_alive()

    def _ask(self) -> None:
        with httpx.Client(timeout=_PATIENCE_S) as client:
            while not self._over.is_set():
                assert client.get(self._url).status_code == 200
                self.num_answers += 1
                time.sleep(0.02)


async def knock(lab: Lab, origin: str | None, **headers: str) -> int:
    """Opens a websocket as a page of that origin would; gives the status of the answer."""
    try:
        socket = await websockets.connect(
            f"ws://127.0.0.1:{lab.port}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            origin=None if origin is None else websockets.Origin(origin),
            additional_headers=headers,
            open_timeout=60,
        )
    except InvalidStatus as refused:
        return refused.response.status_code
    await socket.close()
    return 101


def outside(lab: Lab) -> str:
    note = lab.home / "outside"
    return note.read_text() if note.exists() else ""


@pytest.mark.timeout(600)
def test_sockets_of_other_sites_hold_up_nobody_and_ask_nobody(watched: Lab) -> None:
    async def five() -> list[int]:
        return await asyncio.gather(*(knock(watched, "http://evil.example") for _ in range(5)))

    with Health(watched) as health:
        assert asyncio.run(five()) == [403] * 5
        answered = health.num_answers
        while health.is_asking and health.num_answers < answered + 2:  # one was begun before
            time.sleep(0.02)
    assert health.num_answers >= answered + 2
    assert outside(watched) == ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://localhost:9999", "https://localhost", "http://localhost", "file://"],
)
def test_sockets_without_the_own_address_are_refused(watched: Lab, origin: str | None) -> None:
    assert asyncio.run(knock(watched, origin)) == 403
    assert outside(watched) == ""


@pytest.mark.timeout(600)
def test_own_sockets_are_let_in_and_ask_nobody(watched: Lab) -> None:
    for scheme in ("http", "https", "HTTP"):  # a proxy may have ended TLS
        assert asyncio.run(knock(watched, f"{scheme}://127.0.0.1:{watched.port}")) == 101
    assert outside(watched) == ""


def headers(*pairs: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.lower().encode(), value.encode("latin-1")) for name, value in pairs])


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("lab.example", "https://lab.example"),
        ("lab.example:443", "https://lab.example"),
        ("lab.example", "http://lab.example:80"),
        ("Lab.Example:8501", "http://lab.example:8501"),
        ("[::1]:8501", "http://[::1]:8501"),
    ],
)
def test_own_origin_is_host_and_port(host: str, origin: str) -> None:
    assert is_own_origin(headers(("host", host), ("origin", origin)))


@pytest.mark.parametrize(
    "pairs",
    [
        [("host", "lab.example"), ("origin", "http://lab.example:443")],
        [("host", "lab.example:80"), ("origin", "https://lab.example")],
        [("host", "lab.example"), ("origin", "http://lab.example.evil.example")],
        [("host", "lab.example"), ("origin", "http://x@lab.example")],
        [("host", "lab.example"), ("origin", "http://lab.example/")],
        [("host", "lab.example"), ("origin", "ftp://lab.example")],
        [("host", "lab.example"), ("origin", "http://a"), ("origin", "http://lab.example")],
        [("host", "lab.example"), ("host", "a"), ("origin", "http://lab.example")],
        [("host", "lab.example/a"), ("origin", "http://lab.example/a")],
        [("host", "lab.example:"), ("origin", "http://lab.example:")],
        [("host", "läb.example"), ("origin", "http://läb.example")],
        [("host", ""), ("origin", "http://")],
        [("origin", "http://lab.example")],
    ],
    ids=str,
)
def test_other_origins_are_foreign(pairs: list[tuple[str, str]]) -> None:
    assert not is_own_origin(headers(*pairs))


@pytest.mark.parametrize(
    "host", ["a b", "a;b", "a\r\nb", "'self'", "a,b", "[::1", "a:b", "a:123456"]
)
def test_asked_address_has_no_character_of_a_header(host: str) -> None:
    assert asked_address(headers(("host", host))) is None


def test_accepted_socket_carries_its_origin_as_streamlit_compares_it() -> None:
    seen: list[Headers] = []

    async def app(scope, receive, send) -> None:
        seen.append(Headers(scope=scope))

    raw = headers(("host", "lab.example"), ("Origin", "HTTPS://LAB.example:443")).raw
    asyncio.run(OwnSockets(app)({"type": "websocket", "headers": raw}, None, None))  # type: ignore[arg-type]
    assert seen[0].getlist("origin") == ["https://lab.example"]
