"""One net, or two side by side: which, and what figures call them."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.ui.choosing.companion import offer_companion
from pages.ui.choosing.following import let_follow
from pages.ui.choosing.nets import KEPT, arm_option, list_nets_at_hand, load_shared_net, pick_net
from pages.ui.shell.address import switch_in_address
from resnet_core.asking import NetSource, ReadyNet, list_steps
from resnet_core.asking.shipped_runs import list_shipped_arms
from resnet_core.models import net_label
from resnet_core.stored.landscapes import LANDSCAPE_PAIR


def pick_pair(*, key: str, why: str | None = None) -> list[NetSource]:
    """Lets a person choose a net and, if wanted, a second one; each of them once.

    Args:
        key: begins the names of the widgets, and in the address.
        why: what a second net is for.

    Returns:
        Those that have something to load.
    """
    if any(card.name == LANDSCAPE_PAIR[0] for card in list_nets_at_hand()):
        let_follow(f"{key}_net", f"{KEPT}/{LANDSCAPE_PAIR[0]}")
    picked, other = [pick_net("Net", key=key)], f"{key}_other"
    offer_companion(picked[0], key=other, switch=f"{key}_beside")
    if st.toggle("Beside a second net", help=why, **switch_in_address(f"{key}_beside", True)):
        picked.append(pick_net("Second net", key=other))
    return _each_once(picked)


def pick_ends(*, key: str) -> list[NetSource]:
    """Lets a person choose the two nets that a line joins, steps of one run at first.

    Args:
        key: begins the names of the widgets, and in the address.

    Returns:
        Those that have something to load, each of them once.
    """
    for shipped in list_shipped_arms()[:1]:
        let_follow(f"{key}_net", arm_option(shipped.run_id, shipped.arm))
    first = pick_net("Net", key=key)
    if first is not None:
        _offer_end(first, key=f"{key}_other")
    return _each_once([first, pick_net("Second net", key=f"{key}_other")])


def short_titles(nets: Sequence[ReadyNet]) -> tuple[str, ...]:
    """The nets' short names, or their titles where those are alike."""
    short = tuple(net_label(net.card.model.name) for net in nets)
    return short if len(set(short)) == len(short) else tuple(net.title for net in nets)


def _each_once(picked: Sequence[NetSource | None]) -> list[NetSource]:
    return list({source.key: source for source in picked if source is not None}.values())


def _offer_end(first: NetSource, *, key: str) -> None:
    """Chooses a net that differs from the first in nothing but its weights, where there is one."""
    if first.run_id is not None and first.arm is not None:
        let_follow(f"{key}_net", arm_option(first.run_id, first.arm))
        others = [s for s in list_steps(first.run_id, first.arm) if s.step != first.step]
        if others:
            let_follow(f"{key}_step_{first.run_id}_{first.arm}", others[0].step)
        return
    card = load_shared_net(first).card
    for twin in list_nets_at_hand():
        is_alike = replace(twin.model, name="") == replace(card.model, name="")
        if is_alike and twin.class_names == card.class_names and twin.name != card.name:
            let_follow(f"{key}_net", f"{KEPT}/{twin.name}")
            return
