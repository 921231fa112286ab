"""One block of a trained net seen whole: its formula, and what it does to a picture."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.choosing.net_and_picture import (
    pick_one_net,
    pick_picture_for,
    same_net_and_picture,
)
from pages.ui.shell.jobs import await_all, shown
from pages.ui.shell.links import link_with
from pages.ui.take_apart.answers import Reading, say_what_happens, show_bars, show_table
from pages.ui.take_apart.drawing import show_blocks, show_drawn_net
from pages.ui.take_apart.frame import show_how_to_read
from pages.ui.take_apart.held import await_first, follow_held, open_held, submit_all_held
from pages.ui.take_apart.measuring import submit_block_apart, submit_net_apart
from pages.ui.take_apart.pictures import show_pictures
from pages.ui.take_apart.switching import ask_block, ask_switches, current_switches
from resnet_core.asking import ReadyNet
from resnet_core.asking.picked import PickedPicture
from resnet_core.asking.switch_sentences import switch_words
from resnet_core.asking.switches import Switches, states_of
from resnet_core.models.explanation import explain_block

_EXPLANATION = r"""
A residual block computes $y = f(\alpha\,h(x) + \mathcal{F}(x))$: the skip hands on $h(x)$, which
is $x$ itself or a projection of it, and the branch adds $\mathcal{F}(x)$. **Skip off** sets
$\alpha$ to 0, **branch off** leaves the block out, so that only what comes over its skip goes on.
No weight is touched, and batch norm keeps the statistics of the net as it was trained, so that what
one sees is what the trained net does without a part, not what it would learn without it.

The gradient is that of one logit, of the class that the net as loaded names. What comes back to $x$
is the sum of two parts; the **share of the skip** is how much of that sum its part makes up, taken
along the sum. It is above 100 % where the branch works against the skip. Accuracy is counted on the
same test pictures before and after, and the interval of the change takes them in pairs (Newcombe
1998).

He et al. 2016, [arXiv 1603.05027](https://arxiv.org/abs/1603.05027), eq. 5; leaving blocks out:
Veit et al. 2016, [arXiv 1605.06431](https://arxiv.org/abs/1605.06431).
"""


def show_one_block() -> None:
    """Lets a person choose net, picture and block, and shows what the block does.

    Raises:
        ResNetLabError: when a net or a data set cannot be loaded.
    """
    left, right = st.columns([2, 5], gap="medium")
    with left:
        net = pick_one_net()
        if net is None:
            return
        path, switches = ask_block(net), current_switches(net)
        ask_switches(net, path, switches)
        picture = pick_picture_for(net)
    if picture is not None:
        with right:
            _show(net, picture, path, switches)
    states = states_of(net.card.model, net.model.interventions, switches)
    show_drawn_net(net, states, path)


def _show(net: ReadyNet, picture: PickedPicture, path: str, switches: Switches) -> None:
    whole = shown(submit_net_apart(net, picture, ()), "The net and its blocks")
    if whole is None:
        return
    now = None
    if switches:
        job = submit_net_apart(net, picture, switches, whole.taken.class_index)
        now = shown(job, "The net as it is switched")
        if now is None:
            return
    labelled = open_held(net)
    states = [(whole, ())] if now is None else [(whole, ()), (now, switches)]
    held = [submit_all_held(net, labelled, s) for _, s in states] if labelled is not None else []
    await_first(held)
    counted = [jobs.so_far() for jobs in held] or [None] * len(states)
    readings = [Reading(apart=a, held=c) for (a, _), c in zip(states, counted, strict=True)]
    states_now = states_of(net.card.model, net.model.interventions, switches)
    say_what_happens(picture, path, switch_words(switches, states_now), readings)
    done = (*net.model.interventions, *switches)
    st.latex(_as_named_here(explain_block(net.card.model, path, done).exact))
    figures, bars = st.columns([3, 2], gap="medium")
    with figures:
        show_table(path, readings)
    with bars:
        show_bars(net, readings)
    if held:
        follow_held(held, counted)
    _show_blocks_and_maps(net, picture, path, switches, readings)


def _show_blocks_and_maps(
    net: ReadyNet,
    picture: PickedPicture,
    path: str,
    switches: Switches,
    readings: Sequence[Reading],
) -> None:
    whole, taken = readings[0].apart.taken, [reading.apart.taken for reading in readings]
    states = states_of(net.card.model, net.model.interventions, switches)
    show_blocks(net, taken, states, path)
    asked = [(), switches][: len(readings)]
    jobs = [submit_block_apart(net, picture, path, s, whole.class_index) for s in asked]
    await_all(jobs, "The block's maps")
    blocks = [shown(job, "The block's maps") for job in jobs if job.is_done]
    found = [block for block in blocks if block is not None]
    if len(found) == len(jobs):
        show_pictures(net, picture.seen_by(net), found)
        with st.container(horizontal=True):
            same = same_net_and_picture()
            maps, evidence = {**same, "maps_layer": path}, {**same, "look_view": "maps"}
            link_with("feature_maps", "All channels as loaded", ":material/grid_view:", maps)
            link_with("where_it_looks", "Other maps", ":material/center_focus_strong:", evidence)
    show_how_to_read(_EXPLANATION)


def _as_named_here(formula: str) -> str:
    """All of the branch is F on this page, whatever its paper calls it."""
    return formula.replace(r"\mathcal{B}", r"\mathcal{F}").replace("H(x)", r"\mathcal{F}(x)")
