"""Who trains, who validates, who tests: stratified, seeded, and nested."""

import numpy as np

from resnet_core.data.randomness import random_bits

TEST_SHARE = 0.1
"""Share drawn for testing from a set that comes without a test part."""


def stratified_order(labels: np.ndarray, *key: int) -> np.ndarray:
    """Orders pictures at random so that every prefix holds the classes in their proportions.

    Args:
        labels: (N,) int64.
        *key: what names this draw, such as a purpose and a seed.

    Returns:
        (N,) int64, a permutation of 0 .. N-1.
    """
    bits = random_bits(len(labels), *key)
    by_class = np.lexsort((bits, labels))
    counts = np.bincount(labels) if len(labels) else np.zeros(0, np.int64)
    starts = np.cumsum(counts) - counts
    rank = np.empty(len(labels), np.float64)
    rank[by_class] = np.arange(len(labels)) - np.repeat(starts, counts)
    place = (rank + 0.5) / counts[labels]
    return np.lexsort((bits, place))


def hold_out(labels: np.ndarray, share: float, *key: int) -> tuple[np.ndarray, np.ndarray]:
    """Splits pictures into a held-out share, at least one picture, and the rest.

    Returns:
        Indices held out and indices kept, both in the stratified order of the draw.
    """
    order = stratified_order(labels, *key)
    num_held = min(max(1, round(share * len(labels))), max(len(labels) - 1, 0))
    return order[:num_held], order[num_held:]
