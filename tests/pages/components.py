"""Which of the lab's own components a page shows, and what its figures hold."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def components(at: AppTest, part: str) -> list[str]:
    """Ids of the components whose key holds that part."""
    return [e.proto.id for e in at.get("bidi_component") if part in e.proto.id]


def shown_figure(at: AppTest, key: str) -> dict[str, Any] | None:
    """The figure that a page shows under that key, as the browser gets it; `None` for no such."""
    found = [e.proto for e in at.get("bidi_component") if e.proto.id.endswith(f"-{key}")]
    if not found:
        return None
    (proto,) = found
    return json.loads(json.loads(proto.json)["figure"])
