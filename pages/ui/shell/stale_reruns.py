"""A guard of each websocket against reruns of fragments that come while a page is being made.

A fragment's rerun that is sent after the server has begun another page, and before the browser
knows it, would be answered under the old page: the browser then empties the new page for good
(Streamlit 1.67; related upstream: pull requests 9617 and 15088).  Such reruns are dropped.

One that arrives just as the script of its own page ends gets a new script runner, and whatever the
old one has said and the server has not yet read is lost: the end of the page, and that it has ended
(upstream: issue 9921).  The busier the server, the more.  Such reruns wait until the page is made.
"""

import asyncio
import time
from collections import deque

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_BUSY_AT_MOST_S = 60.0
_MOST_HELD = 100
_LARGEST_SIGNAL_BYTES = 2**17
"""The messages that matter here are a few kilobytes; figures need not be read again."""
_WHOLE_RUN_ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class StaleRerunGuard:
    """Stands in front of Streamlit's websocket; a plain ASGI middleware, so it buffers nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on, except stale reruns of a websocket."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        session = GuardedSession()
        gate = _Gate(receive, session)

        async def send_watched(message: Message) -> None:
            session.watch(message.get("bytes"))
            await send(message)

        try:
            await self.app(scope, gate.receive, send_watched)
        finally:
            gate.close()


class _Gate:
    """Passes a browser's messages on: none that is stale, and each when its page is made."""

    def __init__(self, receive: Receive, session: "GuardedSession") -> None:
        self._receive = receive
        self._session = session
        self._held: deque[Message] = deque(maxlen=_MOST_HELD)
        self._coming: asyncio.Future[Message] | None = None

    async def receive(self) -> Message:
        """Gives the next message that the app may see."""
        while True:
            message = await self._next()
            content = message.get("bytes")
            if self._session.must_wait(content):
                self._held.append(message)
            elif not self._session.is_stale(content):
                return message

    def close(self) -> None:
        """Listens no more."""
        if self._coming is not None:
            self._coming.cancel()

    async def _next(self) -> Message:
        """Gives what was held, once the page is made, or what comes."""
        while True:
            if self._held and not self._session.is_busy:
                return self._held.popleft()
            coming = self._coming = self._coming or asyncio.ensure_future(self._receive())
            if self._held:
                await self._session.wait_for_end_or(coming)
            else:
                await asyncio.wait((coming,))
            if coming.done():
                self._coming = None
                return coming.result()


class GuardedSession:
    """What one websocket has shown of its session: the page on show, and whether it runs."""

    def __init__(self) -> None:
        self._page = ""
        self._busy_until = 0.0
        self._ended = asyncio.Event()

    @property
    def is_busy(self) -> bool:
        """Whether the page is being made."""
        return time.monotonic() < self._busy_until

    async def wait_for_end_or(self, other: asyncio.Future[Message]) -> None:
        """Waits until the page is made, or can be taken for made, or something else is done."""
        ended = asyncio.ensure_future(self._ended.wait())
        left_s = max(0.0, self._busy_until - time.monotonic())
        try:
            await asyncio.wait((other, ended), timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()

    def must_wait(self, content: bytes | None) -> bool:
        """Whether a message is a press in a fragment of a page that is being made."""
        if not self.is_busy:
            return False
        rerun = _read_rerun(content)
        return rerun is not None and bool(rerun.fragment_id) and not rerun.is_auto_rerun

    def is_stale(self, content: bytes | None) -> bool:
        """Judges a message of the browser; remembers a rerun of the whole page.

        Args:
            content: a serialised `BackMsg`; `None` for messages of another kind.
        """
        rerun = _read_rerun(content)
        if rerun is None:
            return False
        if not (rerun.is_auto_rerun or rerun.fragment_id):
            self._begin()
            return False
        if rerun.is_auto_rerun and self.is_busy:
            return True
        return bool(self._page) and rerun.page_script_hash not in ("", self._page)

    def watch(self, content: bytes | None) -> None:
        """Takes from a message to the browser, a serialised `ForwardMsg`, which page is on show."""
        if content is None or len(content) > _LARGEST_SIGNAL_BYTES:
            return
        message = ForwardMsg.FromString(content)
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self._page = message.new_session.page_script_hash
            self._begin()  # also where a script asked for its own rerun
        elif kind == "navigation":
            # A visitor's first run begins under the script's own hash, and finds its page then.
            self._page = message.navigation.page_script_hash
        elif kind == "script_finished" and message.script_finished in _WHOLE_RUN_ENDED:
            self._busy_until = 0.0
            self._ended.set()

    def _begin(self) -> None:
        self._busy_until = time.monotonic() + _BUSY_AT_MOST_S
        self._ended.clear()


def _read_rerun(content: bytes | None) -> ClientState | None:
    if content is None:
        return None
    try:
        message = BackMsg.FromString(content)
    except DecodeError:
        return None  # Streamlit says what it thinks of it
    return message.rerun_script if message.WhichOneof("type") == "rerun_script" else None
