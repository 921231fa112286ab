"""The Classify page as a person handles it: files given, tabs opened, answers waited for."""

import time
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

_PATIENCE_S = 240


def wait(at: AppTest, condition: Callable[[AppTest], object]) -> AppTest:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition(at):
        assert time.monotonic() < deadline, [element.value for element in at.text]
        time.sleep(0.2)
        at.run()
        assert not at.exception
    return at


def bars(at: AppTest) -> list:
    return [element for element in at.get("html") if "class-bars" in element.proto.body]


def open_tab(at: AppTest, title: str) -> AppTest:
    """AppTest cannot press tabs: the session state says which one is open."""
    at.session_state["classify_tab"] = title
    return at.run()


def captions(at: AppTest) -> list[str]:
    return [element.value for element in at.caption]


def upload(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploader = next(u for u in at.file_uploader if "Pictures" in u.label)
    uploader.set_value([(name, content, "application/octet-stream") for name, content in files])
    at.run()
    assert not at.exception
    return at
