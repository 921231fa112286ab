"""What the maps inside a net say, in one sentence each, and whether that is good.

Every figure in a sentence is read from the measurement; what counts as much stands here by name.
"""

from collections.abc import Sequence

import numpy as np

from resnet_core.probes.features import BlockParts, FeatureMaps

MOST_SILENT = 0.5
"""Share of silent channels from which on a layer is called wasteful for a picture."""
FAINT, STRONG = 0.3, 1.0
"""Norms of F(x) over that of x, below and from which a block is said to add little and much."""
ASIDE = 0.2
"""Cosine of x and F(x) up to which on either side F(x) is said to go its own way."""
COLOUR = 0.5
"""Share of a filter's norm that differs between its colours, from which on it compares colours."""


def layer_sentence(features: FeatureMaps) -> str:
    """Says how much of a layer a picture uses."""
    point, count = features.point, len(features.maps)
    height, width = point.map_size_px
    silent = int((features.dead_share == 1).sum())
    if silent == 0:
        verdict = "none of them is silent: the picture uses all of the layer"
    elif silent < MOST_SILENT * count:
        verdict = f"{silent} of them silent: the picture uses most of the layer"
    else:
        verdict = f"{silent} of them silent: the picture leaves much of the layer unused"
    places = "place" if height * width == 1 else "places"
    return f"{point.path} answers in {count} channels of {height} x {width} {places}, {verdict}."


def block_sentence(parts: BlockParts) -> str:
    """Says what a block adds to what comes over its shortcut."""
    if parts.skip is None:
        return (
            f"{parts.path} has no shortcut: whatever F(x) does not rebuild of this picture is gone."
        )
    norm = float(np.linalg.norm(parts.skip))
    if norm == 0 or parts.cosine is None:
        return f"In {parts.path} one of x and F(x) is zero, so they cannot be compared."
    ratio = float(np.linalg.norm(parts.branch)) / norm
    return (
        f"In {parts.path} F(x) is {ratio:.2f} times as strong as x and points "
        f"{turn_words(parts.cosine)} (cosine {parts.cosine:+.2f}): {strength_words(ratio)}."
    )


def strength_words(ratio: float) -> str:
    """Says what a block does whose F(x) is so many times as strong as what it is added to."""
    if ratio < FAINT:
        return "the block hardly changes what comes in"
    if ratio < STRONG:
        return "the block corrects what comes in"
    return "the block outweighs what comes in"


def turn_words(cosine: float) -> str:
    """Says which way F(x) points, seen from what it is added to."""
    if abs(cosine) < ASIDE:
        return "neither along nor against it"
    return "along it" if cosine > 0 else "against it"


def learning_sentence(steps: Sequence[tuple[int, FeatureMaps]]) -> str:
    """Says how far a layer's maps moved over training, if more than one step was saved."""
    (first, before), (last, after) = steps[0], steps[-1]
    if len(steps) == 1:
        return f"Step {first:,} is the only one saved: there are no other maps to compare with."
    alike = _cosine(before.maps, after.maps)
    if alike is None:
        return f"At step {first:,} or {last:,} the layer is silent, so nothing can be compared."
    verdict = "training changed them" if alike < STRONG - FAINT else "training hardly changed them"
    silent = [int((maps.dead_share == 1).sum()) for maps in (before, after)]
    return (
        f"The maps at step {last:,} have a cosine of {alike:.2f} with those at step {first:,}: "
        f"{verdict}. Silent channels: {silent[0]} at first, {silent[1]} at last."
    )


def filters_sentence(filters: np.ndarray) -> str:
    """Says how many of the first filters compare colours.

    Args:
        filters: float32 (filters, kernel, kernel, channels).
    """
    count = len(filters)
    if filters.shape[3] == 1:
        return f"All {count} filters see brightness, since the net takes gray pictures."
    apart = filters - filters.mean(axis=3, keepdims=True)
    norms = np.linalg.norm(filters.reshape(count, -1), axis=1)
    colour = int((np.linalg.norm(apart.reshape(count, -1), axis=1) > COLOUR * norms).sum())
    return (
        f"Of {count} filters {colour} compare colours and {count - colour} see little but "
        "brightness."
    )


def _cosine(first: np.ndarray, second: np.ndarray) -> float | None:
    norms = float(np.linalg.norm(first)) * float(np.linalg.norm(second))
    return float((first * second).sum()) / norms if norms > 0 else None
