"""Beyond norms: path lengths, shattered gradients, layer responses."""

from typing import Any

import streamlit as st

from pages.ui.choosing.nets import load_shared_net, pick_net
from pages.ui.gradient_flow.address import read_list, write_list
from pages.ui.gradient_flow.knobs import Knobs
from pages.ui.gradient_flow.stored_result import Shown, job_key, shown_or_measured
from pages.ui.kit.plot import measured_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.resources import list_data_sources, list_recent_runs
from resnet_core.asking import NetSource, list_steps
from resnet_core.checkpoints import find_checkpoint, list_checkpoints
from resnet_core.data.synthetic import synthetic_source
from resnet_core.figures.gradient_tables import (
    path_lengths_csv,
    responses_csv,
    shattering_csv,
)
from resnet_core.figures.gradient_why import (
    path_lengths_figure,
    responses_figure,
    shattering_figure,
)
from resnet_core.models import net_label
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.path_lengths import PathLengths, measure_path_lengths
from resnet_core.probes.responses import (
    LayerResponses,
    compare_responses_sentence,
    measure_layer_responses,
)
from resnet_core.probes.shattering import Autocorrelation, measure_shattering
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
_RESPONSE_PICTURES = 128
_MAX_NETS = 6
_KEY_LETTERS = 12
"""Of a hash of weights, which tell nets apart in an address that can still be read."""


def show_paths() -> None:
    """Shows the gradient by path length of a trained or fresh residual net."""
    left, right = st.columns([3, 2], gap="medium")
    with left, shown_errors():
        source = pick_net("Net", key="paths", first=PATHS_NET)
    spec = BatchSpec(source=_pick_pictures(right), num_pictures=PATH_PICTURES)
    if source is None:
        return
    with shown_errors():
        found = _find_paths(source, spec)
        if found is None:
            return
        paths: PathLengths = found.result
        st.info(plain(paths.sentence), icon=":material/route:")
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
            st.markdown(f"**{plain(label)}.** {plain(each.sentence)}")
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


def compare_responses() -> None:
    """Shows layer responses of any set of checkpoints."""
    sources = {source.key[:_KEY_LETTERS]: source for source in _trained_nets()}
    if not sources:
        st.info("There are no trained nets yet: finish a run first.", icon=":material/info:")
        return
    left, right = st.columns([3, 2], gap="medium")
    chosen = left.multiselect(
        "Trained nets",
        list(sources),
        default=read_list("nets", list(sources)) or _alike(sources),
        max_selections=_MAX_NETS,
        format_func=lambda key: sources[key].title if key in sources else key,
        key="response_nets",
        persist_state="session",
    )
    write_list("nets", chosen)
    spec = BatchSpec(source=_pick_pictures(right), num_pictures=_RESPONSE_PICTURES)
    if not chosen:
        st.caption("Choose at least one net.")
        return
    waiting = [_submit_responses(sources[key], spec) for key in chosen]
    jobs.await_all(waiting, "Measuring responses")
    if not all(job.is_done for job in waiting):
        return
    with shown_errors():
        nets = [job.result() for job in waiting]
        said = compare_responses_sentence(nets)
        if said is not None:
            st.info(plain(said), icon=":material/graphic_eq:")
        measured_figure(
            responses_figure(nets, theme=shown_theme()),
            key="gradient_responses",
            caption=f"{_RESPONSE_PICTURES} training pictures, in evaluation mode.",
            numbers=lambda: responses_csv(nets),
        )
        for net in nets:
            st.markdown(f"**{plain(net.label)}.** {plain(net.sentence)}")


def _submit_responses(source: NetSource, spec: BatchSpec) -> jobs.Job[LayerResponses]:
    def work(progress: jobs.Progress) -> LayerResponses:
        progress("Measuring")
        net = load_shared_net(source)
        normalisation = (net.card.mean, net.card.std)
        batch = draw_batch(net.card.model, spec, seed=0, normalisation=normalisation)
        with net.use() as model:
            return measure_layer_responses(model, batch, source.title)

    return jobs.submit(("responses", source.key, source.title, spec), work)


def _trained_nets() -> list[NetSource]:
    """Shipped nets, then the last saved step of every arm of the newest runs."""
    shipped = [
        NetSource(
            title=f"{net_label(card.model.name)}, {card.data_title}",
            key=card.weights_sha256,
            path=find_checkpoint(card.name),
            step=card.step,
        )
        for card in list_checkpoints()
    ]
    of_runs = [
        steps[-1]
        for run in list_recent_runs()[:4]
        for arm in range(len(run.arms))
        if (steps := list_steps(run.run_id, arm)) and steps[-1].step > 0
    ]
    return [*shipped, *of_runs]


def _alike(sources: dict[str, NetSource]) -> list[str]:
    """Nets that are fair to compare at first sight: those shipped for the embedded data set."""
    title = synthetic_source().title
    alike = {card.weights_sha256 for card in list_checkpoints() if card.data_title == title}
    chosen = [key for key, source in sources.items() if source.key in alike]
    return chosen[:_MAX_NETS] or list(sources)[:_MAX_NETS]


def _pick_pictures(place: Any) -> str:
    ready = {s.name: s.title for s in list_data_sources() if s.status == "ready"}
    return place.selectbox(
        "Pictures",
        list(ready),
        format_func=lambda name: ready.get(name, name),
        key="pictures_of",
        bind="query-params",
    )
