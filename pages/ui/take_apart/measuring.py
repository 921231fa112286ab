"""Measurements of the Take apart page, in threads, each done once.

Every one of them copies the net before it switches anything, so that what all sessions share stays
as it was loaded.
"""

from pages.ui.choosing.labelled_sets import key_of_set
from pages.ui.shell.jobs import Job, submit
from resnet_core.asking import ReadyNet
from resnet_core.asking.held_pictures import NUM_FEW, NUM_MANY, HeldAnswers, answer_held
from resnet_core.asking.labelled_sets import LabelledSet
from resnet_core.asking.picked import PickedPicture
from resnet_core.asking.switches import Switches
from resnet_core.asking.taking_apart import (
    BlockApart,
    NetApart,
    switched_net,
    take_block_apart,
    take_net_apart,
)
from resnet_core.progress import Progress


def submit_net_apart(
    net: ReadyNet, picture: PickedPicture, switches: Switches, class_index: int | None = None
) -> Job[NetApart]:
    """Asks a net, as it is switched, and measures all its blocks."""
    seen = picture.seen_by(net)
    return submit(
        ("apart", net.key, picture.key, switches, class_index),
        lambda progress: take_net_apart(net, seen, switches, class_index=class_index),
    )


def submit_block_apart(
    net: ReadyNet, picture: PickedPicture, path: str, switches: Switches, class_index: int
) -> Job[BlockApart]:
    """Takes the maps of one block, and where its evidence for a class lies."""
    pixels = picture.seen_by(net).pixels
    return submit(
        ("apart-block", net.key, picture.key, path, switches, class_index),
        lambda progress: take_block_apart(net, pixels, path, switches, class_index=class_index),
    )


def submit_few(net: ReadyNet, labelled: LabelledSet, switches: Switches) -> Job[HeldAnswers]:
    """Shows a net, as it is switched, the first of the held pictures."""
    return _submit_held(net, labelled, switches, 0, NUM_FEW)


def submit_many(
    net: ReadyNet, labelled: LabelledSet, switches: Switches
) -> Job[HeldAnswers] | None:
    """Shows a net the held pictures behind those of `submit_few`; `None` where there are none."""
    if len(labelled.labels) <= NUM_FEW:
        return None
    return _submit_held(net, labelled, switches, NUM_FEW, NUM_MANY)


def _submit_held(
    net: ReadyNet, labelled: LabelledSet, switches: Switches, start: int, stop: int
) -> Job[HeldAnswers]:
    def work(progress: Progress) -> HeldAnswers:
        own = switched_net(net, switches)
        return answer_held(own, labelled, start=start, stop=stop, progress=progress)

    key = ("apart-held", net.key, key_of_set(labelled), switches, start, stop)
    return submit(key, work, lane="slow" if start else "quick")
