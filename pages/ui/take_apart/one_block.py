"""One block of a trained net seen whole: its formula, and what it does to a picture."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.choosing.net_and_picture import pick_one_net, pick_picture_for
from pages.ui.shell.jobs import await_all, shown
from pages.ui.take_apart.answers import Reading, say_what_happens, show_bars, show_table
from pages.ui.take_apart.drawing import show_blocks
from pages.ui.take_apart.held import await_first, follow_held, open_held, submit_all_held
from pages.ui.take_apart.measuring import submit_block_apart, submit_net_apart
from pages.ui.take_apart.pictures import show_pictures
from pages.ui.take_apart.switching import ask_block, ask_switches, current_switches
from resnet_core.asking import ReadyNet
from resnet_core.asking.picked import PickedPicture
from resnet_core.asking.switches import Switches, states_of
from resnet_core.models.explanation import explain_block


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
    say_what_happens(picture, path, switches, readings)
    done = (*net.model.interventions, *switches)
    st.latex(explain_block(net.card.model, path, done).exact)
    figures, bars = st.columns([6, 5], gap="medium")
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
