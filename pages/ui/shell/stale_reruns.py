"""A guard of each websocket: reruns that the browser asked for on a page that is gone are dropped.

A fragment's rerun that is sent after the server has begun another page, and before the browser
knows it, would be answered under the old page: the browser then empties the new page for good
(Streamlit 1.67; related upstream: pull requests 9617 and 15088).
"""

import time

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_BUSY_AT_MOST_S = 60.0
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

        async def receive_fresh() -> Message:
            while True:
                message = await receive()
                if not session.is_stale(message.get("bytes")):
                    return message

        async def send_watched(message: Message) -> None:
            session.watch(message.get("bytes"))
            await send(message)

        await self.app(scope, receive_fresh, send_watched)


class GuardedSession:
    """What one websocket has shown of its session: the page on show, and whether it runs."""

    def __init__(self) -> None:
        self._page = ""
        self._busy_until = 0.0

    def is_stale(self, content: bytes | None) -> bool:
        """Judges a message of the browser; remembers a rerun of the whole page.

        Args:
            content: a serialised `BackMsg`; `None` for messages of another kind.
        """
        rerun = _read_rerun(content)
        if rerun is None:
            return False
        if not (rerun.is_auto_rerun or rerun.fragment_id):
            self._busy_until = time.monotonic() + _BUSY_AT_MOST_S
            return False
        if rerun.is_auto_rerun and time.monotonic() < self._busy_until:
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
        elif kind == "script_finished" and message.script_finished in _WHOLE_RUN_ENDED:
            self._busy_until = 0.0


def _read_rerun(content: bytes | None) -> ClientState | None:
    if content is None:
        return None
    try:
        message = BackMsg.FromString(content)
    except DecodeError:
        return None  # Streamlit says what it thinks of it
    return message.rerun_script if message.WhichOneof("type") == "rerun_script" else None
