"""What the skip anatomy of any net says, in a sentence, and why there may be none."""

import numpy as np

from resnet_core.probes.own_anatomy import SkipAnatomy
from resnet_core.probes.own_blocks import OwnBlocks
from resnet_core.shares import percent


def skip_anatomy_sentence(anatomy: SkipAnatomy, title: str) -> str:
    """Says which additions a net has, and through which side most of the gradient leaves.

    Args:
        anatomy: what was measured.
        title: what the net is called.
    """
    if not anatomy.additions:
        return _no_additions(anatomy.num_concatenations, title)
    shares = anatomy.quantities["skip_gradient_share"]
    reached = shares[np.isfinite(shares)]
    said = f"{title} adds a skip to a branch in {_times(len(shares))}{_kinds(anatomy)}"
    if not len(reached):
        return f"{said}; no gradient reaches them."
    over_skip = int((reached > 1 - reached).sum())
    return (
        f"{said}; more of the gradient comes back over the skip than through the branch in "
        f"{over_skip} of {len(reached)}, and the middle share of the skip is "
        f"{percent(float(np.median(reached)), 0)}."
    )


def no_blocks_sentence(blocks: OwnBlocks, title: str) -> str:
    """Says why a net has no sums of maps that could be shown."""
    if blocks.num_token_sums:
        return (
            f"{title} adds a skip to a branch in {_times(blocks.num_token_sums)}, but what it adds "
            "are tokens, a list without height and width, so there are no maps of it to show; "
            "Gradient flow has their norms."
        )
    return _no_additions(blocks.num_concatenations, title)


def _no_additions(num_concatenations: int, title: str) -> str:
    if num_concatenations:
        return (
            f"{title} has no addition of a skip: it appends maps to maps, in "
            f"{_times(num_concatenations)}, so there is no sum to take apart."
        )
    return (
        f"{title} has no addition of a skip: nothing goes around a layer in its forward pass, so "
        "there is no sum to take apart."
    )


def _times(count: int) -> str:
    return "one place" if count == 1 else f"{count} places"


def _kinds(anatomy: SkipAnatomy) -> str:
    additions = anatomy.additions
    projected = sum(not each.is_identity for each in additions)
    tokens = sum(each.map_size_px is None for each in additions)
    parts = [f"{projected} of them over a projection"] if projected else []
    parts += [f"{tokens} of them sums of tokens without height and width"] if tokens else []
    return f" ({', '.join(parts)})" if parts else ""
