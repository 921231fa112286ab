"""What theory expects of a net at initialisation: infinitely wide, many pictures, no training.

One number x stands for every channel and every picture of the trunk.  Its law is followed from
block to block as a population of draws, and with it the factor by which a block multiplies the
squared norm of the gradient on its way back:

    convolution   s = fan-in x variance of a weight, forward and backward alike
    ReLU          share of positive signals, 1/2 where they are symmetric
    batch norm    1 / variance over the batch
    addition      alpha^2 x (shortcut's factor) + (branch's factor)

A plain net with batch norm is left with pi/(pi - 1) a layer, whatever its initialisation: a
rectified normal signal has a variance of (pi - 1)/(2 pi), by which batch norm divides, and ReLU
halves.  A plain net without normalisation is left with s/2 a layer.

Sources: Yang et al. 2019 (arXiv 1902.08129), batch norm in plain nets; He et al. 2015 "Delving
deep" (arXiv 1502.01852) sec. 2.2, nets without; Yang and Schoenholz 2017 (arXiv 1712.08969), the
residual recursion, which is written out here for batch norm and for a ReLU after the addition.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from resnet_core.config import ModelConfig
from resnet_core.models.initialisation import initial_std

_RECTIFIED = (math.pi - 1) / (2 * math.pi)
"""Variance of max(0, z) for a standard normal z."""
_LAYER = math.pi / (math.pi - 1)
"""Factor on the squared gradient of ReLU, convolution and batch norm together."""
BATCH_NORM_FACTOR = math.sqrt(_LAYER)
"""Growth of a plain net's gradient towards the input with batch norm, 1.211 a layer."""

_POPULATION = 1 << 14

_WayBack = Callable[[np.ndarray], np.ndarray]
"""Maps the squared gradient after a block, for each member of the population, to that before."""


@dataclass(frozen=True)
class Expectation:
    """What theory expects at the T trunk positions: the stem, then every block's output."""

    gradient: np.ndarray
    """Gradient norm at each position over that at the last one, (T,) float64."""
    activation: np.ndarray
    """Standard deviation of the activations at each position over the stem's, (T,) float64."""


@dataclass(frozen=True)
class _Block:
    """One block as theory sees it; gains are fan-in x variance of a weight."""

    branch: tuple[float, ...]
    """Gain of each convolution of the branch."""
    projection: float | None
    """Gain of the shortcut's 1x1 convolution, where it has one."""
    pads_channels: bool
    """Whether half of the shortcut's channels are zero."""
    shares_activation: bool
    """Pre-activation only: whether the shortcut, too, starts after the first ReLU."""


@lru_cache(maxsize=256)
def expect_signals(config: ModelConfig, image_size_px: int) -> Expectation | None:
    """Follows signal and gradient through a net in the mean-field limit.

    The pictures have zero mean and unit variance.  There is no expectation for nets beyond the
    2015 and 2016 papers' blocks, for a stem with max-pooling, for branches that start at zero, nor
    where the signal leaves float64's range.
    """
    if not config.is_classic or config.stem == "imagenet" or config.zero_gamma:
        return None
    trunk_of = _PreActivation if config.activation_order == "pre" else _PostActivation
    trunk = trunk_of(config, _gain(config, 3, config.in_channels, config.stem_width, image_size_px))
    deviations, ways_back = [trunk.deviation], []
    for block in _blocks(config, image_size_px):
        ways_back.append(trunk.enter(block))
        deviations.append(trunk.deviation)
    energy = np.ones(_POPULATION)
    energies = [1.0]
    for way_back in reversed(ways_back):
        energy = way_back(energy)
        energies.append(float(energy.mean()))
    gradient = np.sqrt(np.array(energies[::-1]))
    activation = np.array(deviations) / deviations[0]
    if not (np.isfinite(gradient) & (gradient > 0) & np.isfinite(activation)).all():
        return None
    return Expectation(gradient=gradient, activation=activation)


def expected_layer_factor(config: ModelConfig) -> float | None:
    """Growth of a plain net's **weight** gradient towards the input, a layer, within a stage.

    With batch norm it is that of the signal's gradient.  Without, it is 1 whatever the gain: every
    layer's <weights, gradient> is the same number, as the net is homogeneous in each of them.
    """
    if not (config.is_plain and config.is_classic):
        return None
    return BATCH_NORM_FACTOR if config.norm == "batch" else 1.0


def border_share(map_size_px: int) -> float:
    """Share of a 3x3 convolution's energy that zero padding leaves on an m x m map.

    It is the squared largest eigenvalue of the tridiagonal matrix of ones that sums neighbours,
    over 9: 1 + 2 cos(pi/(m + 1)) along each side.
    """
    return ((1 + 2 * math.cos(math.pi / (map_size_px + 1))) / 3) ** 2


