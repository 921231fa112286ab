"""The Gradient flow page as a person handles it: waited for, turned, and read off its figures."""

import json
import time

from streamlit.testing.v1 import AppTest

SMALL = {"depth": "8", "pictures": "Noise", "batch": "8", "seeds": "1"}


def settled(at: AppTest) -> AppTest:
    """Runs the page until no job is under way."""
    deadline = time.monotonic() + 240
    while any(button.label == "Stop" for button in at.button):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        at.run()
    assert not at.exception
    return at


def figure(at: AppTest, name: str = "gradient-depth") -> dict:
    for element in at.get("bidi_component"):
        data = json.loads(element.proto.json)
        if data.get("name") == name:
            return json.loads(data["figure"])
    raise AssertionError(f"no figure {name}")


def curve(at: AppTest, quantity: str, number: int = 0) -> list[float]:
    found = [
        trace["y"]
        for trace in figure(at)["data"]
        if trace.get("meta", {}) == {"quantity": quantity, "kind": "measured"}
    ]
    return found[number]


def pick(at: AppTest, label: str, option: str) -> AppTest:
    next(box for box in at.selectbox if box.label == label).select(option).run()
    return settled(at)
