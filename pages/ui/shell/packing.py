"""Files that never change, sent packed: Streamlit's own front end and the plotting library.

Streamlit leaves its front end unpacked, because it would pack it anew for everybody. Here each file
is packed once, when somebody first asks for it, and kept: all of them together take 7 MB.
"""

import functools
import gzip
import re
from pathlib import Path
from typing import Literal

import pyarrow
import streamlit as st
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from pages.ui.shell.shared import SharedCache

STORE_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For what has its version in its address."""
VARY = {"Vary": "Accept-Encoding"}
"""For what is sent packed or not, so that no cache between gives one for the other."""
Coding = Literal["br", "gzip"]
"""Ways to pack, as HTTP calls them."""
BEST_CODING: Coding = "br" if pyarrow.Codec.is_available("brotli") else "gzip"
"""Brotli saves a seventh of what gzip leaves; some browsers take it by HTTPS alone."""
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_MAX_FILES = 1024
_BROTLI_LEVEL = 6  # as quick as gzip here; each level more costs seconds


def agreed_coding(headers: Headers) -> Coding | None:
    """Picks the way to pack that whoever asks can unpack, and did not refuse by `q=0`."""
    offers = headers.get("accept-encoding", "").lower().split(",")
    taken = {name for name, *rest in map(_parts, offers) if not any(map(_is_zero, rest))}
    if BEST_CODING in taken:
        return BEST_CODING
    return "gzip" if "gzip" in taken else None


def pack(file: Path, coding: Coding) -> bytes:
    """Gives a file packed; it is packed once, and kept."""
    return _packed.get((file, coding), functools.partial(_pack, file, coding))


class PackedFrontEnd:
    """Answers requests for the scripts and style sheets of Streamlit's front end.

    A plain ASGI middleware. Only files of a list made beforehand are looked up, so no path leads
    out of their folder; a part of a file, or one for a browser that cannot unpack, Streamlit sends.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it on."""
        file = _asked_file(scope)
        if file is None:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        coding = agreed_coding(headers)
        if "range" in headers or coding is None:
            await self.app(scope, receive, _varying(send))
            return
        # In a thread, so that packing a large file holds up nobody else's answer.
        content = await to_thread.run_sync(pack, file, coding)
        answer = Response(
            content,
            media_type=_MEDIA_TYPES[file.suffix],
            headers={**STORE_FOR_EVER, **VARY, "Content-Encoding": coding},
        )
        await answer(scope, receive, send if scope["method"] == "GET" else _without_body(send))


def _asked_file(scope: Scope) -> Path | None:
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    return _front_end().get(scope["path"])


@functools.lru_cache(maxsize=1)
def _front_end() -> dict[str, Path]:
    """Every file of the front end that is worth packing, by its address."""
    root = Path(get_static_dir())
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}/" if base else "/"
    return {
        prefix + file.relative_to(root).as_posix(): file
        for file in root.rglob("*")
        if file.suffix in _MEDIA_TYPES
    }


def _pack(file: Path, coding: Coding) -> bytes:
    content = file.read_bytes()
    if coding == "gzip":
        return gzip.compress(content, compresslevel=6)
    codec = pyarrow.Codec("brotli", compression_level=_BROTLI_LEVEL)
    return codec.compress(content, asbytes=True)


def _parts(offer: str) -> list[str]:
    return [part.strip() for part in offer.split(";")]


def _is_zero(parameter: str) -> bool:
    return re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) is not None


def _varying(send: Send) -> Send:
    async def send_varying(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).add_vary_header(VARY["Vary"])
        await send(message)

    return send_varying


def _without_body(send: Send) -> Send:
    async def send_headers(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_headers


_packed: SharedCache[bytes] = SharedCache(_MAX_FILES)
