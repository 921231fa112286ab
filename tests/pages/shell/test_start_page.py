"""The page of HTML that the app begins with: completed, and nothing else touched."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import FileResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route
from streamlit.file_util import get_static_dir

from pages.ui.shell.start_page import StartPage, complete_start_page
from tests.pages.shell.test_routes import Client

_PAGE = Path(get_static_dir()) / "index.html"


@pytest.fixture
def client() -> Client:
    routes = [
        Route("/", lambda _: FileResponse(_PAGE)),
        Route(
            "/pieces",
            lambda _: StreamingResponse(iter(("<head>", "</head>")), 200, None, "text/html"),
        ),
        Route("/text", lambda _: PlainTextResponse("</head>")),
        Route("/gone", lambda _: PlainTextResponse("</head>", 404, media_type="text/html")),
    ]
    return Client(StartPage(Starlette(routes=routes)))


def test_streamlit_s_page_has_one_head_and_is_completed_before_its_own_scripts(
    client: Client,
) -> None:
    assert _PAGE.read_bytes().count(b"</head>") == 1
    answer = client.get("/", accept="text/html", accept_encoding="gzip")
    assert answer.content == complete_start_page(_PAGE.read_bytes())
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers and "last-modified" not in answer.headers
    # Streamlit's are modules, which wait for the whole page.
    assert '<script type="module"' in answer.text
    assert "BACKEND_BASE_URL" in answer.text and "stCaptionContainer" in answer.text


def test_page_that_was_not_changed_is_sent_anew(client: Client) -> None:
    # An older page of Streamlit's own, kept by a browser, must not come to life again.
    tag = (
        Client(Starlette(routes=[Route("/", lambda _: FileResponse(_PAGE))]))
        .get("/")
        .headers["etag"]
    )
    assert client.get("/", accept="text/html", if_none_match=tag).status_code == 200


def test_page_in_pieces_is_completed_as_one(client: Client) -> None:
    answer = client.get("/pieces", accept="text/html")
    assert answer.content == complete_start_page(b"<head></head>") != b"<head></head>"


@pytest.mark.parametrize(
    ("path", "accept"), [("/text", "text/html"), ("/gone", "text/html"), ("/pieces", "*/*")]
)
def test_all_else_passes_untouched(client: Client, path: str, accept: str) -> None:
    assert client.get(path, accept=accept).text in ("</head>", "<head></head>")


def test_head_promises_no_length(client: Client) -> None:
    answer = client.request("HEAD", "/", accept="text/html")
    assert (answer.status_code, answer.content) == (200, b"")
    assert "content-length" not in answer.headers
