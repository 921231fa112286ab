"""Layer responses of any trained nets, what is stored of the shipped ones at first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.ui.choosing.nets import load_shared_net
from pages.ui.gradient_flow.pictures import pick_pictures
from pages.ui.gradient_flow.stored_result import Shown, shown_or_measured
from pages.ui.kit.plot import measured_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell import jobs
from pages.ui.shell.address import several_in_address
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.resources import list_recent_runs
from pages.ui.shell.shared import SharedCache
from resnet_core.asking import NetSource, list_steps
from resnet_core.checkpoints import list_checkpoints
from resnet_core.figures.gradient_tables import responses_csv
from resnet_core.figures.gradient_why import responses_figure
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.responses import (
    LayerResponses,
    compare_responses_sentence,
    measure_layer_responses,
)
from resnet_core.stored.responses import (
    MAX_NETS,
    RESPONSE_PICTURES,
    RESPONSES,
    alike_sources,
    responses_question,
    shipped_source,
)

_KEY_LETTERS = 12
"""Of a hash of weights, which tell nets apart in an address that can still be read."""
_MAX_MEASURED = 64


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
        max_selections=MAX_NETS,
        wrap=True,
        format_func=lambda key: sources[key].title if key in sources else key,
        **several_in_address("nets", list(sources), _first_nets(list(sources)), most=MAX_NETS),
    )
    spec = BatchSpec(source=pick_pictures(right), num_pictures=RESPONSE_PICTURES)
    if not chosen:
        st.caption("Choose at least one net.")
        return
    with shown_errors():
        found = _find([sources[key] for key in chosen], spec)
        if found is not None:
            _show(found)


def _show(found: Shown) -> None:
    nets: tuple[LayerResponses, ...] = found.result
    said = compare_responses_sentence(nets)
    st.info(plain(said), icon=":material/graphic_eq:")
    measured_figure(
        responses_figure(nets, theme=shown_theme()),
        key="gradient_responses",
        alt=said,
        caption=f"{found.how} {RESPONSE_PICTURES} training pictures, in evaluation mode.",
        numbers=lambda: responses_csv(nets),
    )
    found.offer()
    for net in nets:
        st.markdown(f"**{plain(net.label)}.** {plain(net.sentence)}")


def _find(sources: Sequence[NetSource], spec: BatchSpec) -> Shown | None:
    def work(progress: jobs.Progress) -> tuple[LayerResponses, ...]:
        found = []
        for number, source in enumerate(sources):
            progress(f"Net {number + 1} of {len(sources)}", number / len(sources))
            found.append(_measure(source, spec))
        return tuple(found)

    return shown_or_measured(
        RESPONSES,
        responses_question(sources, spec),
        work,
        what="Measuring responses",
        costs=f"Shows {len(sources)} nets {RESPONSE_PICTURES} pictures: some seconds.",
    )


def _measure(source: NetSource, spec: BatchSpec) -> LayerResponses:
    """Measures a net once, in whatever company it is compared."""

    def measure() -> LayerResponses:
        net = load_shared_net(source)
        normalisation = (net.card.mean, net.card.std)
        batch = draw_batch(net.card.model, spec, seed=0, normalisation=normalisation)
        with net.use() as model:
            return measure_layer_responses(model, batch, source.title)

    return _measured.get((source.key, source.title, spec), measure)


def _trained_nets() -> list[NetSource]:
    """Shipped nets, then the last saved step of every arm of the newest runs."""
    of_runs = [
        steps[-1]
        for run in list_recent_runs()[:4]
        for arm in range(len(run.arms))
        if (steps := list_steps(run.run_id, arm)) and steps[-1].step > 0
    ]
    return [*_shipped_nets(), *of_runs]


def _shipped_nets() -> list[NetSource]:
    """Shipped nets; those of one title tell their file too."""
    named = [(card.name, shipped_source(card)) for card in list_checkpoints()]
    counts = Counter(source.title for _, source in named)
    return [
        source if counts[source.title] == 1 else replace(source, title=f"{source.title}, {name}")
        for name, source in named
    ]


def _first_nets(keys: Sequence[str]) -> list[str]:
    """Nets that are fair to compare at first sight, else whatever there is."""
    alike = [source.key[:_KEY_LETTERS] for source in alike_sources()]
    return alike or list(keys[:MAX_NETS])


_measured: SharedCache[LayerResponses] = SharedCache(_MAX_MEASURED)
