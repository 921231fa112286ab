"""What the skip additions of a net of others join, for one picture or a batch."""

from dataclasses import dataclass

import numpy as np
import torch

from resnet_core.asking.labelled_sets import LabelledSet
from resnet_core.asking.other_net import OtherNet
from resnet_core.explain import normalise_pictures
from resnet_core.probes.own_anatomy import SkipAnatomy, measure_skip_anatomy
from resnet_core.probes.own_blocks import OwnBlocks, measure_own_blocks
from resnet_core.probes.own_nets import LayerGradients, measure_layer_gradients
from resnet_core.progress import Progress, ignore_progress

START_PICTURES = 4
"""Pictures in the batch that the gradient is measured with: nets of others take large ones."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OtherStart:
    """How the gradient of one batch reaches a net of others, as its weights are."""

    title: str
    """What the person calls the net."""
    layers: LayerGradients
    anatomy: SkipAnatomy


def measure_blocks_of(net: OtherNet, pixels: np.ndarray) -> OwnBlocks:
    """Takes the maps that each skip addition joins for one picture as seen, uint8 (S, S, C).

    Raises:
        ProbeError: for maps that are not finite.
        OutOfMemoryError: when the device is too small.
    """
    picture = normalise_pictures(pixels, net.card).to(net.device)
    with net.use() as model:
        return measure_own_blocks(model, picture)


def measure_start_of(
    net: OtherNet, labelled: LabelledSet, progress: Progress = ignore_progress
) -> OtherStart:
    """Measures how the gradient of a batch reaches the layers, and what each addition joins.

    The classes of the pictures are none of the net's, as a rule, so their labels are the first of
    its classes, one after the other. What is dropped at random is drawn by a seed.

    Raises:
        ProbeError: when a value is not finite.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    numbers = np.arange(START_PICTURES)
    seen = [net.see_pixels(pixels).pixels for pixels in labelled.pictures(numbers)]
    images = normalise_pictures(np.stack(seen), net.card).to(net.device)
    labels = torch.from_numpy(numbers % net.card.model.num_classes).to(net.device)
    with net.use(for_long=True) as model, torch.random.fork_rng(devices=[]):
        progress("The gradient of every layer", 0.1)
        torch.manual_seed(0)
        layers = measure_layer_gradients(model, images, labels)
        progress("Both sides of every addition", 0.5)
        anatomy = measure_skip_anatomy(model, images, labels)
    return OtherStart(title=net.card.name, layers=layers, anatomy=anatomy)
