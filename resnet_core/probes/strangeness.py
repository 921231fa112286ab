"""How unlike a net's own pictures a picture is, by what its channels do after every block.

After a block each channel has a mean and a standard deviation over its places.  Those of a class
scatter about the class's own centre, and all classes are taken to scatter alike, so that a distance
to the nearest centre says how unusual a block finds a picture.  The block that finds it the most
unusual decides: noise shows early in a net, things of another kind late.

Source: class means with a shared covariance, Lee et al. 2018 (arXiv 1807.03888) sec. 2.1; that is
done here on mean and deviation of each channel, after every block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from resnet_core.errors import ProbeError

MOST_CHANNELS = 128
"""Channels of a block that are looked at, evenly spread where it has more: the statistics of a wide
net would else be larger than its weights."""
MOST_STRANGE = 1e6
"""What a picture counts as whose channels are further away, or no numbers at all."""

_SMALLEST_SCALE = 1e-3
"""Of a feature, over the mean of all: a channel that never spoke on the net's own pictures is not
divided by zero when it speaks."""

Moments = Mapping[str, np.ndarray]
"""Path of a block to the mean and deviation of its channels, float32 (N, D)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockStatistics:
    """What a block's channels do on a net's own pictures: D features, K classes that were seen."""

    path: str
    """Dotted path of the block."""
    whitening: np.ndarray
    """float32 (D, D), makes the features of one class independent and of unit variance."""
    centres: np.ndarray
    """float32 (K, D), mean of each class, whitened."""
    usual: np.ndarray
    """float32 (2,), mean and deviation of the distances of held-out pictures."""

    def distances(self, features: np.ndarray) -> np.ndarray:
        """Distance of features (N, D) to the nearest class, float64 (N,), as unusual as it is.

        0 is what held-out pictures have in the mean, 1 their standard deviation more.
        """
        return (self._to_nearest(features) - self.usual[0]) / self.usual[1]

    def _to_nearest(self, features: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):  # diverged nets are told, not crashed
            white = features @ self.whitening.T
            squares = [np.square(white - centre).sum(axis=1) for centre in self.centres]
            return np.sqrt(np.min(squares, axis=0)).astype(np.float64)


def moments_of_channels(maps: Tensor) -> Tensor:
    """Mean and standard deviation over the places of maps (N, C, h, w): (N, 2 min(C, 128))."""
    places = _spread(maps).flatten(2)
    mean = places.mean(dim=2)
    # Faster than `var` on a CPU by far; the mean is small against what strange pictures move.
    variance = (places.square().mean(dim=2) - mean.square()).clamp_min(0)
    return torch.cat([mean, variance.sqrt()], dim=1)


def num_features(num_channels: int) -> int:
    """D, features of a block with so many channels."""
    return 2 * min(num_channels, MOST_CHANNELS)


def fit_blocks(
    training: Moments, labels: np.ndarray, held_out: Moments
) -> tuple[BlockStatistics, ...]:
    """Learns what is usual.

    Args:
        training: of pictures that the net learned from; they place centres and covariance.
        labels: (N,) int64, their classes.
        held_out: of pictures that it did not learn from; they say which distances are usual.

    Raises:
        ProbeError: when there are too few pictures, or features are not finite.
    """
    return tuple(
        _fit(path, features, labels, held_out[path]) for path, features in training.items()
    )


def measure_strangeness(blocks: Sequence[BlockStatistics], moments: Moments) -> np.ndarray:
    """How unusual the block finds a picture that finds it the most unusual, float64 (N,)."""
    found = np.stack([block.distances(moments[block.path]) for block in blocks])
    found = np.nan_to_num(found, nan=MOST_STRANGE, posinf=MOST_STRANGE)
    return np.clip(found.max(axis=0), -MOST_STRANGE, MOST_STRANGE)


def _fit(
    path: str, features: np.ndarray, labels: np.ndarray, held_out: np.ndarray
) -> BlockStatistics:
    _refuse_unusable(features, held_out)
    classes, place = np.unique(labels, return_inverse=True)
    means = np.stack(
        [features[place == k].mean(axis=0, dtype=np.float64) for k in range(len(classes))]
    )
    whitening = _whitening(features - means[place])
    block = BlockStatistics(
        path=path,
        whitening=whitening,
        centres=(means @ whitening.T).astype(np.float32),
        usual=np.array([0, 1], np.float32),
    )
    usual = block.distances(held_out)
    moments = np.array([usual.mean(), max(usual.std(), _SMALLEST_SCALE)], np.float32)
    return BlockStatistics(path=path, whitening=whitening, centres=block.centres, usual=moments)


def _whitening(centred: np.ndarray) -> np.ndarray:
    """Inverse of the Cholesky factor of the covariance of (N, D), float32 (D, D).

    The correlations are drawn towards none, by as much as the features are many for the pictures,
    so that few pictures do not make directions in which nothing seems to vary.
    """
    num_pictures, count = centred.shape
    scale = centred.std(axis=0)
    scale = np.maximum(scale, max(_SMALLEST_SCALE * scale.mean(), 1e-12))
    standardised = centred / scale
    correlation = standardised.T @ standardised / num_pictures
    share = count / (count + num_pictures)
    shrunk = (1 - share) * correlation + share * np.eye(count)
    return (np.linalg.inv(np.linalg.cholesky(shrunk)) / scale).astype(np.float32)


def _refuse_unusable(features: np.ndarray, held_out: np.ndarray) -> None:
    if len(features) < 2 or len(held_out) < 2:
        raise ProbeError("There are too few pictures to learn what is usual: bring more of them.")
    if not (np.isfinite(features).all() and np.isfinite(held_out).all()):
        raise ProbeError(
            "The net's maps are not finite numbers: its weights have diverged; take an earlier "
            "step or another net."
        )


def _spread(maps: Tensor) -> Tensor:
    channels = maps.shape[1]
    if channels <= MOST_CHANNELS:
        return maps
    chosen = np.linspace(0, channels - 1, MOST_CHANNELS).round().astype(np.int64)
    return maps[:, torch.from_numpy(chosen).to(maps.device)]
