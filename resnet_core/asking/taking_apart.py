"""A net with blocks switched, on a copy of its own, and what every block does to a picture."""

import copy
import threading
from dataclasses import dataclass, replace

import numpy as np

from resnet_core.asking.answers import Answer
from resnet_core.asking.net import ReadyNet
from resnet_core.asking.seeing import Seen
from resnet_core.asking.switches import Switches, word_of_switch
from resnet_core.devices import memory_errors
from resnet_core.explain import (
    Attribution,
    Question,
    Target,
    list_map_layers,
    normalise_pictures,
)
from resnet_core.models.explanation import list_block_paths
from resnet_core.models.interventions import apply_interventions
from resnet_core.probes.block_maps import BlockMaps, measure_block_maps
from resnet_core.probes.taken_apart import TakenApart, measure_blocks


@dataclass(frozen=True, kw_only=True, eq=False)
class NetApart:
    """What a net, as it is switched, says of a picture, and what its blocks do."""

    answer: Answer
    taken: TakenApart


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockApart:
    """One block of a net, as it is switched, and one picture."""

    maps: BlockMaps
    evidence: Attribution
    """Grad-CAM at what the block hands on, for the class that was asked about.  A dropped block
    that hands on what enters it has the map of the layer before it."""
    own_evidence: Attribution | None
    """The same for the class that the net names, where that is another."""


def switched_net(net: ReadyNet, switches: Switches) -> ReadyNet:
    """Copies a net and switches blocks of the copy; whoever shares the net sees nothing of it.

    What was done to the net before it was loaded stays, but for what the switches change.  What is
    usual was measured on the net as it was, so a switched one notices no strange pictures.

    Args:
        net: as it was loaded; none of its weights is touched.
        switches: none gives the net's own answers, bit for bit.

    Raises:
        ConfigError: for blocks that the net does not have.
    """
    with net.lock:
        model = copy.deepcopy(net.model)
    apply_interventions(model, (*model.interventions, *switches))
    own = replace(net, model=model, lock=threading.Lock())
    if not switches:
        return own
    words = ",".join(word_of_switch(switch) for switch in switches)
    source = replace(net.source, key=f"{net.source.key}/{words}")
    return replace(own, source=source, card=replace(net.card, detection=None))


def take_net_apart(
    net: ReadyNet, seen: Seen, switches: Switches = (), *, class_index: int | None = None
) -> NetApart:
    """Asks a net, as it is switched, what a picture shows, and measures all its blocks.

    Args:
        net: as it was loaded.
        seen: the picture as the net sees it.
        switches: what is switched.
        class_index: the class whose logit's gradient is measured; `None` takes the predicted one.

    Raises:
        ConfigError: for blocks that the net does not have.
        ProbeError: for a class that the net does not have, or numbers that are not finite.
    """
    own = switched_net(net, switches)
    picture = normalise_pictures(seen.pixels, own.card)
    with memory_errors(1), own.use() as model:
        taken = measure_blocks(model, picture, class_index=class_index)
    return NetApart(answer=own.answer(seen), taken=taken)


def take_block_apart(
    net: ReadyNet, pixels: np.ndarray, path: str, switches: Switches, *, class_index: int
) -> BlockApart:
    """Takes the maps of one block for a picture as seen, and where its evidence lies.

    Args:
        net: as it was loaded.
        pixels: uint8 (S, S, C), as the net sees them.
        path: of the block.
        switches: what is switched.
        class_index: the class whose evidence is looked for.

    Raises:
        ConfigError: for blocks that the net does not have.
        ProbeError: for a path that is no block, or numbers that are not finite.
    """
    own = switched_net(net, switches)
    maps = _maps_of(own, pixels, path)
    layer = _layer_at(own, path)
    evidence = own.explain(pixels, _question(layer, class_index))
    named = int(evidence.logits.argmax())
    differs = named != class_index
    return BlockApart(
        maps=maps,
        evidence=evidence,
        own_evidence=own.explain(pixels, _question(layer, named)) if differs else None,
    )


def take_block_maps(
    net: ReadyNet, pixels: np.ndarray, path: str, switches: Switches = ()
) -> BlockMaps:
    """Takes the maps of one block alone, as `take_block_apart` does.

    Raises:
        ConfigError: for blocks that the net does not have.
        ProbeError: for a path that is no block, or numbers that are not finite.
    """
    return _maps_of(switched_net(net, switches), pixels, path)


def _maps_of(own: ReadyNet, pixels: np.ndarray, path: str) -> BlockMaps:
    with memory_errors(1), own.use() as model:
        return measure_block_maps(model, normalise_pictures(pixels, own.card), path)


def _layer_at(net: ReadyNet, path: str) -> str:
    """The block, or the layer before it whose maps it hands on."""
    known = {layer.path for layer in list_map_layers(net.model, net.card.image_size_px)}
    blocks = list_block_paths(net.card.model)
    before = ("stem", *blocks[: blocks.index(path) + 1])
    return next(layer for layer in reversed(before) if layer in known)


def _question(layer: str, class_index: int) -> Question:
    return Question(layer=layer, target=Target(class_index=class_index))
