"""The one HTML page that every address of the app begins with, completed for the lab.

Streamlit's own moves everything aside when the side bar and the first widgets come, asks below each
page's address for a server that is not there, and greys small text until few can read it.
"""

from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from pages.ui.shell.widget_scripts import widget_scripts

_FOLDER = Path(__file__).parent
_HEAD_ENDS = b"</head>"
_STYLE = (_FOLDER / "start_page.css").read_text()
_SCRIPT = (_FOLDER / "start_page.js").read_text()
_PRELOADS = "".join(
    f'<link rel="modulepreload" crossorigin href="{address}">'
    for address in widget_scripts(Path(get_static_dir()))
)
_ADDED = f"<style>{_STYLE}</style><script>{_SCRIPT}</script>{_PRELOADS}".encode()
_NOT_PASSED_ON = (b"accept-encoding", b"if-none-match", b"if-modified-since")
"""They would get a packed page, or none."""
_NOT_SENT = ("content-length", "etag", "last-modified")
"""They are of the page as Streamlit wrote it."""


def complete_start_page(page: bytes) -> bytes:
    """Adds the lab's style, script and preloads to the head, before any script of Streamlit's."""
    return page.replace(_HEAD_ENDS, _ADDED + _HEAD_ENDS, 1)


class StartPage:
    """Completes each page of HTML on its way out; all else passes untouched, and unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request through the wrapped app."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        asked = [pair for pair in scope["headers"] if pair[0] not in _NOT_PASSED_ON]
        extensions = dict(scope.get("extensions") or {})
        extensions.pop("http.response.pathsend", None)  # else the server itself reads the file
        plain = {**scope, "headers": asked, "extensions": extensions}
        await self.app(plain, receive, _Completing(send))


class _Completing:
    """Holds an answer of HTML back until it is whole."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        for name in _NOT_SENT:
            del headers[name]
        if self._body:  # there is none to a HEAD
            self._body = complete_start_page(self._body)
            headers["content-length"] = str(len(self._body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": self._body})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    return start["status"] == 200 and is_html and "content-encoding" not in headers
