"""The one place where pages show a Plotly figure: it changes in place, and zoom survives.

Streamlit's own chart is built anew on every change, saves one picture format, and brings a second
copy of the plotting library into the browser.
"""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2 import component

from pages.ui.kit.plot.text_twin import text_twin
from pages.ui.shell.notices import plain
from pages.ui.shell.routes import plotly_url
from pages.ui.shell.session import report_press
from pages.ui.shell.shared import Same, SharedCache
from resnet_core import __version__

_FOLDER = Path(__file__).parent
_SCRIPTS = ("../plotly.js", "saving.js", "tools.js", "plot.js")
_COMPONENT = component(
    "resnet_lab_figure",
    html=f"""<div class="rl-plot rl-unplaced" data-testid="figure">
      <div class="rl-plot-figure"></div>
      {(_FOLDER / "tools.html").read_text()}
    </div>""",
    css="\n".join((_FOLDER / name).read_text() for name in ("tools.css", "plot.css")),
    # One module: an inline component cannot import a neighbour.
    js="\n".join((_FOLDER / name).read_text() for name in _SCRIPTS),
    # Plotly puts its style sheet into the document, which a shadow root would not see.
    isolate_styles=False,
)
_MAX_FIGURES = 64


def show_figure(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    width_px: int | None = None,
    zooms: bool = False,
    note: str = "",
    file_name: str = "",
    on_press: Callable[[str], None] | None = None,
) -> None:
    """Shows a figure, with ways to look closer and to save it as PNG, SVG or HTML.

    Args:
        figure: what to draw; colours of text and grid follow the browser's theme, and zoom is kept
            as long as the layout's `uirevision` stays the same. One that `drawn` shares is written
            as JSON once for all sessions.
        key: stays the same between reruns.
        alt: what is drawn, for screen readers; the title of a saved picture.
        width_px: width, px; by default all that there is.
        zooms: whether Ctrl and the wheel zoom; the wheel alone always moves the page.
        note: how it was measured, which a saved picture says below.
        file_name: what its files are called, without their ending; by default the key.
        on_press: told the `customdata` of the point that was pressed, before the page runs again.
    """
    _COMPONENT(
        key=key,
        data={
            **_drawing(figure),
            "name": file_name or key.replace("_", "-"),
            "alt": alt,
            "zooms": zooms,
            "note": note,
            "can_press": on_press is not None,
        },
        on_pressed_change=functools.partial(report_press, key, on_press),
        width=width_px or "stretch",
    )


def _drawing(figure: go.Figure) -> dict[str, str]:
    """What is the same wherever a figure is shown."""
    written, twin = _written.get(Same(figure), lambda: (_write(figure), text_twin(figure)))
    made_by = f"ResNet Lab {__version__}"
    return {"plotly": plotly_url(), "figure": written, "twin": twin, "made_by": made_by}


def measured_figure(
    figure: go.Figure,
    *,
    key: str,
    caption: str | Callable[[], None],
    numbers: Callable[[], str],
    alt: str = "",
    on_press: Callable[[str], None] | None = None,
) -> None:
    """Shows a figure with how it was measured, and its numbers as CSV.

    Args:
        figure: what to draw, as in `show_figure`.
        key: stays the same between reruns, and names the files.
        caption: how it was measured and how to read it, as plain text, or what shows that.
        numbers: writes the CSV, when somebody asks for it.
        alt: what is drawn, for screen readers; by default the caption.
        on_press: as in `show_figure`.
    """
    name = key.replace("_", "-")
    with st.container(gap="small"):
        note = caption if isinstance(caption, str) else ""
        alt, note = alt or note or name, note if alt else ""
        show_figure(figure, key=key, alt=alt, note=note, on_press=on_press)
        with st.container(horizontal=True):
            with st.container():
                if isinstance(caption, str):
                    st.caption(plain(caption))
                else:
                    caption()
            _offer_numbers(numbers, name, key)


def _offer_numbers(numbers: Callable[[], str], name: str, key: str) -> None:
    st.download_button(
        "CSV",
        numbers,
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        help="The numbers behind the figure, one row each.",
        on_click="ignore",
        key=f"{key}_csv",
    )


def same_view(figure: go.Figure, *what: object) -> go.Figure:
    """Keeps a person's zoom as long as `what` is shown stays the same."""
    return figure.update_layout(uirevision=str(what))


def _write(figure: go.Figure) -> str:
    content: dict[str, Any] = json.loads(figure.to_json(engine="json") or "{}")
    content.get("layout", {}).pop("template", None)  # Streamlit's colours take its place
    return json.dumps(content, separators=(",", ":"))


_written: SharedCache[tuple[str, str]] = SharedCache(_MAX_FIGURES)
