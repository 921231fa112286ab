"""The gradient at initialisation: the instrument, the 2 x 2, the alpha sweep."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.ui.gradient_flow.knobs import Knobs
from pages.ui.gradient_flow.measuring import measure_flow
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.shared import drawn, same_each
from resnet_core.config import ModelConfig, settings_of
from resnet_core.errors import ProbeError, ResNetLabError
from resnet_core.figures.gradient_depth import (
    LabelledProfile,
    depth_figure,
    two_by_two_figure,
)
from resnet_core.figures.gradient_tables import depth_csv
from resnet_core.probes.cells import cells_sentence, describe_cell
from resnet_core.probes.verdict import Quantity, judge
from resnet_core.stored.gradients import FLOW, TWO_BY_TWO

_READING = (
    "Lines are geometric means, bands span the seeds, dotted lines are what mean-field theory "
    "expects."
)
_QUANTITIES: tuple[tuple[Quantity, str], ...] = (
    ("outputs", "Gradient at the blocks' outputs"),
    ("weights", "Gradient of the weights"),
    ("activations", "Activations, forward"),
)


def show_instrument(knobs: Knobs) -> None:
    """Shows residual and plain over depth: a quick answer at once, the exact one after it."""
    place = st.container()
    found = measure_flow(knobs, knobs.nets, knobs.labels, FLOW)
    if found is None:
        return
    nets = found.nets
    with place, shown_errors():
        verdicts = [(net.label, judge(net.profile, "outputs").brief) for net in nets]
        said = " and ".join(f"**{plain(brief)}** in {plain(label)}" for label, brief in verdicts)
        st.markdown(f"At initialisation, on its way back to the picture, the gradient {said}.")
    theme, view = shown_theme(), knobs.nets[0].stage_blocks
    figure = drawn(
        ("depth", _named(nets), theme, view),
        lambda: same_view(depth_figure(nets, theme=theme), view),
    )
    with place:
        measured_figure(
            figure,
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
    said = settings_of(ModelConfig)["norm"].say
    norms = {norm: said(norm) for norm in ("batch", "none")}
    configs = [replace(net, norm=norm) for norm in norms for net in knobs.nets]
    names = [f"{label}, {title}" for title in norms.values() for label in knobs.labels_but_norm]
    place = st.container()
    found = measure_flow(knobs, configs, names, TWO_BY_TWO)
    if found is None:
        return
    cells, theme = found.nets, shown_theme()
    with place, shown_errors():
        st.write(plain(cells_sentence([(c.label, judge(c.profile, "outputs")) for c in cells])))
    figure = drawn(
        ("two by two", _named(cells), theme), lambda: two_by_two_figure(cells, theme=theme)
    )
    with place:
        measured_figure(
            figure,
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


def _named(nets: Sequence[LabelledProfile]) -> tuple[object, ...]:
    """A key for measured nets with their labels."""
    return *(net.label for net in nets), *same_each(tuple(net.profile for net in nets))


def _show_verdict(net: LabelledProfile) -> None:
    st.markdown(f"**{plain(net.label)}**")
    for quantity, title in _QUANTITIES:
        try:
            verdict = judge(net.profile, quantity)
        except ResNetLabError as exc:
            st.write(plain(f"{title}: {exc}"))
            continue
        theory = "" if verdict.expected_factor is None else verdict.theory_sentence
        st.markdown(f"**{title}.** {plain(verdict.sentence)} :gray[{plain(theory)}]")
