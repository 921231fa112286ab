"""Which labelled pictures judge a net that is taken apart: its own, where they are at hand."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.choosing.following import let_follow
from pages.ui.choosing.own_pictures import pick_own_pictures
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import list_data_sources, stamp_of_set
from resnet_core.asking import ReadyNet
from resnet_core.asking.copies import OTHER_SET, set_distance
from resnet_core.asking.labelled_sets import list_labelled_sets
from resnet_core.checkpoints.naming import learned_data

_OWN = "own"
_OWN_TITLE = "Pictures of my own"


@dataclass(frozen=True, kw_only=True)
class ProbedSet:
    """A data set that was chosen."""

    name: str
    """Its name, or the path of a person's own."""
    title: str
    """What pages call it."""
    stamp: str
    """Changes with its files."""


def pick_probed_set(label: str, net: ReadyNet, *, key: str, why: str) -> ProbedSet | None:
    """Lets a person choose among the data sets at hand and pictures of their own.

    The net's own set follows the net as long as nobody chose another.

    Args:
        label: what the picker is called.
        net: that is judged.
        key: of the picker, and the name in the address.
        why: what the pictures are for.

    Returns:
        `None` while pictures of their own have no path yet.
    """
    titles = list_labelled_sets(net, list_data_sources()) | {_OWN: _OWN_TITLE}
    name, title = next(iter(titles.items()))
    is_at_hand = set_distance(title, net.card.data_title) != OTHER_SET
    usual = name if is_at_hand else _OWN
    let_follow(key, usual)
    chosen = st.selectbox(
        label,
        list(titles),
        format_func=titles.__getitem__,
        help=f"{why} The nets must know its classes.",
        **choice_in_address(key, tuple(titles), usual),
    )
    if chosen != _OWN:
        return ProbedSet(name=chosen, title=titles[chosen], stamp=stamp_of_set(chosen))
    if not is_at_hand:
        st.caption(plain(_not_at_hand_sentence(net)))
    own = pick_own_pictures(f"{key}_path")
    if own is None:
        return None
    return ProbedSet(name=own.path, title=own.source.title, stamp=stamp_of_set(own.path))


def _not_at_hand_sentence(net: ReadyNet) -> str:
    learned = learned_data(net.card.name, net.card.data_title)
    return f"It learned {learned}, which is not at hand: name a folder or file of the same classes."
