"""The live chart: curves of one or more runs that grow in the browser while the nets train.

It is one Streamlit component, mounted once, which polls the read-only route of `routes.py`.
Streamlit's own plotly chart is rebuilt on every change: it flickers, forgets the zoom and sends
the whole history each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.components.v2 import component

from pages.ui.shell.addresses import api_root
from pages.ui.shell.routes import plotly_url
from resnet_core import __version__
from resnet_core.figures.style import MOST_DECADES, SEQUENTIAL_SCALE, arm_colours
from resnet_core.runs.curve_quantities import CURVE_QUANTITIES
from resnet_core.runs.status import RunStatus
from resnet_core.training.flow import FLOW_QUANTITIES

ChartFigure = Literal["loss", "accuracy", "flow", "rate", "norm"]
ALL_FIGURES: tuple[ChartFigure, ...] = ("loss", "accuracy", "flow", "rate", "norm")
MAX_RUNS = 4
"""Runs in one chart, as many as there are kinds of dashes."""

_FOLDER = Path(__file__).parent
_SCRIPTS = (
    "../plotly.js",
    "../plot/saving.js",
    "../plot/tools.js",
    "../reveal.js",
    "history.js",
    "seeds.js",
    "figures.js",
    "marks.js",
    "ghosts.js",
    "flow.js",
    "replay.js",
    "status.js",
    "twin.js",
    "places.js",
    "mount.js",
)
_STYLES = ("../plot/tools.css", "live_chart.css")
_TOOLS = (_FOLDER / "../plot/tools.html").read_text()
_PLACES = "".join(
    f'<div class="rl-place"><div class="rl-{name}"></div>{_TOOLS}</div>' for name in ALL_FIGURES
)
_TERMS = {
    "curves": {name: asdict(quantity) for name, quantity in CURVE_QUANTITIES.items()},
    "layers": asdict(FLOW_QUANTITIES["gradient_norm"]),
    "heat": {"colours": SEQUENTIAL_SCALE, "most_decades": MOST_DECADES},
}
"""What Python calls things and how it shows them: the scripts have no words of their own for it."""

_COMPONENT = component(
    "resnet_lab_live_chart",
    html=f"""<div class="rl-live-chart rl-unplaced" data-testid="live-chart">
      <div class="rl-status"></div>
      <button type="button" class="rl-replay" hidden>Replay</button>
      <div class="rl-empty" role="status" hidden></div>
      <div class="rl-figures" hidden>{_PLACES}</div>
    </div>""",
    css="\n".join((_FOLDER / name).read_text() for name in _STYLES),
    # One module: an inline component cannot import a neighbour.
    js="\n".join((_FOLDER / name).read_text() for name in _SCRIPTS),
    # Plotly puts its style sheet into the document, which a shadow root would not see.
    isolate_styles=False,
)


def live_chart(
    runs: Sequence[RunStatus],
    *,
    key: str,
    figures: Sequence[ChartFigure] = ALL_FIGURES,
    replay_s: float | None = None,
    on_step: Callable[[int], None] | None = None,
    step_reveals: str = "",
) -> None:
    """Shows the curves of runs, live for those that are going.

    Args:
        runs: one to `MAX_RUNS` runs; several are told apart by their dashes.
        key: stays the same between reruns, so that the chart is never built again.
        figures: which figures to show.
        replay_s: how long the curves take to grow again before they stand whole, for a run that is
            over; a person who wants no motion sees them whole at once.
        on_step: told the step at which a curve was pressed, before the page runs again.
        step_reveals: key of the part of the page that such a press brings up.
    """

    def report() -> None:
        step = st.session_state[key].get("step")
        if step is not None and on_step:
            on_step(int(step))

    _COMPONENT(
        key=key,
        data={
            "root": api_root(),
            "plotly": plotly_url(),
            "figures": list(figures),
            "terms": _TERMS,
            "runs": [_run_data(run) for run in runs[:MAX_RUNS]],
            "made_by": f"ResNet Lab {__version__}",
            "replay_ms": None if replay_s is None else round(1000 * replay_s),
            "step_reveals": step_reveals,
        },
        on_step_change=report,
    )


def _run_data(run: RunStatus) -> dict[str, object]:
    are_plain = [arm.is_plain for arm in run.arms]
    return {
        "id": run.run_id,
        "name": run.name,
        "colours": {theme: arm_colours(are_plain, theme) for theme in ("light", "dark")},
        "parent": run.parent,
        "fork_step": run.fork_step,
    }
