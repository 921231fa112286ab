"""The gradient in a net of others: at every layer, and on both sides of each addition."""

import streamlit as st

from pages.ui.choosing.other_nets import pick_other_net, say_caution
from pages.ui.gradient_flow.knobs import NOISE, SEED_COUNTS
from pages.ui.kit.plot import measured_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import list_data_sources
from resnet_core.errors import ProbeError
from resnet_core.figures.other_flow import other_flow_csv, other_flow_figure
from resnet_core.figures.own_anatomy import own_anatomy_csv, own_anatomy_figure
from resnet_core.others.flow import OtherFlow, judge_flow
from resnet_core.others.sentences import start_sentence
from resnet_core.others.start import OtherStart, measure_other_start, weights_sentence
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.own_anatomy import SkipAnatomy
from resnet_core.probes.own_sentences import skip_anatomy_sentence
from resnet_core.probes.verdict import Quantity

_KEY = "flow"
_PICTURE_COUNTS = (2, 4, 8, 16, 32)
"""Fewer than of the lab's own nets: those of others take large pictures."""
_FURTHER: tuple[tuple[Quantity, str], ...] = (
    ("outputs", "Gradient at the layers' outputs"),
    ("activations", "Activations"),
)


def show_nets_of_others() -> None:
    """Lets a person choose a net of others, and shows how the gradient reaches its layers."""
    side, main = st.columns([2, 5], gap="medium")
    with side:
        request = pick_other_net(_KEY)
        batch, num_seeds = _pick_batch()
    seeds = tuple(range(request.seed, request.seed + num_seeds))
    with main:
        job = submit(
            ("flow of others", request, batch, seeds),
            lambda progress: measure_other_start(
                request, batch=batch, seeds=seeds, progress=progress
            ),
            lane="slow",
        )
        found = shown(job, "Measuring the gradient")
        if found is not None:
            _show(found)
    if found is not None and found.flow.card.is_trained:
        with side:
            say_caution(found.flow.card)


def _pick_batch() -> tuple[BatchSpec, int]:
    """Reads the pictures, their number, and the number of seeds, whose first is the net's."""
    ready = {s.name: s.title for s in list_data_sources() if s.status == "ready"}
    titles, counts = {**ready, NOISE: "Noise"}, _PICTURE_COUNTS
    names = tuple(titles)
    with st.popover("Pictures, seeds", icon=":material/tune:"):
        source = st.selectbox(
            "Pictures",
            names,
            format_func=titles.__getitem__,
            help="Pictures of the training split as they are, brought to the size that the net "
            "takes, or normal noise.",
            **choice_in_address(f"{_KEY}_pictures", names, "synthetic"),
        )
        size = st.select_slider(
            "Pictures in a batch", counts, **choice_in_address(f"{_KEY}_batch", counts, 4)
        )
        num_seeds = st.select_slider(
            "Seeds",
            SEED_COUNTS,
            help="Each draws pictures, and the weights where no file gives them; the first is the "
            "seed of first weights.",
            **choice_in_address(f"{_KEY}_seeds", SEED_COUNTS, 3),
        )
    if source == NOISE:
        return BatchSpec(kind="noise", num_pictures=size), num_seeds
    return BatchSpec(source=source, num_pictures=size), num_seeds


def _show(found: OtherStart) -> None:
    flow, said = found.flow, weights_sentence(found.flow)
    st.info(plain(said), icon=":material/show_chart:")
    band = ": the geometric mean of the seeds, and a band that spans them" * (len(flow.seeds) > 1)
    measured_figure(
        other_flow_figure(flow, theme=shown_theme()),
        key="flow_of_others",
        alt=said,
        caption=f"{start_sentence(flow)}{band}. Pictures: {flow.pictures}; cross-entropy, in "
        "training mode, before any step.",
        numbers=lambda: other_flow_csv(flow),
    )
    for quantity, title in _FURTHER:
        st.markdown(f"**{title}.** {plain(_judged(flow, quantity))}")
    _show_anatomy(found.anatomy, flow)


def _judged(flow: OtherFlow, quantity: Quantity) -> str:
    try:
        return judge_flow(flow, quantity).sentence
    except ProbeError as exc:
        return str(exc)


def _show_anatomy(anatomy: SkipAnatomy, flow: OtherFlow) -> None:
    st.header("Skip anatomy")
    said = skip_anatomy_sentence(anatomy, flow.name)
    st.write(plain(said))
    if anatomy.additions:
        measured_figure(
            own_anatomy_figure(anatomy, flow.name, theme=shown_theme()),
            key="anatomy_of_others",
            alt=said,
            caption="Every addition that was found in the forward pass, with the weights and the "
            f"pictures of seed {flow.seeds[0]}; batch norm by the batch, and nothing dropped at "
            "random.",
            numbers=lambda: own_anatomy_csv(anatomy),
        )
