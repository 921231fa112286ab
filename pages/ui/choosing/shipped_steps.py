"""Nets to look at over training: those of a person's run, else the pair that ships with the lab."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.ui.choosing.nets import load_shared_net
from pages.ui.shell.notices import plain
from resnet_core.asking import AskedNet, ReadyNet, list_steps, one_of_each_arm
from resnet_core.asking.labelled_sets import SyntheticSet
from resnet_core.asking.picked import PickedPicture, pick_labelled
from resnet_core.asking.shipped_runs import list_shipped_arms

_NO_STEPS = (
    "This net comes without the steps that led to it. Train one, and choose it: its saved steps "
    "are shown here, while it still trains, too."
)


def nets_over_training(
    nets: Sequence[AskedNet], picture: PickedPicture
) -> tuple[tuple[ReadyNet, ...], PickedPicture]:
    """Gives nets with saved steps, one of each arm, and a picture for them.

    Says so where they are not the chosen ones; gives no nets where there are none.

    Args:
        nets: the chosen ones.
        picture: the chosen one; the shipped nets get one of the set that they learned.
    """
    own = one_of_each_arm(nets)
    if own:
        return own, picture
    shipped = _shipped_nets()
    if not shipped:
        st.info(_NO_STEPS)
        return (), picture
    known = _picture_for(shipped[0], picture)
    titles = " and ".join(net.source.arm_title for net in shipped)
    st.info(
        plain(
            f"{_NO_STEPS} Until then: two nets that ship with the lab, {titles}, on {known.name}, "
            f"labelled {known.class_name}."
        ),
        icon=":material/inventory_2:",
    )
    return shipped, known


def _shipped_nets() -> tuple[ReadyNet, ...]:
    found = []
    for arm in list_shipped_arms():
        steps = list_steps(arm.run_id, arm.arm)
        if steps:
            title = arm.title.partition(",")[0]
            found.append(load_shared_net(replace(steps[-1], title=title, arm_title=title)))
    return tuple(found)


def _picture_for(net: ReadyNet, picture: PickedPicture) -> PickedPicture:
    if picture.class_name in net.card.class_names:
        return picture
    return pick_labelled(SyntheticSet(), 0)
