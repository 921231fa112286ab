"""A net with blocks switched, on a copy of its own, and what every block does to a picture."""

import copy
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from resnet_core.asking.net import ReadyNet
from resnet_core.config import Intervention
from resnet_core.devices import memory_errors
from resnet_core.explain import normalise_pictures
from resnet_core.models.interventions import apply_interventions
from resnet_core.probes.taken_apart import TakenApart, take_apart


def switched_net(net: ReadyNet, switches: Sequence[Intervention]) -> ReadyNet:
    """Copies a net and switches blocks of the copy; whoever shares the net sees nothing of it.

    What was done to the net before it was loaded stays, but for what the switches change.

    Args:
        net: as it was loaded; none of its weights is touched.
        switches: skips to weigh and blocks to drop; none gives the net's own answers, bit for bit.

    Raises:
        ConfigError: for blocks that the net does not have.
    """
    with net.lock:
        model = copy.deepcopy(net.model)
    apply_interventions(model, (*model.interventions, *switches))
    told = "/".join(f"{s.what}-{s.value:g}-{s.blocks}" for s in switches)
    source = replace(net.source, key=f"{net.source.key}/{told}") if switches else net.source
    return replace(net, model=model, source=source, lock=threading.Lock())


def take_net_apart(
    net: ReadyNet, pixels: np.ndarray, *, class_index: int | None = None
) -> TakenApart:
    """Measures every block of a net for one picture as seen, uint8 (S, S, C).

    Raises:
        ProbeError: for a class that the net does not have, or numbers that are not finite.
    """
    picture = normalise_pictures(pixels, net.card)
    with memory_errors(1), net.use() as model:
        return take_apart(model, picture, class_index=class_index)
