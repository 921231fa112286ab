"""Accuracy on held pictures: a first estimate at once, a better one when it is there."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.choosing.labelled_sets import open_labelled_set
from pages.ui.choosing.net_and_picture import set_of_pictures
from pages.ui.shell.jobs import Job, await_all, shown
from pages.ui.shell.notices import plain
from pages.ui.take_apart.measuring import submit_few, submit_many
from resnet_core.asking import ReadyNet
from resnet_core.asking.held_pictures import HeldAnswers
from resnet_core.asking.labelled_sets import LabelledSet, with_net_classes
from resnet_core.asking.switches import Switches
from resnet_core.checkpoints.naming import learned_data
from resnet_core.errors import CheckpointError

_PATIENCE_S = 0.8


@dataclass(frozen=True, kw_only=True)
class HeldJobs:
    """What is being measured of one net, as it is switched."""

    few: Job[HeldAnswers]
    many: Job[HeldAnswers] | None

    def so_far(self) -> HeldAnswers | None:
        """The answers that are there."""
        if not _is_there(self.few):
            return None
        few = self.few.result()
        if self.many is None or not _is_there(self.many):
            return few
        return few.followed_by(self.many.result())


def open_held(net: ReadyNet) -> LabelledSet | None:
    """Opens the test pictures of the data set that is picked from, under the net's own classes.

    `None` while they are being opened, and where the net does not know their classes, which is
    said.
    """
    labelled = open_labelled_set(net, set_of_pictures(net))
    if labelled is None:
        return None
    try:
        return with_net_classes(net, labelled)[0]
    except CheckpointError:
        learned = learned_data(net.card.name, net.card.data_title)
        told = f"it learned {learned}, and {labelled.title} has other classes"
        st.caption(plain(f"Its accuracy is not measured: {told}."))
        return None


def submit_all_held(net: ReadyNet, labelled: LabelledSet, switches: Switches) -> HeldJobs:
    """Starts both estimates, or finds them."""
    return HeldJobs(
        few=submit_few(net, labelled, switches), many=submit_many(net, labelled, switches)
    )


def await_first(jobs: Sequence[HeldJobs]) -> None:
    """Waits a moment for the first estimates, which then stand on the page from the start."""
    deadline = time.monotonic() + _PATIENCE_S
    for each in jobs:
        each.few.wait(max(0.0, deadline - time.monotonic()))


def follow_held(jobs: Sequence[HeldJobs], shown_so_far: Sequence[HeldAnswers | None]) -> None:
    """Shows how far the better estimates are, and a way to stop or to start them again.

    Args:
        jobs: what is being measured.
        shown_so_far: what of it stands on the page; newer answers make the page run again.
    """
    if [_count(each.so_far()) for each in jobs] != [_count(held) for held in shown_so_far]:
        st.rerun()
    asked = [job for each in jobs for job in (each.few, each.many) if job is not None]
    going = [job for job in asked if not job.is_done]
    for job in asked:
        if job not in going:
            shown(job)  # nothing, or why it ended before its time
    await_all(going, "Held pictures", patience_s=0)


def _count(held: HeldAnswers | None) -> int:
    return 0 if held is None else held.num_pictures


def _is_there(job: Job[HeldAnswers]) -> bool:
    return job.is_done and job.problem is None
