"""One net, or two side by side: which, and what figures call them."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.choosing.nets import pick_net
from pages.ui.shell.address import switch_in_address
from resnet_core.asking import NetSource, ReadyNet
from resnet_core.models import net_label
from resnet_core.stored.landscapes import LANDSCAPE_PAIR


def pick_pair(*, key: str, why: str | None = None, needs_two: bool = False) -> list[NetSource]:
    """Lets a person choose a net and, if wanted, a second one; each of them once.

    Args:
        key: begins the names of the widgets, and in the address.
        why: what a second net is for.
        needs_two: whether one alone will not do.

    Returns:
        Those that have something to load.
    """
    picked = [pick_net("Net", key=key, first=LANDSCAPE_PAIR[0])]
    if needs_two or st.toggle(
        "Beside a second net", help=why, **switch_in_address(f"{key}_beside", True)
    ):
        picked.append(pick_net("Second net", key=f"{key}_other", first=LANDSCAPE_PAIR[1]))
    return list({source.key: source for source in picked if source is not None}.values())


def short_titles(nets: Sequence[ReadyNet]) -> tuple[str, ...]:
    """The nets' short names, or their titles where those are alike."""
    short = tuple(net_label(net.card.model.name) for net in nets)
    return short if len(set(short)) == len(short) else tuple(net.title for net in nets)
