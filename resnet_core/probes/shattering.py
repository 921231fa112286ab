"""Shattered gradients: how soon the gradient forgets where it was, along a line of pictures.

From one picture to another, N pictures are mixed evenly.  The gradient of one logit with respect to
each of them is a point in pixel space; its autocorrelation over the line tells whether neighbouring
pictures agree on the direction of descent.  In deep plain nets it falls to that of white noise.

Source: Balduzzi et al. 2017 (arXiv 1702.08591), sec. 2 and fig. 1, who take fully connected nets
and numbers where this takes convolutional nets and pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from resnet_core.config import ModelConfig
from resnet_core.data import Batch
from resnet_core.errors import ProbeError
from resnet_core.models import ResNet, build_model
from resnet_core.probes.batches import BatchSpec, draw_batch, fit_config
from resnet_core.probes.spread import FEWEST_SEEDS, distinct, interval_95
from resnet_core.progress import Progress, ignore_progress
from resnet_core.students import CONFIDENCE


@dataclass(frozen=True, kw_only=True)
class Autocorrelation:
    """Autocorrelation of the input gradient along a line, for S seeds and K lags from 0 on."""

    config: ModelConfig
    """The net."""
    seeds: tuple[int, ...]
    """Seeds of weights and pictures."""
    lags: np.ndarray
    """Distance of two pictures as a share of the line, (K,) float64."""
    values: np.ndarray
    """Autocorrelation, 1 at lag 0, (S, K) float64."""
    white_noise: np.ndarray
    """What N independent gradients would have, (K,) float64."""

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        mean, noise = float(self.values[:, 1].mean()), float(self.white_noise[1])
        span = interval_95(self.values[:, 1])
        bounds = (mean, noise) if span is None else (mean, noise, *span)
        said, of_noise, *low_high = distinct(bounds)
        words = f"{said} (one seed" if span is None else f"{said} ({CONFIDENCE} interval "
        words += "" if span is None else f"{low_high[0]} to {low_high[1]}, {len(self.seeds)} seeds"
        return (
            f"Two pictures {self.lags[1]:.1%} of the line apart have gradients with a correlation "
            f"of {words}); white noise has {of_noise}{self._against_noise(span, noise)}."
        )

    def _against_noise(self, span: tuple[float, float] | None, noise: float) -> str:
        """What the interval says: nothing before three seeds."""
        if span is None or len(self.seeds) < FEWEST_SEEDS:
            return ""
        if span[0] > noise:
            return ", so neighbours agree more than by chance"
        if span[1] < noise:
            return ", so neighbours agree less than by chance"
        return ", from which that cannot be told"


def measure_shattering(
    config: ModelConfig,
    *,
    batch: BatchSpec | None = None,
    seeds: Sequence[int] = (0,),
    num_points: int = 64,
    max_lag: int = 15,
    progress: Progress = ignore_progress,
) -> Autocorrelation:
    """Measures fresh nets along the line between the first two pictures of each seed's batch.

    Batch norm is frozen at the statistics of the batch, so that the pictures of the line do not see
    each other.

    Raises:
        ProbeError: for fewer than three points, a lag as long as the line, no seed, or a gradient
            that is zero or not finite.
        CancelledError: if `progress` cancels.
    """
    if not 0 < max_lag < num_points or num_points < 3 or not seeds:
        raise ProbeError(
            f"A line of {num_points} pictures has lags of 1 to {num_points - 1}, got {max_lag}; it "
            "needs at least 3 pictures and one seed."
        )
    spec = batch or BatchSpec()
    config = fit_config(config, spec)
    values = []
    for number, seed in enumerate(seeds):
        progress(f"Walking between two pictures, seed {seed}", number / len(seeds))
        drawn = draw_batch(config, spec, seed=seed)
        model = build_model(config, seed=seed)
        values.append(autocorrelate(_line_gradients(model, drawn, num_points), max_lag))
    lags = np.arange(max_lag + 1)
    if not np.isfinite(values).all():
        raise ProbeError(
            f"The input gradient of {config.name} is zero or not finite: choose batch "
            "normalisation, another initialisation or fewer layers."
        )
    return Autocorrelation(
        config=config,
        seeds=tuple(seeds),
        lags=lags / (num_points - 1),
        values=np.stack(values),
        white_noise=white_noise_autocorrelation(num_points, max_lag),
    )


def autocorrelate(series: np.ndarray, max_lag: int) -> np.ndarray:
    """Autocorrelation of a series of vectors (N, D) at lags 0 to K, (K + 1,).

    The mean over the series is taken away; products of all coordinates are summed, so that every
    lag is divided by the same sum of squares (the biased estimate, never above 1).
    """
    centred = series - series.mean(axis=0)
    count = len(centred)
    with np.errstate(invalid="ignore", divide="ignore"):
        products = [(centred[: count - lag] * centred[lag:]).sum() for lag in range(max_lag + 1)]
        return np.array(products) / products[0]


def white_noise_autocorrelation(num_points: int, max_lag: int) -> np.ndarray:
    """Expected `autocorrelate` of independent vectors: 1, then -(N - k)/(N (N - 1))."""
    lags = np.arange(max_lag + 1)
    expected = -(num_points - lags) / (num_points * (num_points - 1))
    expected[0] = 1.0
    return expected


def _line_gradients(model: ResNet, batch: Batch, num_points: int) -> np.ndarray:
    """Gradient of the first logit at each picture of the line, (N, C * H * W) float64."""
    _freeze_norms(model, batch)
    way = torch.linspace(0, 1, num_points).reshape(-1, 1, 1, 1)
    line = torch.lerp(batch.images[:1], batch.images[1:2], way).requires_grad_()
    (gradient,) = torch.autograd.grad(model(line)[:, 0].sum(), line)
    return gradient.flatten(1).double().numpy()


def _freeze_norms(model: ResNet, batch: Batch) -> None:
    """Sets batch norm's running statistics to the batch's, and has it use them."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # a plain average, here over one batch
    with torch.no_grad():
        model.train()(batch.images)
    model.eval()
