"""The front end as it is sent: packed once, by its address alone, to whoever can unpack it."""

import gzip
from pathlib import Path

import pyarrow
import pytest
import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from streamlit.file_util import get_static_dir

from pages.ui.shell import packing
from pages.ui.shell.packing import PackedFrontEnd, agreed_coding
from tests.pages.shell.test_routes import Client

_ROOT = Path(get_static_dir())
_SCRIPT = max(_ROOT.rglob("*.js"), key=lambda file: file.stat().st_size)
_ADDRESS = f"/{_SCRIPT.relative_to(_ROOT).as_posix()}"


async def _streamlit(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands where Streamlit would answer."""
    await PlainTextResponse("Streamlit's", headers={"Vary": "Origin"})(scope, receive, send)


@pytest.fixture
def client() -> Client:
    packing._front_end.cache_clear()
    return Client(PackedFrontEnd(_streamlit))


@pytest.mark.parametrize(
    ("offer", "coding"),
    [
        ("gzip, deflate, br, zstd", packing.BEST_CODING),
        ("gzip, deflate", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("gzip;q=0, br;q=0.000", None),
        ("gzip; q=0", None),
        ("identity", None),
        ("x-gzip, brotli", None),
        ("", None),
    ],
)
def test_coding_is_one_that_was_offered(offer: str, coding: str | None) -> None:
    assert agreed_coding(Headers({"accept-encoding": offer})) == coding


def test_scripts_are_sent_packed_and_for_ever(client: Client) -> None:
    answer = client.get(_ADDRESS, accept_encoding="gzip")
    assert answer.content == _SCRIPT.read_bytes()
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < _SCRIPT.stat().st_size / 2
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_brotli_gives_the_file_back_and_is_smaller() -> None:
    packed = packing.pack(_SCRIPT, "br")
    size = _SCRIPT.stat().st_size
    whole = pyarrow.Codec("brotli").decompress(packed, size, asbytes=True)
    assert whole == _SCRIPT.read_bytes()
    assert len(packed) < len(gzip.compress(whole, 9))


def test_file_is_packed_once(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    packed = []
    monkeypatch.setattr(packing, "_packed", packing.SharedCache(4))
    pack = packing._pack
    monkeypatch.setattr(packing, "_pack", lambda *what: packed.append(what) or pack(*what))
    for _ in range(3):
        client.get(_ADDRESS, accept_encoding="gzip")
    assert packed == [(_SCRIPT, "gzip")]


def test_head_has_the_headers_alone(client: Client) -> None:
    answer = client.request("HEAD", _ADDRESS, accept_encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) > 0
    assert answer.content == b""


@pytest.mark.parametrize(
    "headers", [{"accept_encoding": "identity"}, {"accept_encoding": "gzip", "range": "bytes=0-9"}]
)
def test_what_cannot_be_packed_is_streamlit_s_and_says_that_it_varies(
    client: Client, headers: dict[str, str]
) -> None:
    answer = client.get(_ADDRESS, **headers)
    assert answer.text == "Streamlit's"
    assert answer.headers["vary"] == "Origin, Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    ["/static/js/../../../__init__.py", "/static/js/%2e%2e/%2e%2e/index.html", "/index.html", "/"],
)
def test_nothing_but_listed_files_is_packed(client: Client, path: str) -> None:
    answer = client.get(path, accept_encoding="gzip")
    assert (answer.text, answer.headers["vary"]) == ("Streamlit's", "Origin")


def test_other_methods_are_streamlit_s(client: Client) -> None:
    assert client.request("POST", _ADDRESS, accept_encoding="gzip").text == "Streamlit's"


def test_files_lie_below_the_base_address(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "/lab/"}.get)
    assert client.get(f"/lab{_ADDRESS}", accept_encoding="gzip").content == _SCRIPT.read_bytes()
    assert client.get(_ADDRESS, accept_encoding="gzip").text == "Streamlit's"
    packing._front_end.cache_clear()
