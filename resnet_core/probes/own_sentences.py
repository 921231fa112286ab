"""What the skip anatomy of any net says, in a sentence, and why there may be none."""

import numpy as np

from resnet_core.probes.own_anatomy import SkipAnatomy


def skip_anatomy_sentence(anatomy: SkipAnatomy, title: str) -> str:
    """Says which additions a net has, and through which side most of the gradient leaves.

    Args:
        anatomy: what was measured.
        title: what the net is called.
    """
    if not anatomy.additions:
        return _no_additions(anatomy, title)
    shares = anatomy.quantities["skip_gradient_share"]
    reached = shares[np.isfinite(shares)]
    said = f"{title} adds a skip to a branch in {_times(len(shares))}{_kinds(anatomy)}"
    if not len(reached):
        return f"{said}; no gradient reaches them."
    over_skip = int((reached > 1 - reached).sum())
    return (
        f"{said}; more of the gradient comes back over the skip than through the branch in "
        f"{over_skip} of {len(reached)}, and the middle share of the skip is "
        f"{float(np.median(reached)):.0%}."
    )


def no_maps_sentence(title: str) -> str:
    """Says what a net lacks whose layers have no height and width, such as a transformer."""
    return (
        f"{title} makes tokens of a picture, a list without height and width, so beyond its first "
        "layer there are no maps to show and none to take a class activation map from: its "
        "gradients, its cost and its answers can be looked at."
    )


def _no_additions(anatomy: SkipAnatomy, title: str) -> str:
    if anatomy.num_concatenations:
        return (
            f"{title} has no addition of a skip: it appends maps to maps, in "
            f"{_times(anatomy.num_concatenations)}, so there is no sum to take apart."
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
