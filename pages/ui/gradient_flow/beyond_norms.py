"""Beyond norms: path lengths, and shattered gradients."""

import streamlit as st

from pages.ui.choosing.nets import load_shared_net, pick_net
from pages.ui.gradient_flow.knobs import Knobs
from pages.ui.gradient_flow.pictures import pick_pictures
from pages.ui.gradient_flow.stored_result import Shown, job_key, shown_or_measured
from pages.ui.kit.plot import measured_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain, shown_errors
from resnet_core.asking import NetSource
from resnet_core.figures.gradient_tables import path_lengths_csv, shattering_csv
from resnet_core.figures.gradient_why import path_lengths_figure, shattering_figure
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.path_lengths import PathLengths, measure_path_lengths
from resnet_core.probes.shattering import Autocorrelation, measure_shattering
from resnet_core.shares import spaced_percents
from resnet_core.stored.gradients import (
    PATH_PICTURES,
    PATH_SAMPLES,
    PATHS,
    PATHS_NET,
    SHATTERING,
    flow_question,
    paths_question,
)

_FEW_BLOCKS = 30


def show_paths() -> None:
    """Shows the gradient by path length of a trained or fresh residual net."""
    left, right = st.columns([3, 2], gap="medium")
    with left, shown_errors():
        source = pick_net("Net", key="paths", first=PATHS_NET)
    spec = BatchSpec(source=pick_pictures(right), num_pictures=PATH_PICTURES)
    if source is None:
        return
    with shown_errors():
        found = _find_paths(source, spec)
        if found is None:
            return
        paths: PathLengths = found.result
        st.info(plain(spaced_percents(paths.sentence)), icon=":material/route:")
        measured_figure(
            path_lengths_figure(paths, theme=shown_theme()),
            key="gradient_paths",
            caption=f"{found.how} {PATH_PICTURES} pictures; {paths.sampled_norms.shape[1]} random "
            "paths of each length (dots) and their mean (line); right, the exact signed share of "
            "all paths of a length, which add up to 1 (the darker bars are the lengths of the "
            "sentence).",
            numbers=lambda: path_lengths_csv(paths),
        )
        found.offer()


def _find_paths(source: NetSource, spec: BatchSpec) -> Shown | None:
    net = load_shared_net(source)
    question = paths_question(source.key, spec)
    num_blocks = sum(net.card.model.stage_blocks)
    asks = num_blocks > _FEW_BLOCKS and jobs.find(job_key(PATHS, question)) is None
    if asks and not st.button(f"Measure {num_blocks} blocks", type="primary"):
        st.caption("Each block is walked back many times; this many take a few minutes.")
        return None

    def work(progress: jobs.Progress) -> PathLengths:
        normalisation = (net.card.mean, net.card.std)
        batch = draw_batch(net.card.model, spec, seed=0, normalisation=normalisation)
        with net.use(for_long=True) as model:
            return measure_path_lengths(model, batch, num_samples=PATH_SAMPLES, progress=progress)

    return shown_or_measured(
        PATHS,
        question,
        work,
        what="Walking back paths",
        costs=f"Walks back {PATH_SAMPLES} paths of each length through {num_blocks} blocks: up to "
        "a minute.",
    )


def show_shattering(knobs: Knobs) -> None:
    """Shows the autocorrelation of the input gradient along a line between two pictures."""
    with shown_errors():
        found = _find_shattering(knobs)
        if found is None:
            return
        series = list(zip(knobs.labels, found.result, strict=True))
        for label, each in series:
            st.markdown(f"**{plain(label)}.** {plain(spaced_percents(each.sentence))}")
        measured_figure(
            shattering_figure(series, theme=shown_theme()),
            key="gradient_shattering",
            caption=f"{found.how} {len(knobs.seeds)} seeds (bars: their standard deviation); batch "
            f"norm is frozen at the statistics of {knobs.batch.num_pictures} pictures.",
            numbers=lambda: shattering_csv(series),
        )
        found.offer()


def _find_shattering(knobs: Knobs) -> Shown | None:
    def work(progress: jobs.Progress) -> tuple[Autocorrelation, ...]:
        return tuple(
            measure_shattering(net, batch=knobs.batch, seeds=knobs.seeds, progress=progress)
            for net in knobs.nets
        )

    return shown_or_measured(
        SHATTERING,
        flow_question(knobs.nets, knobs.batch, knobs.seeds),
        work,
        what="Walking between two pictures",
        costs=f"{len(knobs.nets)} nets, {len(knobs.seeds)} seeds: some seconds.",
    )
