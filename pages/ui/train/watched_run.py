"""A run that trains in a program of its own: its live curves, and nothing that needs a worker."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.kit.live_chart import ALL_FIGURES, ChartFigure, live_chart
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.addresses import runs_address
from pages.ui.shell.links import link_with
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_runs
from pages.ui.shell.words import hover_text
from pages.ui.train.run_errors import shown_run_errors
from pages.ui.train.verdict import show_verdict
from resnet_core.figures.logged_scalars import logged_csv, logged_figure
from resnet_core.runs.logged import MOST_SHOWN, SKIPPED, has_accuracies, read_facts, read_logged
from resnet_core.runs.status import RunStatus, read_status, run_dir

_POLL_S = 3.0
_REFRESH_S = 3.0
_EXPLANATION = """
**What is measured.** The norm of each parameter's gradient is taken in every step when its backward
pass has ended: summed up over micro-batches and over all processes, without the factor of a loss
scaler, and before clipping. A gap is a parameter that got no gradient. Update ratios (norm of the
change over norm of the weights) and activations are measured at an interval; a unit is dead where
its output is never above zero in the batch.

**What cannot be done here.** The program in which it was begun trains this net, and alone can stop
or change it: so there is no pause, no fork and no edit. Its curves, its gradient flow and its notes
are those of any run.
"""


def watched_view(status: RunStatus, head: DeltaGenerator) -> None:
    """Shows a watched run: how it fares in words, its curves, what was logged and what is known.

    Args:
        status: the run.
        head: the page's first row, for its state: what it stands beside costs no height.
    """
    with head:
        _state(status.run_id)
    show_verdict(status)
    with shown_run_errors(status.run_id):
        has_shares = status.step == 0 or has_accuracies(run_dir(status.run_id))
        figures: list[ChartFigure] = [
            name for name in ALL_FIGURES if has_shares or name != "accuracy"
        ]
        live_chart([status], key="train_chart", figures=figures)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("What next")
        link_with(
            "gradient_flow",
            "Where does the gradient go?",
            ":material/show_chart:",
            {"view": "While training", "runs": status.run_id},
        )
    st.caption(
        "Gradient norm: the Euclidean norm of each layer's weight gradient, before clipping.",
        help=hover_text("gradient norm", "loss"),
    )
    _logged(status.run_id)
    with st.expander("What is watched, and how", icon=":material/visibility:"):
        with shown_run_errors(status.run_id):
            facts = read_facts(run_dir(status.run_id))
            rows = [{"": title, "This run": value} for title, value in facts.items()]
            st.dataframe(rows, hide_index=True)
        st.markdown(_EXPLANATION)


@st.fragment
def _state(run_id: str) -> None:
    with shown_run_errors(run_id):
        status = read_status(run_id)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("watched", icon=":material/visibility:", color="gray")
            listen(
                news_of_runs([status]),
                runs_address([run_id]),
                key=f"controls-{run_id}",
                every_s=_POLL_S,
            )


@st.fragment
def _logged(run_id: str) -> None:
    """Shows what was logged under names of its own, and reads it again while the run goes."""
    with shown_run_errors(run_id):
        status = read_status(run_id)
        if status.is_live:
            listen(
                news_of_runs([status], in_detail=True),
                runs_address([run_id], in_detail=True),
                key=f"logged-{run_id}",
                every_s=_POLL_S,
                rerun_after_s=_REFRESH_S,
                is_quiet=True,
            )
        scalars = [each for each in read_logged(run_dir(run_id)) if each.name != SKIPPED]
        if not scalars:
            return
        st.header("What was logged")
        measured_figure(
            same_view(logged_figure(scalars, theme=shown_theme()), run_id),
            key="logged_scalars",
            caption=f"As the program gave it; of each at most {MOST_SHOWN} steps are drawn.",
            numbers=lambda: logged_csv(scalars),
        )
