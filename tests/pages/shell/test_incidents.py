"""What the log and the visitor hear of errors, expected and not."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message
from streamlit.testing.v1 import AppTest

import streamlit_app
from pages.ui.shell import incidents
from pages.ui.shell.incidents import FailedRequests, incident_id, name_errors_in_log, one_line
from resnet_core.errors import ResNetLabError

_ID = re.compile(r"error ([0-9a-f]{8})\b", re.IGNORECASE)
_LOGGERS = (incidents.__name__, "streamlit.error_util")


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Listens to the loggers, which hand nothing on to the root."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    name_errors_in_log()
    for logger in loggers:
        logger.addHandler(caplog.handler)
    caplog.clear()
    yield caplog
    for logger in loggers:
        logger.removeHandler(caplog.handler)


def _cause(record: logging.LogRecord) -> BaseException | None:
    assert record.exc_info is not None
    return record.exc_info[1]


def _only_record(log: pytest.LogCaptureFixture) -> logging.LogRecord:
    (record,) = [record for record in log.records if record.name in _LOGGERS]
    return record


def _raise_on_a_page(kind: str) -> AppTest:
    def script(kind: str) -> None:
        from streamlit.error_util import handle_user_script_exception

        from pages.ui.shell.notices import show_unexpected
        from resnet_core.errors import ResNetLabError

        error = {
            "expected": ResNetLabError("No net\nis called 'x\x1b[31m'; choose another."),
            "unexpected": ZeroDivisionError("secret"),
        }[kind]
        try:
            raise error
        except Exception as exc:
            handle_user_script_exception(exc, show_unexpected)  # as Streamlit does for a script

    return AppTest.from_function(script, args=(kind,)).run()


def test_expected_error_of_a_page_is_one_line_without_a_trace(log) -> None:
    at = _raise_on_a_page("expected")
    assert "choose another" in at.error[0].value
    record = _only_record(log)
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert record.getMessage() == "No net is called 'x [31m'; choose another."


def test_unexpected_error_of_a_page_has_the_id_of_its_trace(log) -> None:
    at = _raise_on_a_page("unexpected")
    record = _only_record(log)
    shown = _ID.search(at.error[0].value)
    assert shown is not None
    assert record.getMessage() == f"Error {shown[1]} on a page"
    assert (record.levelname, str(_cause(record))) == ("ERROR", "secret")
    assert "secret" not in at.error[0].value


async def _broken(request: Request) -> Response:
    raise ZeroDivisionError("secret")


async def _broken_pieces() -> AsyncIterator[bytes]:
    yield b"begun"
    raise ZeroDivisionError("secret")


def _get(path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        routes = [Route("/broken/{name}", _broken)]
        app = Starlette(routes=routes, middleware=[Middleware(FailedRequests)])
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_failed_route_answers_with_the_id_of_its_trace(log) -> None:
    answer = _get("/broken/a%0Ab")
    shown = _ID.search(answer.text)
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/plain")
    assert shown is not None
    assert "secret" not in answer.text
    record = _only_record(log)
    assert record.getMessage() == f"Error {shown[1]} at /broken/a b"
    assert str(_cause(record)) == "secret"


def test_answer_that_fails_midway_is_cut_off_and_logged_once(log) -> None:
    sent: list[str] = []

    async def send(message: Message) -> None:
        sent.append(message["type"])

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    app = FailedRequests(StreamingResponse(_broken_pieces()))
    asyncio.run(app({"type": "http", "path": "/later"}, receive, send))
    assert sent == ["http.response.start", "http.response.body"]
    record = _only_record(log)
    assert str(_cause(record)) == "secret"


def test_app_answers_failures_below_its_headers() -> None:
    kinds: list[object] = [each.cls for each in streamlit_app.app._user_middleware]
    assert kinds.index(FailedRequests) == len(kinds) - 1


def test_id_belongs_to_one_error() -> None:
    error = ResNetLabError("a")
    assert incident_id(error) == incident_id(error) != incident_id(ResNetLabError("a"))


def test_line_holds_no_control_character() -> None:
    assert one_line("a\r\nb\x1b[0m\u2028c é") == "a  b [0m c é"
