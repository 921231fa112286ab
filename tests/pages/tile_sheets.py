"""Reads the rows of pictures that a page shows, and waits for its jobs."""

import base64
import io
import json
import time
from typing import Any

import numpy as np
from PIL import Image
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from streamlit.testing.v1 import AppTest

_PATIENCE_S = 240.0


def tile_rows(at: AppTest, key: str) -> list[dict[str, Any]]:
    """Rows of the tiles with that key, as the browser gets them."""
    return json.loads(_tiles(at, key).json)["rows"]


def press_tile(at: AppTest, key: str, name: str) -> AppTest:
    """Presses a tile or a heading, as the component reports it."""
    states = at._tree.get_widget_states()
    trigger = states.widgets.add()
    trigger.id = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{_tiles(at, key).id}__events"
    trigger.json_trigger_value = json.dumps([{"event": "pressed", "value": name}])
    return settle(at._run(states))


def _tiles(at: AppTest, key: str) -> Any:
    """The tiles whose key begins so."""
    for element in at.get("bidi_component"):
        _, _, found = element.proto.id.removeprefix("$$ID-").partition("-")
        is_tiles = element.proto.component_name == "resnet_lab_tiles"
        if is_tiles and found.startswith(key.replace("_", "-")):
            return element.proto
    raise AssertionError(f"The page shows no tiles '{key}'.")


def tile_picture(row: dict[str, Any], index: int) -> np.ndarray:
    """One picture cut from a row's sheet, uint8 (h, w, 3)."""
    content = base64.b64decode(row["sheet"].partition(",")[2])
    sheet = np.array(Image.open(io.BytesIO(content)).convert("RGB"))
    top = index // row["columns"] * row["height"]
    left = index % row["columns"] * row["width"]
    return sheet[top : top + row["height"], left : left + row["width"]]


def settle(at: AppTest) -> AppTest:
    """Runs a page again until no job of it is going, as a browser would."""
    deadline = time.monotonic() + _PATIENCE_S
    while any(button.label == "Stop" for button in at.button):
        assert time.monotonic() < deadline, "The page's jobs do not end."
        time.sleep(0.1)
        at.run()
    assert not at.exception
    return at


def sent_bytes(at: AppTest) -> int:
    """Bytes of everything that the page sends to the browser for this view."""
    protos = [getattr(node, "proto", None) for node in at.main]
    return sum(len(proto.SerializeToString()) for proto in protos if proto is not None)
