"""The gradient at initialisation: the instrument, the 2 x 2, the alpha sweep."""

from dataclasses import replace
from typing import cast

import streamlit as st

from pages.ui import jobs
from pages.ui.gradient_knobs import Knobs
from pages.ui.gradient_measuring import measure
from pages.ui.gradient_plot import gradient_plot, same_view, shown_theme
from pages.ui.notices import plain, shown_errors
from pages.ui.wording import duration
from resnet_core.config import fingerprint
from resnet_core.errors import ProbeError, ResNetLabError
from resnet_core.figures.gradient_depth import (
    LabelledProfile,
    depth_figure,
    two_by_two_figure,
)
from resnet_core.figures.gradient_sweep import sweep_figure
from resnet_core.figures.gradient_tables import depth_csv, sweep_csv
from resnet_core.probes.sweep import ALPHAS, DEPTHS, AlphaSweep, SweepQuantity, measure_alpha_sweep
from resnet_core.probes.verdict import Quantity, describe_cell, judge

_READING = (
    "Lines are geometric means, bands span the seeds, dotted lines are what mean-field theory "
    "expects."
)
_RATIOS: dict[SweepQuantity, str] = {
    "outputs": "Outputs: stem / last block",
    "weights": "Weights: first / last convolution",
}
_QUANTITIES: tuple[tuple[Quantity, str], ...] = (
    ("outputs", "Gradient at the blocks' outputs"),
    ("weights", "Gradient of the weights"),
    ("activations", "Activations, forward"),
)


def show_instrument(knobs: Knobs) -> None:
    """Shows residual and plain over depth: a quick answer at once, the exact one after it."""
    place = st.container()
    found = measure(knobs, knobs.nets, knobs.labels, "instrument")
    if found is None:
        return
    nets = found.nets
    figure = depth_figure(nets, theme=shown_theme())
    with place:
        gradient_plot(
            same_view(figure, knobs.nets[0].stage_blocks),
            key="gradient_depth",
            alt=f"Gradient norms over depth of {' and '.join(knobs.labels)}",
            caption=lambda: found.tell(_READING),
            numbers=lambda: depth_csv(nets),
        )
    for place, net in zip(st.columns(len(nets), gap="large"), nets, strict=True):
        with place, st.container(border=True):
            _show_verdict(net)


def show_two_by_two(knobs: Knobs) -> None:
    """Shows {residual, plain} x {batch norm, none} on the same axes, each with a sentence."""
    if len(knobs.nets) != 2:
        raise ProbeError(f"A two by two needs two nets, and {knobs.labels[0]} has no twin.")
    norms = {"batch": "batch norm", "none": "no normalisation"}
    configs = [replace(net, norm=norm) for norm in norms for net in knobs.nets]
    names = [f"{label}, {title}" for title in norms.values() for label in knobs.labels_but_norm]
    place = st.container()
    found = measure(knobs, configs, names, "cells")
    if found is None:
        return
    cells = found.nets
    with place:
        gradient_plot(
            two_by_two_figure(cells, theme=shown_theme()),
            key="gradient_cells",
            alt="Gradient norms over depth, with and without skips and normalisation",
            caption=lambda: found.tell(
                "Solid: gradient at the blocks' outputs. Dashed: gradient of the weights. "
                + _READING
            ),
            numbers=lambda: depth_csv(cells),
        )
    places = [place for _ in range(2) for place in st.columns(2, gap="large")]
    for place, cell in zip(places, cells, strict=True):
        with place.container(border=True), shown_errors():
            st.markdown(f"**{plain(cell.label)}**")
            st.write(plain(describe_cell(cell.profile)))


def show_sweep(knobs: Knobs) -> None:
    """Measures first over last gradient norm over skip strength and depth, when asked to."""
    net = knobs.nets[0]
    key = ("sweep", fingerprint(net), knobs.batch.kind, knobs.batch.source, knobs.seed)
    spec = replace(knobs.batch, num_pictures=16)
    st.write(
        f"How much more gradient the first layer gets than the last, for {len(DEPTHS)} depths and "
        f"{len(ALPHAS)} skip strengths; the other knobs are as above. An even gradient is white."
    )
    job = jobs.find(key)
    if job is None:
        st.caption(f"{len(DEPTHS) * len(ALPHAS)} nets, 16 pictures, one seed: about a minute.")
    if job is None and not st.button(
        "Measure the sweep", type="primary", icon=":material/grid_on:"
    ):
        return

    def work(progress: jobs.Progress) -> AlphaSweep:
        return measure_alpha_sweep(
            net, batch=spec, seeds=(knobs.seed,), num_workers=1, progress=progress
        )

    sweep = jobs.shown(jobs.submit(key, work, lane="slow"), "Measuring the sweep")
    if sweep is None:
        return
    quantity = st.segmented_control(
        "Ratio",
        tuple(_RATIOS),
        default="outputs",
        required=True,
        format_func=_RATIOS.__getitem__,
        key="ratio",
        bind="query-params",
    )
    gradient_plot(
        sweep_figure(sweep, cast(SweepQuantity, quantity)),
        key="gradient_sweep",
        caption="First over last gradient norm: red grows towards the input, blue vanishes. "
        f"{spec.num_pictures} pictures, one seed, measured in {duration(sweep.elapsed_s)}.",
        numbers=lambda: sweep_csv(sweep),
    )


def _show_verdict(net: LabelledProfile) -> None:
    st.markdown(f"**{plain(net.label)}**")
    for quantity, title in _QUANTITIES:
        try:
            verdict = judge(net.profile, quantity)
        except ResNetLabError as exc:
            st.write(plain(f"{title}: {exc}"))
            continue
        st.markdown(f"*{title}.* {plain(verdict.sentence)} {plain(verdict.theory_sentence)}")
