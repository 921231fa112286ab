"""Pasting pictures, and dropping them anywhere on the page: Streamlit's uploader takes neither."""

from pathlib import Path

from streamlit.components.v2 import component

_COMPONENT = component(
    "resnet_lab_drop_anywhere",
    html='<span class="rl-hint">Or drop them anywhere on this page, or paste one (Ctrl+V).</span>',
    css=".rl-hint { color: var(--st-text-color); opacity: 0.7; font: 0.85rem var(--st-font); }",
    js=(Path(__file__).parent / "drop_anywhere.js").read_text(),
)


def drop_anywhere(uploader: str) -> None:
    """Sends what is pasted or dropped on the page to the file uploader with that key."""
    _COMPONENT(key=f"{uploader}-anywhere", data={"uploader": uploader})
