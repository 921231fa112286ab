"""Measurements of the Take apart page, in threads, each done once."""

from pages.ui.shell.jobs import Job, submit
from resnet_core.asking import Answer, ReadyNet
from resnet_core.asking.picked import PickedPicture
from resnet_core.asking.taking_apart import take_net_apart
from resnet_core.probes.taken_apart import TakenApart


def submit_answer(net: ReadyNet, picture: PickedPicture) -> Job[Answer]:
    """Asks a net what a picture shows."""
    seen = picture.seen_by(net)
    return submit(("apart-answer", net.key, picture.key), lambda progress: net.answer(seen))


def submit_blocks(net: ReadyNet, picture: PickedPicture) -> Job[TakenApart]:
    """Measures every block of a net for a picture."""
    pixels = picture.seen_by(net).pixels
    return submit(
        ("apart-blocks", net.key, picture.key), lambda progress: take_net_apart(net, pixels)
    )
