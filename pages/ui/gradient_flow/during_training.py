"""The gradient during training: heatmaps, a scrubber over steps, skip anatomy; live as well."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.live_chart import MAX_RUNS
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import choice_in_address, several_in_address
from pages.ui.shell.addresses import runs_address
from pages.ui.shell.links import link_to
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_runs
from pages.ui.shell.notices import plain, show_error, shown_errors
from pages.ui.shell.resources import list_recent_runs
from pages.ui.shell.session import app_state
from pages.ui.shell.wording import phase_word, progress_text
from resnet_core.errors import ResNetLabError, RunError
from resnet_core.figures.gradient_tables import flow_csv
from resnet_core.figures.gradient_training import anatomy_figure, flow_heatmaps, step_figure
from resnet_core.recipes.stored_demo import find_stored_demo
from resnet_core.runs.folding import Rows
from resnet_core.runs.status import RunStatus, read_status
from resnet_core.training.flow import (
    FLOW_QUANTITIES,
    ArmFlow,
    flow_quantities,
    fold_flow,
    read_flow,
    steps_of,
)
from resnet_core.training.flow_words import flow_sentence

_COLUMNS = 120
_ROWS: tuple[Rows, ...] = ("layers", "parameters", "modules")
_ROW_TITLES: dict[Rows, str] = {
    "layers": "Layers",
    "parameters": "Every parameter",
    "modules": "Modules",
}
_REFRESH_S = 3.0
_POLL_S = 1.0
_ANATOMY = tuple(name for name, quantity in FLOW_QUANTITIES.items() if quantity.place == "block")


def show_training() -> None:
    """Shows what runs measured of their gradients; a run in progress is read again and again."""
    runs = {status.run_id: status for status in list_recent_runs() if not status.is_damaged}
    is_first_visit, stored = not runs, find_stored_demo()
    if stored is not None:
        runs.setdefault(stored.run_id, stored)
    if not runs:
        st.info(
            "No run has measured its gradients yet: train a residual net beside a plain one, and "
            "watch them here while they train.",
            icon=":material/info:",
        )
        _offer_training()
        return
    left, right = st.columns([3, 2], gap="medium")
    chosen = left.multiselect(
        "Runs",
        list(runs),
        max_selections=MAX_RUNS,
        wrap=True,
        format_func=lambda run_id: _title(runs[run_id]) if run_id in runs else run_id,
        **several_in_address("runs", list(runs), [_first(runs)], most=MAX_RUNS),
    )
    names = list(flow_quantities())
    quantity = right.selectbox(
        "Quantity",
        names,
        format_func=_quantity_title,
        **choice_in_address("quantity", names, names[0], called=_quantity_title),
    )
    if not chosen:
        st.caption("Choose a run.")
        return
    if is_first_visit:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("This run comes with the lab. Runs of your own are shown here live.")
            _offer_training()
    rows = _pick_rows() if any(runs[run_id].is_watched for run_id in chosen) else "layers"
    _show_flows(tuple(chosen), quantity, rows)


def _offer_training() -> None:
    link_to("home", "Start the demo", ":material/play_arrow:")
    link_to("train", "Set up an experiment", ":material/tune:")


def _pick_rows() -> Rows:
    """Lets a person choose what a row is; the lab's own nets have one of each layer."""
    return choose_view("Rows", _ROWS, key="rows", title=_ROW_TITLES.__getitem__)


@st.fragment
def _show_flows(run_ids: tuple[str, ...], quantity: str, rows: Rows) -> None:
    try:
        statuses = [read_status(run_id) for run_id in run_ids]
    except ResNetLabError as exc:
        show_error(exc)
        return
    _show_state(statuses)
    if any(status.is_live for status in statuses):
        listen(
            news_of_runs(statuses, in_detail=True),
            runs_address(run_ids, in_detail=True),
            key="gradient-runs-news",
            every_s=_POLL_S,
            rerun_after_s=_REFRESH_S,
            is_quiet=True,
        )
    if all(status.is_live and status.step < 1 for status in statuses):
        st.info("The first measurement comes with the first step.", icon=":material/hourglass:")
        return
    top = st.container()
    step = _pick_step(statuses)
    with shown_errors():
        _show_quantity(run_ids, quantity, step, top, rows)
    with_anatomy = [status.run_id for status in statuses if not status.is_watched]
    if with_anatomy:
        _show_anatomy(with_anatomy, step)


def _show_state(statuses: Sequence[RunStatus]) -> None:
    for status in statuses:
        if status.is_live:
            st.caption(plain(f"{status.name}: {phase_word(status)}, {progress_text(status)}"))
        for arm in status.arms:
            if arm.stopped_message:
                st.warning(plain(f"{arm.label}: {arm.stopped_message}"), icon=":material/warning:")


