"""The gradient at initialisation: the instrument, the 2 x 2, the alpha sweep."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import streamlit as st

from pages.ui import jobs
from pages.ui.gradient_knobs import Knobs
from pages.ui.gradient_plot import gradient_plot, shown_theme
from pages.ui.notices import plain, shown_errors
from pages.ui.session import app_state
from pages.ui.wording import duration
from resnet_core.config import ModelConfig, fingerprint
from resnet_core.errors import ProbeError, ResNetLabError
from resnet_core.figures.gradient_depth import (
    LabelledProfile,
    depth_figure,
    two_by_two_figure,
)
from resnet_core.figures.gradient_sweep import sweep_figure
from resnet_core.figures.gradient_tables import depth_csv, sweep_csv
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import GradientProfile, measure_nets
from resnet_core.probes.sweep import ALPHAS, DEPTHS, AlphaSweep, SweepQuantity, measure_alpha_sweep
from resnet_core.probes.verdict import Quantity, describe_cell, judge

_QUICK_PICTURES = 8
_Key = tuple[Hashable, ...]
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
    found = _measure(knobs, knobs.nets, knobs.labels, "instrument")
    if found is None:
        return
    nets = found.nets
    gradient_plot(
        depth_figure(nets, theme=shown_theme()),
        key="gradient_depth",
        caption=_how(found),
        numbers=lambda: depth_csv(nets),
        view=str(knobs.nets[0].stage_blocks),
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
    found = _measure(knobs, configs, names, "cells")
    if found is None:
        return
    cells = found.nets
    gradient_plot(
        two_by_two_figure(cells, theme=shown_theme()),
        key="gradient_cells",
        caption="Solid: gradient at the blocks' outputs. Dashed: gradient of the weights. "
        + _how(found),
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


@dataclass(frozen=True)
class _Found:
    """Measured nets, and how far to trust them."""

    nets: tuple[LabelledProfile, ...]
    kind: Literal["Exact", "Quick", "Still the knobs before"]


def _measure(
    knobs: Knobs, configs: Sequence[ModelConfig], names: Sequence[str], place: str
) -> _Found | None:
    """Gives the exact measurement if it is there; else starts it and gives the quick one.

    While not even that is there, it gives what was shown last, so that the figure stays.
    """
    choices, last = app_state().choices, f"gradient_{place}_shown"
    with shown_errors():
        found = _measure_now(knobs, configs, place)
        if found is not None:
            profiles, kind = found
            nets = tuple(LabelledProfile(*pair) for pair in zip(names, profiles, strict=True))
            choices[last] = nets
            return _Found(nets, kind)
        return _Found(choices[last], "Still the knobs before") if last in choices else None
    return None


def _measure_now(
    knobs: Knobs, configs: Sequence[ModelConfig], place: str
) -> tuple[tuple[GradientProfile, ...], Literal["Exact", "Quick"]] | None:
    exact_key = _key(configs, knobs.batch, knobs.seeds)
    exact = jobs.find(exact_key)
    if exact is not None and exact.is_done and exact.problem is None:
        return exact.result(), "Exact"
    quick_spec = replace(knobs.batch, num_pictures=_QUICK_PICTURES)
    waiting = [_submit([config], quick_spec, knobs.seeds[:1], "quick") for config in configs]
    jobs.await_all(waiting, "Measuring")
    if not all(job.is_done for job in waiting):
        return None
    quick = tuple(job.result()[0] for job in waiting)
    found = _follow_exact(knobs, configs, exact_key, place)
    return (quick, "Quick") if found is None else (found, "Exact")


def _follow_exact(
    knobs: Knobs, configs: Sequence[ModelConfig], key: _Key, place: str
) -> tuple[GradientProfile, ...] | None:
    """Starts the exact measurement, in place of the one of the knobs before."""
    choices, name = app_state().choices, f"gradient_{place}_exact"
    before = choices.get(name)
    if before not in (None, key):
        jobs.forget(before)
    choices[name] = key
    job = _submit(configs, knobs.batch, knobs.seeds, "slow")
    what = f"Exact: {knobs.batch.num_pictures} pictures, {knobs.num_seeds} seeds"
    return jobs.shown(job, what)


def _submit(
    configs: Sequence[ModelConfig], spec: BatchSpec, seeds: tuple[int, ...], lane: jobs.Lane
) -> jobs.Job[tuple[GradientProfile, ...]]:
    def work(progress: jobs.Progress) -> tuple[GradientProfile, ...]:
        return measure_nets(configs, batch=spec, seeds=seeds, num_workers=1, progress=progress)

    return jobs.submit(_key(configs, spec, seeds), work, lane=lane)


def _key(configs: Sequence[ModelConfig], spec: BatchSpec, seeds: tuple[int, ...]) -> _Key:
    return ("gradients", tuple(fingerprint(config) for config in configs), spec, seeds)


def _how(found: _Found) -> str:
    first = found.nets[0].profile
    seeds = f"{len(first.seeds)} seeds" if len(first.seeds) > 1 else "one seed"
    took = sum(net.profile.elapsed_s for net in found.nets)
    return (
        f"{found.kind}: {first.batch.num_pictures} pictures, {seeds}, {duration(took)} of one "
        "core. Lines are geometric means, bands span the seeds, dotted lines are what mean-field "
        "theory expects."
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
