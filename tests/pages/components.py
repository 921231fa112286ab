"""Which of the lab's own components a page shows."""

from streamlit.testing.v1 import AppTest


def components(at: AppTest, part: str) -> list[str]:
    """Ids of the components whose key holds that part."""
    return [e.proto.id for e in at.get("bidi_component") if part in e.proto.id]