class _PostActivation:
    """The trunk of conv-norm-ReLU blocks, which is rectified.

    A unit that is open in one block is likelier to be open in the next, so the gradient is
    followed for each member of the population through the very ReLUs that its signal passed.
    """

    def __init__(self, config: ModelConfig, stem_gain: float) -> None:
        self.alpha, self.has_norm = config.skip_strength, config.norm == "batch"
        self.random = np.random.default_rng(0)
        self.x = np.maximum(0, self._normal(1.0 if self.has_norm else stem_gain))

    @property
    def deviation(self) -> float:
        """Standard deviation of the trunk over channels, pictures and places."""
        return float(self.x.std())

    def enter(self, block: _Block) -> _WayBack:
        """Takes the signal through a block."""
        variance, branch_factor = self._branch(block.branch)
        skip, skip_back = self._shortcut(block)
        z = self._normal(variance) + self.alpha * skip
        is_open = z > 0
        self.x = np.where(is_open, z, 0)

        def way_back(energy: np.ndarray) -> np.ndarray:
            passed = is_open * energy
            return branch_factor * passed.mean() + self.alpha**2 * skip_back(passed)

        return way_back

    def _branch(self, gains: tuple[float, ...]) -> tuple[float, float]:
        """Variance of the branch's output, and its factor on the squared gradient."""
        if self.has_norm:
            return 1.0, _LAYER ** (len(gains) - 1) / float(self.x.var())
        factor = math.prod(gains) / 2 ** (len(gains) - 1)
        return factor * self._energy, factor

    def _shortcut(self, block: _Block) -> tuple[np.ndarray, _WayBack]:
        if block.projection is not None:
            variance = 1.0 if self.has_norm else block.projection * self._energy
            factor = 1 / float(self.x.var()) if self.has_norm else block.projection
            return self._normal(variance), lambda energy: factor * energy.mean()
        return _keep_channels(self.x, block)

    @property
    def _energy(self) -> float:
        return float((self.x**2).mean())

    def _normal(self, variance: float) -> np.ndarray:
        return self.random.standard_normal(_POPULATION) * math.sqrt(variance)


class _PreActivation:
    """The trunk of norm-ReLU-conv blocks, which is a sum.

    With batch norm the population holds the trunk without its channels' means, which the next norm
    takes away; `offset` is their variance.
    """

    def __init__(self, config: ModelConfig, stem_gain: float) -> None:
        self.alpha, self.has_norm = config.skip_strength, config.norm == "batch"
        self.random = np.random.default_rng(0)
        self.x = self._normal(stem_gain)
        self.offset = 0.0

    @property
    def deviation(self) -> float:
        """Standard deviation of the trunk over channels, pictures and places."""
        return math.sqrt(float(self.x.var()) + self.offset)

    def enter(self, block: _Block) -> _WayBack:
        """Takes the signal through a block."""
        x, is_open = self.x, self.x > self.x.mean() * self.has_norm
        scale = float(x.std()) if self.has_norm else 1.0
        rectified = np.where(is_open, x - x.mean() * self.has_norm, 0) / scale
        variance, branch_factor = self._branch(block.branch, rectified)
        source = rectified if block.shares_activation else x
        skip, skip_back = self._shortcut(block, source)
        self.x = self._normal(variance) + self.alpha * skip
        self._move_offset(block)

        def way_back(energy: np.ndarray) -> np.ndarray:
            through_branch = branch_factor * energy.mean()
            through_skip = self.alpha**2 * skip_back(energy)
            if block.shares_activation:
                return is_open / scale**2 * (through_branch + through_skip)
            return is_open / scale**2 * through_branch + through_skip

        return way_back

    def _branch(self, gains: tuple[float, ...], rectified: np.ndarray) -> tuple[float, float]:
        """Variance of the branch's output, and its factor on the squared gradient."""
        if self.has_norm:
            return gains[-1] * _RECTIFIED, gains[-1] * _LAYER ** (len(gains) - 1)
        factor = math.prod(gains) / 2 ** (len(gains) - 1)
        return factor * float((rectified**2).mean()), factor

    def _shortcut(self, block: _Block, source: np.ndarray) -> tuple[np.ndarray, _WayBack]:
        factor = block.projection
        if factor is not None:
            energy = float(source.var()) if self.has_norm else float((source**2).mean())
            return self._normal(factor * energy), lambda gradient: factor * gradient.mean()
        return _keep_channels(source, block)

    def _move_offset(self, block: _Block) -> None:
        """Squared mean of a rectified normal signal is 1/(2 pi); a convolution hands it on."""
        if self.has_norm:
            kept = 0.0 if block.shares_activation else self.offset
            self.offset = self.alpha**2 * kept + block.branch[-1] / (2 * math.pi)

    def _normal(self, variance: float) -> np.ndarray:
        return self.random.standard_normal(_POPULATION) * math.sqrt(variance)


def _keep_channels(x: np.ndarray, block: _Block) -> tuple[np.ndarray, _WayBack]:
    """The shortcut without weights: identity, or half of the channels zero (option A)."""
    if not block.pads_channels:
        return x, lambda energy: energy
    kept = np.arange(_POPULATION) % 2
    return x * kept, lambda energy: energy * kept


def _blocks(config: ModelConfig, image_size_px: int) -> Iterator[_Block]:
    """Gives the net's blocks in depth order."""
    entering, size_px = config.stem_width, image_size_px
    stages = zip(config.stage_blocks, config.stage_widths, config.stage_channels, strict=True)
    for stage, (count, width, leaving) in enumerate(stages):
        for index in range(count):
            shrinks = stage > 0 and index == 0
            size_px = math.ceil(size_px / 2) if shrinks else size_px
            changes = shrinks or entering != leaving
            projects = config.shortcut == "C" or (config.shortcut == "B" and changes)
            yield _Block(
                branch=_branch_gains(config, (entering, width, leaving), size_px),
                projection=_gain(config, 1, entering, leaving, size_px) if projects else None,
                pads_channels=not projects and entering != leaving,
                shares_activation=changes or stage == index == 0,
            )
            entering = leaving


def _branch_gains(
    config: ModelConfig, channels: tuple[int, int, int], size_px: int
) -> tuple[float, ...]:
    return tuple(
        _gain(config, each.kernel_px, each.in_channels, each.out_channels, size_px)
        for each in config.family.convolutions(config, *channels)
    )


def _gain(config: ModelConfig, kernel_px: int, entering: int, leaving: int, size_px: int) -> float:
    shape = (leaving, entering, kernel_px, kernel_px)
    std = initial_std(config.initialisation, torch.empty(shape, device="meta"))
    share = border_share(size_px) if kernel_px == 3 else 1.0
    return entering * kernel_px**2 * std**2 * share
