"""Which websockets are the lab's own: those that a page of the same host and port opens.

Streamlit compares too, but asks the network for this machine's addresses where the two differ. It
does so in its event loop, so that any page of any other site could hold up every session and make
the lab call out.
"""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_REFUSED = {"type": "websocket.close", "code": 1008, "reason": "not opened by a page of the lab"}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADDRESS = re.compile(r"([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?", re.ASCII | re.IGNORECASE)
_ORIGIN = re.compile(r"(https?)://(.+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a server is reached."""

    host: str
    """In lower case; an IPv6 address stands in brackets."""
    port: int | None
    """`None` is the default port of whatever scheme."""

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


def asked_address(headers: Headers) -> Address | None:
    """Reads the one Host header; `None` where there is none, several, or one that is no address."""
    hosts = headers.getlist("host")
    return _read_address(hosts[0]) if len(hosts) == 1 else None


def is_own_origin(headers: Headers) -> bool:
    """Tells whether the one Origin header names the host and port of the one Host header.

    The schemes are not compared: behind a proxy that ends TLS they differ.
    """
    asked, origins = asked_address(headers), headers.getlist("origin")
    found = _ORIGIN.fullmatch(origins[0]) if len(origins) == 1 else None
    if asked is None or found is None:
        return False
    default = _DEFAULT_PORTS[found[1].lower()]
    origin = _read_address(found[2])
    return origin is not None and _with_port(origin, default) == _with_port(asked, default)


class OwnSockets:
    """Closes foreign websockets before anything behind it sees them; a plain ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets HTTP and the lab's own websockets through."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
        elif is_own_origin(Headers(scope=scope)):
            await self.app(_as_streamlit_compares(scope), receive, send)
        else:
            await send(_REFUSED)


def _read_address(text: str) -> Address | None:
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return None
    return Address(host=found[1].lower(), port=int(found[2]) if found[2] else None)


def _with_port(address: Address, default: int) -> tuple[str, int]:
    return address.host, default if address.port is None else address.port


def _as_streamlit_compares(scope: Scope) -> Scope:
    # Letter by letter: `http://LAB` or `lab:80` for `lab` would send Streamlit to the network.
    headers = Headers(scope=scope)
    scheme = headers["origin"].partition(":")[0].lower()
    own = (b"origin", f"{scheme}://{headers['host']}".encode("ascii"))
    others = [pair for pair in scope["headers"] if pair[0] != b"origin"]
    return {**scope, "headers": [*others, own]}
