"""A person's browser as the server sees it, without the browser: Streamlit's websocket protocol.

It keeps what a browser keeps (the address, the hashes of messages it has, what the live chart and
the side bar have read), so that the server does for it what it does for a person.
"""

import asyncio
import contextlib
import json
import struct
import time
from array import array
from collections.abc import AsyncIterator
from typing import Final

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from pages.ui.shell.addresses import live_runs_address

WITH_CHART: Final = ("home", "train", "runs")
"""Pages that show a live chart as soon as a run is going."""
_CHART_POLL_S = 0.5
_NEWS_POLL_S = 3.0
_IDLE_FACTOR = 4
_PATIENCE_S = 60.0
_ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class Visitor:
    """One session of the app."""

    def __init__(self, socket: ClientConnection) -> None:
        self.errors: list[str] = []
        """What a person would have seen go wrong."""
        self.page_hashes: dict[str, str] = {}
        """What Streamlit calls each page, by its name in the address; known after one run."""
        self._socket = socket
        self._page_hash = ""
        self._query = ""
        self._known: set[str] = set()  # hashes of large messages that came in this run
        self._older: set[str] = set()  # and in the run before: a browser forgets them after that
        self._is_begun = False
        self._ended = asyncio.Event()

    @property
    def page(self) -> str | None:
        """Name of the open page."""
        names = {number: name for name, number in self.page_hashes.items()}
        return names.get(self._page_hash)

    async def arrive(self, page: str) -> float:
        """Runs a page as the first of the session; returns the seconds until the run ended."""
        return await self._run(page_name="" if page == "home" else page)

    async def go_to(self, page: str) -> float:
        """Presses a page's name in the side bar; returns the seconds until the run ended."""
        self._query = ""
        return await self._run(page_hash=self.page_hashes[page])

    async def rerun(self) -> float:
        """Runs the open page again, as any widget does; returns the seconds until the run ended."""
        return await self._run(page_hash=self._page_hash)

    async def listen(self) -> None:
        """Reads what the server sends, until the connection ends."""
        try:
            async for data in self._socket:
                assert isinstance(data, bytes)
                self._take(ForwardMsg.FromString(data))
        except ConnectionClosed as exc:
            self.errors.append(f"The connection ended: {exc}")
        finally:
            self._ended.set()

    async def _run(self, *, page_name: str = "", page_hash: str = "") -> float:
        self._is_begun = False
        self._ended.clear()
        started = time.perf_counter()
        try:
            await self._send(page_name=page_name, page_hash=page_hash)
            await asyncio.wait_for(self._ended.wait(), _PATIENCE_S)
        except (TimeoutError, ConnectionClosed) as exc:
            self.errors.append(f"No answer to a rerun: {type(exc).__name__}")
        return time.perf_counter() - started

    async def _send(self, *, page_name: str = "", page_hash: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self._query
        state.page_name, state.page_script_hash = page_name, page_hash
        state.cached_message_hashes.extend(self._known | self._older)
        state.context_info.timezone, state.context_info.color_scheme = "UTC", "light"
        await self._socket.send(message.SerializeToString())

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash" or message.metadata.cacheable:
            self._known.add(message.ref_hash or message.hash)
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self._is_begun = True
            self._older, self._known = self._known, set()
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
            pages = message.navigation.app_pages
            self.page_hashes = {
                page.url_pathname or "home": page.page_script_hash for page in pages
            }
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta":
            self._look_at(message)
        elif kind == "script_finished" and message.script_finished in _ENDED and self._is_begun:
            self._ended.set()

    def _look_at(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(f"Exception: {element.exception.message}")
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.errors.append(f"Error: {element.alert.body}")


@contextlib.asynccontextmanager
async def visiting(url: str) -> AsyncIterator[Visitor]:
    """Opens a session at a server's address and ends it."""
    socket = await connect(
        url.replace("http", "ws", 1) + "/_stcore/stream",
        origin=url,  # type: ignore[arg-type]  # a NewType of str
        subprotocols=["streamlit"],  # type: ignore[list-item]  # likewise
        compression=None,
        max_size=None,
        open_timeout=_PATIENCE_S,
    )
    visitor = Visitor(socket)
    listening = asyncio.create_task(visitor.listen())
    try:
        yield visitor
    finally:
        listening.cancel()
        await socket.close()


class NewsReader:
    """What the side bar of one browser asks: which runs are going."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.errors: list[str] = []
        self._client = client
        self._address = f"{url}/{live_runs_address()}"

    async def read_on(self) -> None:
        """Asks again and again, less often while no run goes."""
        is_live = True
        while True:
            await asyncio.sleep(_NEWS_POLL_S * (1 if is_live else _IDLE_FACTOR))
            try:
                answer = await self._client.get(self._address)
                is_live = answer.raise_for_status().json()["is_live"]
            except httpx.HTTPError as exc:
                self.errors.append(f"The side bar got no news: {exc!r}")


class ChartReader:
    """What the live chart of one browser has read of a run, and asks for next."""

    def __init__(self, client: httpx.AsyncClient, address: str) -> None:
        self.errors: list[str] = []
        self._client = client
        self._address = address
        self._after = self._width = 0

    async def read_on(self) -> None:
        """Asks for news, again and again."""
        while True:
            try:
                query = {"after": self._after, "width": self._width}
                answer = await self._client.get(self._address, params=query)
                answer.raise_for_status()
                self._take(answer.content)
            except httpx.HTTPError as exc:
                self.errors.append(f"The chart got no news: {exc!r}")
            await asyncio.sleep(_CHART_POLL_S)

    def _take(self, chunk: bytes) -> None:
        (length,) = struct.unpack_from("<I", chunk)
        header = json.loads(chunk[4 : 4 + length])
        steps = [_last(chunk, 4 + length, row) for row in header["arrays"] if row["name"] == "step"]
        last = max(steps, default=0)
        if last > 0:
            self._width = header["width"]
            self._after = (last - 1) // self._width * self._width


def _last(chunk: bytes, start: int, described: dict) -> int:
    values = array("f")
    begin = start + described["offset"]
    values.frombytes(chunk[begin : begin + 4 * described["shape"][0]])
    return int(values[-1]) if values else 0
