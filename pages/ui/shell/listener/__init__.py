"""A listening element: it shows how something goes, and runs its fragment when that changed.

It polls a read-only address of the server from the browser.  Streamlit's own timed fragments would
ask for a run of the script each time, and one that is sent while the page changes empties the new
page for good.
"""

from pathlib import Path

from streamlit.components.v2 import component

from pages.ui.shell.news import News

_FOLDER = Path(__file__).parent
_COMPONENT = component(
    "resnet_lab_listener",
    html='<div class="rl-listener" data-testid="listener" aria-live="off"></div>',
    css=(_FOLDER / "listener.css").read_text(),
    js=(_FOLDER / "listener.js").read_text(),
)


def listen(
    news: News,
    address: str,
    *,
    key: str,
    what: str = "",
    every_s: float = 1.0,
    rerun_after_s: float = 0.0,
    again_in_s: float | None = None,
    is_quiet: bool = False,
) -> None:
    """Shows news, keeps them fresh, and runs the fragment around it when its view is outdated.

    Args:
        news: what the page shows now.
        address: where the browser asks for the same; a read-only route of `routes.py`.
        key: stays the same between reruns.
        what: goes before each line's text.
        every_s: between two questions while something goes on; less often when nothing does.
        rerun_after_s: how long a view stays at least, unless the news are final.
        again_in_s: runs the fragment once after that time, whatever the news.
        is_quiet: shows nothing itself.
    """
    _COMPONENT(
        key=key.replace("_", "-"),  # Streamlit refuses a double underscore, which an id may hold
        data={
            "news": news.to_json(),
            "address": address,
            "what": what,
            "every_ms": round(1000 * every_s),
            "rerun_after_ms": round(1000 * rerun_after_s),
            "again_in_ms": None if again_in_s is None else round(1000 * again_in_s),
            "is_quiet": is_quiet,
        },
        on_outdated_change=_run_again,
    )


def _run_again() -> None:
    """Streamlit wants to be told which trigger a component has; the run itself is all we want."""
