"""The alpha sweep: a coarse one at once, the fine one when it is asked for."""

from collections.abc import Hashable
from dataclasses import replace

import streamlit as st

from pages.ui.gradient_flow.knobs import Knobs
from pages.ui.gradient_flow.stored_result import Shown, shown_or_measured
from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.plot import measured_figure
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain
from pages.ui.shell.wording import duration
from resnet_core.config import fingerprint
from resnet_core.figures.gradient_sweep import sweep_figure
from resnet_core.figures.gradient_tables import sweep_csv
from resnet_core.probes.sweep import (
    ALPHAS,
    SWEEP_DEPTHS,
    AlphaSweep,
    SweepQuantity,
    at_depth,
    measure_alpha_sweep,
)
from resnet_core.stored.gradients import COARSE_ALPHAS, COARSE_DEPTHS, SWEEP, sweep_question

_STANDARD_DEPTH = 56
"""A sweep varies the depth, so that knobs of any depth ask for the same one."""
_RATIOS: dict[SweepQuantity, str] = {
    "outputs": "Outputs: stem / last block",
    "weights": "Weights: first / last convolution",
}


def show_sweep(knobs: Knobs) -> None:
    """Shows first over last gradient norm over skip strength and depth."""
    fine_key = _key(knobs, "fine")
    fine = jobs.find(fine_key)
    cells = len(SWEEP_DEPTHS) * len(ALPHAS)
    found = None if fine is None else jobs.shown(fine, f"Measuring {cells} nets", patience_s=0)
    shown = None if found is None else Shown(found, "Measured here.")
    shown = shown or _find_coarse(knobs)
    if shown is not None:
        _show_heatmap(shown)
        with st.container(horizontal=True):
            shown.offer()
            if fine is None:
                _offer_fine(knobs, fine_key, cells)


def _offer_fine(knobs: Knobs, key: Hashable, cells: int) -> None:
    if st.button(
        f"Measure {cells} nets",
        icon=":material/grid_on:",
        help=f"{len(SWEEP_DEPTHS)} depths and {len(ALPHAS)} skip strengths: some minutes, in the "
        "background.",
    ):
        _submit(knobs, key, SWEEP_DEPTHS, ALPHAS, "slow")
        st.rerun()  # without the button


def _find_coarse(knobs: Knobs) -> Shown | None:
    """The coarse sweep, stored or measured here."""
    net = replace(at_depth(knobs.nets[0], _STANDARD_DEPTH), skip_strength=1.0)
    count = len(COARSE_DEPTHS) * len(COARSE_ALPHAS)

    def work(progress: jobs.Progress) -> AlphaSweep:
        return _measure(knobs, COARSE_DEPTHS, COARSE_ALPHAS, progress)

    return shown_or_measured(
        SWEEP,
        sweep_question(net, knobs.batch, knobs.seeds),
        work,
        what=f"Measuring {count} nets first",
        costs=f"{count} nets with {len(knobs.seeds)} seeds each: about ten seconds on one core.",
    )


def _show_heatmap(shown: Shown) -> None:
    sweep: AlphaSweep = shown.result
    quantity = choose_view(
        "Ratio", tuple(_RATIOS), key="ratio", title=_RATIOS.__getitem__, is_labelled=True
    )
    st.info(plain(sweep.sentence(quantity)), icon=":material/gradient:")
    measured_figure(
        sweep_figure(sweep, quantity),
        key="gradient_sweep",
        caption=f"{shown.how} First over last gradient norm: red grows towards the input, blue "
        "vanishes, white is even; the other knobs hold for all nets. "
        f"{len(sweep.depths) * len(sweep.alphas)} nets, {sweep.batch.num_pictures} pictures, "
        f"geometric mean of {len(sweep.seeds)} seeds (a cell's interval on hover), in "
        f"{duration(sweep.elapsed_s)}.",
        numbers=lambda: sweep_csv(sweep),
    )


def _submit(
    knobs: Knobs,
    key: Hashable,
    depths: tuple[int, ...],
    alphas: tuple[float, ...],
    lane: jobs.Lane,
) -> jobs.Job[AlphaSweep]:
    def work(progress: jobs.Progress) -> AlphaSweep:
        return _measure(knobs, depths, alphas, progress)

    return jobs.submit(key, work, lane=lane)


def _measure(
    knobs: Knobs, depths: tuple[int, ...], alphas: tuple[float, ...], progress: jobs.Progress
) -> AlphaSweep:
    return measure_alpha_sweep(
        knobs.nets[0],
        depths=depths,
        alphas=alphas,
        batch=knobs.batch,
        seeds=knobs.seeds,
        num_workers=1,
        progress=progress,
    )


def _key(knobs: Knobs, grid: str) -> Hashable:
    """Depth and skip strength of the knobs, which the sweep varies, are left out."""
    net = replace(at_depth(knobs.nets[0], SWEEP_DEPTHS[0]), skip_strength=1.0)
    return ("sweep", grid, fingerprint(net), knobs.batch, knobs.seeds)
