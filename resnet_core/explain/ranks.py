"""How alike two maps order their places."""

import numpy as np


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Spearman's rank correlation of two maps of one shape; `None` where one of them is flat."""
    ranks = [_ranks(values.ravel()) for values in (first, second)]
    centred = [values - values.mean() for values in ranks]
    norms = float(np.linalg.norm(centred[0]) * np.linalg.norm(centred[1]))
    return float(centred[0] @ centred[1]) / norms if norms > 0 else None


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts) - 1
    return (last - (counts - 1) / 2)[inverse]
