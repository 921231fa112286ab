"""Reads the rows of pictures that a page shows, and waits for its jobs."""

import base64
import io
import json
import time
from typing import Any

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

_PATIENCE_S = 60.0


def tile_rows(at: AppTest, key: str) -> list[dict[str, Any]]:
    """Rows of the tiles with that key, as the browser gets them."""
    for element in at.get("bidi_component"):
        if element.proto.component_name == "resnet_lab_tiles" and element.proto.id.endswith(key):
            return json.loads(element.proto.json)["rows"]
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
    return sum(len(node.proto.SerializeToString()) for node in at.main if hasattr(node, "proto"))
