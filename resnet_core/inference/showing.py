"""Showing whole splits to a net, batch by batch, told as they go."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from resnet_core.asking import ReadyNet
from resnet_core.pictures.channels import with_channels
from resnet_core.pictures.resizing import resize_images
from resnet_core.probes.strangeness import Moments
from resnet_core.progress import Progress

_BATCH = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class WholeAnswer:
    """What a net made of N pictures."""

    logits: np.ndarray
    """(N, K)."""
    moments: Moments
    """Of what each block makes of them."""


def of_all_classes(labels: np.ndarray, most: int) -> slice:
    """Chooses some pictures by their labels (N,): the first, or evenly spread where those lack one.

    A folder's pictures lie class by class.

    Args:
        labels: of all pictures there are.
        most: how many are chosen at most.
    """
    if len(np.unique(labels[:most])) == len(np.unique(labels)):
        return slice(0, most)
    return slice(0, None, math.ceil(len(labels) / most))


def pixels_of(net: ReadyNet, images: np.ndarray) -> np.ndarray:
    """Brings pictures of a data set to what a net takes, uint8 (N, S, S, C)."""
    sized = resize_images(np.array(images), net.card.image_size_px)
    return with_channels(sized, net.card.model.in_channels)


def counting(net: ReadyNet, total: int, progress: Progress) -> Callable[[np.ndarray], WholeAnswer]:
    """Gives what shows pictures to a net, and tells how many of all it has been shown so far.

    Args:
        net: the net.
        total: pictures of all calls together.
        progress: told after each batch; it may cancel.
    """
    num_shown = 0

    def show(images: np.ndarray) -> WholeAnswer:
        nonlocal num_shown
        before, num_shown = num_shown, num_shown + len(images)

        def tell(done: int) -> None:
            progress(f"{before + done:,} of {total:,} pictures", min(1.0, (before + done) / total))

        return show_all(net, images, tell)

    return show


def show_all(net: ReadyNet, images: np.ndarray, tell: Callable[[int], None]) -> WholeAnswer:
    """Shows pictures (N, H, W, C) to a net; `tell` hears how many of them it has been shown."""
    logits, moments = [], []
    for start in range(0, len(images), _BATCH):
        found = net.logits_and_moments(pixels_of(net, images[start : start + _BATCH]))
        logits.append(found[0])
        moments.append(found[1])
        tell(min(start + _BATCH, len(images)))
    paths = moments[0] if moments else ()
    return WholeAnswer(
        logits=np.concatenate(logits) if logits else np.zeros((0, 1), np.float32),
        moments={path: np.concatenate([part[path] for part in moments]) for path in paths},
    )
