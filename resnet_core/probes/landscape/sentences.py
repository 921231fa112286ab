"""What may be said of a landscape: only what was measured at its places, on its pictures."""

from collections.abc import Sequence

import numpy as np

from resnet_core.probes.landscape.records import Landscape
from resnet_core.probes.spread import readable
from resnet_core.shares import percent

_ROUNDING = 1e-6
"""A bend below so many nats, or so large a share of the losses that it lies between, is none."""


def landscape_sentence(landscape: Landscape) -> str:
    """Says what one landscape shows, around a net or on the line between two."""
    return _line_words(landscape) if landscape.is_line else _around_words(landscape)


def compare_landscapes_sentence(landscapes: Sequence[Landscape]) -> str:
    """Says around which of two nets the loss rises less, place by place of the border.

    Args:
        landscapes: two of one grid, seed and number of pictures.
    """
    first, second = landscapes
    rises = [_rises(each) for each in landscapes]
    known = np.isfinite(rises[0]) | np.isfinite(rises[1])
    # Where one net's loss is no finite number, the other's has risen less.
    ours, theirs = (np.where(np.isfinite(each), each, np.inf)[known] for each in rises)
    less, more = int((ours < theirs).sum()), int((theirs < ours).sum())
    winner, loser, count = (first, second, less) if less >= more else (second, first, more)
    if less == more:
        compared = (
            f"The loss rises less around {first.label} at as many places of the border as around "
            f"{second.label}."
        )
    else:
        compared = (
            f"Around {winner.label} the loss rises less than around {loser.label} at {count} of "
            f"{int(known.sum())} places of the border."
        )
    return f"{compared} {_caveat(first)}"


def statistics_words(landscape: Landscape) -> str:
    """Says what batch norm normalised by."""
    if landscape.spec.statistics == "stored":
        mixed = ", mixed as the weights are" if landscape.is_line else ", whatever the weights"
        return f"Batch norm uses the running statistics that the net has stored{mixed}."
    return "Batch norm's statistics are recomputed on the same pictures at every place."


def count_bends(landscape: Landscape) -> tuple[int, int]:
    """Counts triples of neighbours in a row or column whose middle lies above the chord.

    A bowl has none.

    Returns:
        How many, and of how many whose losses are all finite.
    """
    loss = landscape.loss
    triples = [_triples(each) for each in (loss, loss.T) if each.shape[1] > 2]
    known = np.concatenate(triples)
    known = known[np.isfinite(known).all(axis=1)]
    seconds = known[:, 0] - 2 * known[:, 1] + known[:, 2]
    # By the neighbours alone: a steep corner elsewhere makes no dent here one of rounding.
    least = _ROUNDING * np.maximum(1.0, known.max(axis=1, initial=0.0))
    return int((seconds < -least).sum()), len(seconds)


def _triples(rows: np.ndarray) -> np.ndarray:
    """Every three neighbours in a row, (N, 3)."""
    return np.stack([rows[:, :-2], rows[:, 1:-1], rows[:, 2:]], axis=-1).reshape(-1, 3)


def _around_words(landscape: Landscape) -> str:
    middle = float(landscape.loss[landscape.middle])
    border = landscape.loss[landscape.border]
    known = border[np.isfinite(border)]
    bends, total = count_bends(landscape)
    if not len(known):
        edge = "is no finite number anywhere on the border"
    else:
        median = float(np.median(known))
        verb = "rises" if median > middle else "falls"
        edge = (
            f"{verb} from {readable(middle)} in the middle to {readable(median)} at the "
            f"border (median of {len(known)} places)"
        )
    lost = len(border) - len(known)
    beyond = f"; at {lost} more it is no finite number" if lost and len(known) else ""
    return (
        f"The loss of {landscape.label} {edge}{beyond}; along rows and columns it bends downwards "
        f"at {bends} of {total} places."
    )


def _line_words(landscape: Landscape) -> str:
    loss = landscape.loss[0]
    start, end = float(loss[0]), float(loss[-1])
    ends = f"{readable(start)} at {landscape.label} and {readable(end)} at {landscape.other_label}"
    inside = loss[1:-1]
    count = len(inside)
    if not np.isfinite(inside).all():
        lost = int((~np.isfinite(inside)).sum())
        return (
            f"The loss is {ends}; between them it is no finite number at {lost} of {count} places."
        )
    highest = int(inside.argmax())
    if inside[highest] <= max(start, end):
        return (
            f"The loss is {ends}; at none of {count} places between them is it higher than at both "
            "ends, so that no ridge was found on this line."
        )
    return (
        f"The loss is {ends}; between them it rises to {readable(float(inside[highest]))}, at "
        f"{percent(landscape.alphas[highest + 1], 0)} of the way: a ridge lies between the two "
        "nets on this line."
    )


def _rises(landscape: Landscape) -> np.ndarray:
    return (landscape.loss - landscape.loss[landscape.middle])[landscape.border]


def _caveat(landscape: Landscape) -> str:
    pair = "pair of random directions" if landscape.spec.dimensions == 2 else "random direction"
    return (
        f"One {pair} (seed {landscape.spec.seed}) and {landscape.num_pictures} pictures: other "
        "directions may show other things."
    )
