"""A measured figure that changes in place: a turned knob moves the curves, and zoom survives.

Streamlit's own plotly chart is built anew on every change, and saves one picture format.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2 import component

from pages.ui.shell.notices import plain
from pages.ui.shell.routes import plotly_url
from pages.ui.shell.shared import Same, SharedCache

_FOLDER = Path(__file__).parent
_COMPONENT = component(
    "resnet_lab_gradient_plot",
    html="""<div class="rl-plot" data-testid="gradient-plot">
      <div class="rl-plot-figure"></div>
      <div class="rl-plot-save" hidden>Save as
        <button data-format="png">PNG</button>
        <button data-format="svg">SVG</button>
        <button data-format="html">HTML</button>
      </div>
    </div>""",
    css=(_FOLDER / "plot.css").read_text(),
    js=(_FOLDER / "plot.js").read_text(),
    # Plotly puts its style sheet into the document, which a shadow root would not see.
    isolate_styles=False,
)


def gradient_plot(
    figure: go.Figure,
    *,
    key: str,
    caption: str | Callable[[], None],
    numbers: Callable[[], str],
    alt: str = "",
) -> None:
    """Shows a figure, with ways to save it as PNG, SVG or HTML and its numbers as CSV.

    Args:
        figure: what to draw; colours of text and grid follow the browser's theme, and zoom is kept
            as long as the layout's `uirevision` stays the same.
        key: stays the same between reruns, and names the files.
        caption: how it was measured and how to read it, as plain text, or what shows that.
        numbers: writes the CSV, when somebody asks for it.
        alt: what is drawn, for screen readers; by default the caption.
    """
    content = _contents.get(Same(figure), lambda: _content(figure))
    name = key.replace("_", "-")
    alt = alt or (caption if isinstance(caption, str) else name)
    with st.container(gap="small"):
        _COMPONENT(
            key=key,
            data={"plotly": plotly_url(), "figure": content, "name": name, "alt": alt},
        )
        with st.container(horizontal=True):
            with st.container():
                if isinstance(caption, str):
                    st.caption(plain(caption))
                else:
                    caption()
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


def _content(figure: go.Figure) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(figure.to_json(engine="json") or "{}")
    content.get("layout", {}).pop("template", None)  # Streamlit's colours take its place
    return content


def same_view(figure: go.Figure, *what: object) -> go.Figure:
    """Keeps a person's zoom as long as `what` is shown stays the same."""
    return figure.update_layout(uirevision=str(what))


_contents: SharedCache[dict[str, Any]] = SharedCache(32)
