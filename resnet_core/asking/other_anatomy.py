"""What the skip additions of a net of others join, for one picture."""

import numpy as np

from resnet_core.asking.other_net import OtherNet
from resnet_core.explain import normalise_pictures
from resnet_core.probes.own_blocks import OwnBlocks, measure_own_blocks


def measure_blocks_of(net: OtherNet, pixels: np.ndarray) -> OwnBlocks:
    """Takes the maps that each skip addition joins for one picture as seen, uint8 (S, S, C).

    Raises:
        ProbeError: for maps that are not finite.
        OutOfMemoryError: when the device is too small.
    """
    picture = normalise_pictures(pixels, net.card).to(net.device)
    with net.use() as model:
        return measure_own_blocks(model, picture)
