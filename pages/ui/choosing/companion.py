"""The net beside another one: its twin, as long as nobody chose one."""

import streamlit as st

from pages.ui.choosing.following import let_follow
from pages.ui.choosing.nets import KEPT, arm_option, list_nets_at_hand, load_shared_net
from pages.ui.shell.resources import list_recent_runs
from resnet_core.asking import NetSource
from resnet_core.asking.companions import find_companion
from resnet_core.asking.shipped_runs import list_shipped_arms


def offer_companion(first: NetSource | None, *, key: str, switch: str) -> None:
    """Chooses another net of the same run, or the twin of a kept net, and none where it has none.

    Call it before the second net's switch and picker are made.

    Args:
        first: the first net.
        key: of the second net's picker.
        switch: of what asks whether there is a second net.

    Raises:
        CheckpointError: when the first net's file is gone or damaged.
    """
    if first is None:
        return
    twin = _arm_beside(first) or _kept_beside(first)
    let_follow(switch, twin is not None or f"{key}_net" in st.query_params)
    if twin is not None:
        let_follow(f"{key}_net", twin)


def _arm_beside(first: NetSource) -> str | None:
    """Names another net of the run that a net comes from, as pickers do."""
    of_runs = [(run.run_id, arm) for run in list_recent_runs() for arm in range(len(run.arms))]
    shipped = [(arm.run_id, arm.arm) for arm in list_shipped_arms()]
    others = [
        arm_option(run_id, arm)
        for run_id, arm in (*of_runs, *shipped)
        if run_id == first.run_id and arm != first.arm
    ]
    return others[0] if others else None


def _kept_beside(first: NetSource) -> str | None:
    twin = find_companion(load_shared_net(first).card, list_nets_at_hand())
    return None if twin is None else f"{KEPT}/{twin.name}"