def _pick_step(statuses: Sequence[RunStatus]) -> int | None:
    """Lets a person choose a step; `None` is the newest."""
    # The range of a run that goes on stays the same, so that the slider does.
    last = max(max(s.num_steps, s.step) if s.is_live else s.step for s in statuses)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        follows = st.toggle("Newest step", True, key="newest", bind="query-params")
        # Where nobody knows the end, the range grows, and the slider would stand in the past.
        is_endless = any(s.is_live and not s.num_steps for s in statuses)
        if last < 2 or (follows and is_endless):
            return None
        step = st.slider("Step", 1, last, last, key="step", bind="query-params", disabled=follows)
    return None if follows else int(step)


def _show_quantity(
    run_ids: Sequence[str], name: str, step: int | None, top: DeltaGenerator, rows: Rows
) -> None:
    whole = _read(run_ids, name)
    flows = [fold_flow(flow, name, rows) for flow in whole]
    quantity = FLOW_QUANTITIES[name]
    shown_step = steps_of(flows)[-1] if step is None else step
    with top:
        st.info(plain(flow_sentence(flows, quantity, shown_step)), icon=":material/show_chart:")
        measured_figure(
            same_view(flow_heatmaps(flows, quantity, step), name, run_ids),
            key="gradient_heatmap",
            caption=f"One colour scale for all nets; up to {_COLUMNS} steps are drawn. Gradient "
            "norms are those of the weights, before clipping; everything else is measured at an "
            f"interval.{_folded_words(flows, whole)}",
            numbers=lambda: flow_csv(whole, name),
        )
    measured_figure(
        same_view(step_figure(flows, quantity, shown_step, theme=shown_theme()), name, run_ids),
        key="gradient_step",
        caption=f"{quantity.title} over depth at step {shown_step:,}, and, where there is a pair, "
        "the residual net's over the plain one's.",
        numbers=lambda: flow_csv([_only(flow, shown_step) for flow in flows], name),
    )


def _show_anatomy(run_ids: Sequence[str], step: int | None) -> None:
    st.header("Skip anatomy")
    st.write(
        "What each addition adds, and through which of its two inputs the gradient came back: a "
        "share above 1 means that the branch works against the skip."
    )
    with shown_errors():
        by_quantity = {name: _read(run_ids, name) for name in _ANATOMY}
        arms = [
            dict(zip(_ANATOMY, flows, strict=True))
            for flows in zip(*by_quantity.values(), strict=True)
        ]
        shown_step = steps_of(by_quantity["skip_norm"])[-1] if step is None else step
        back = "skip_gradient_share"
        st.write(plain(flow_sentence(by_quantity[back], FLOW_QUANTITIES[back], shown_step)))
        measured_figure(
            same_view(anatomy_figure(arms, shown_step, theme=shown_theme()), run_ids),
            key="gradient_anatomy",
            caption=f"Every block at the last measured step up to {shown_step:,}.",
            numbers=lambda: "\n".join(flow_csv(flows, n) for n, flows in by_quantity.items()),
        )


def _read(run_ids: Sequence[str], name: str) -> list[ArmFlow]:
    """Reads a quantity of all arms of all runs; arms of several runs carry the run's name.

    Raises:
        RunError: when none of them has measured it.
    """
    flows, problem = [], None
    for run_id in run_ids:
        try:
            found = read_flow(run_id, name, max_steps=_COLUMNS)
        except RunError as exc:
            problem = exc
            continue
        prefix = f"{read_status(run_id).name}: " if len(run_ids) > 1 else ""
        flows += [replace(flow, label=prefix + flow.label) for flow in found]
    if not flows and problem is not None:
        raise problem
    return flows


def _folded_words(flows: Sequence[ArmFlow], whole: Sequence[ArmFlow]) -> str:
    """Says how many positions are drawn in how many rows, where these differ."""
    pairs = [
        (len(flow.positions), len(each.positions)) for flow, each in zip(flows, whole, strict=True)
    ]
    return "".join(
        f" {rows:,} rows show {positions:,} parameters; the CSV has each."
        for rows, positions in pairs
        if rows < positions
    )


def _only(flow: ArmFlow, step: int) -> ArmFlow:
    """One step of a flow, the one that the figure shows."""
    index = flow.index_at(step)
    return replace(flow, steps=flow.steps[[index]], values=flow.values[[index]])


def _first(runs: dict[str, RunStatus]) -> str:
    """The run that the session looks at, else one that is going, else the newest."""
    current = app_state().run_id
    live = [run_id for run_id, status in runs.items() if status.is_live]
    return current if current in runs else [*live, *runs][0]


def _quantity_title(name: str) -> str:
    return FLOW_QUANTITIES[name].title


def _title(status: RunStatus) -> str:
    return f"{status.name} ({phase_word(status)}, {status.created:%d %b %H:%M})"
