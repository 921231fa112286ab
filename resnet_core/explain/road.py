"""ROAD: remove pixels without leaving a shape that tells the net what was removed."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.devices import where_doubles_are
from resnet_core.explain.removal import pixel_order, read_probabilities
from resnet_core.progress import Progress, ignore_progress

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of the pixels that are removed."""

_DIRECT, _DIAGONAL = 1 / 6, 1 / 12
"""Weights of a pixel's neighbours (Rong et al. 2022, sec. 4.3)."""
_NOISE = 0.01
"""Standard deviation of the noise on imputed pixels, in units of the normalised picture."""
_TOLERANCE = 1e-6
_MAX_STEPS = 2000


@dataclass(frozen=True, kw_only=True, eq=False)
class RoadCurve:
    """The probability of a class while pixels are removed in both orders of a map."""

    shares: np.ndarray
    """(P,), share of the pixels removed."""
    most_first: np.ndarray
    """(P,), probability after the strongest were removed; a faithful map makes it fall soon."""
    least_first: np.ndarray
    """(P,), probability after the weakest were removed; a faithful map keeps it up."""

    @property
    def score(self) -> float:
        """Half of the mean distance between both curves; above 0 is better than chance."""
        return float((self.least_first - self.most_first).mean() / 2)


def measure_road(
    model: nn.Module,
    picture: Tensor,
    values: np.ndarray,
    class_index: int,
    *,
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> RoadCurve:
    """Measures both ROAD curves of a map.

    Args:
        model: a net that nobody else uses meanwhile; it is left as it was.
        picture: (1, C, S, S) float32, normalised.
        values: (h, w), the map; enlarged linearly to the picture.
        class_index: the class whose probability is read.
        seed: of the noise, and of the order of pixels with equal values.
        progress: told after each pass; it may cancel.

    Raises:
        CancelledError: if `progress` cancels.

    Source: Rong et al. 2022 (arXiv 2202.00449) sec. 4.3, noisy linear imputation.
    """
    picture = picture.to(next(model.parameters()).device)
    side = picture.shape[-1]
    order = pixel_order(values, side, seed)
    counts = [round(share * len(order)) for share in SHARES]
    chosen = [order[:count] for count in counts] + [order.flip(0)[:count] for count in counts]
    removed = torch.zeros(len(chosen), side * side, dtype=torch.bool)
    for row, indices in zip(removed, chosen, strict=True):
        row[indices] = True
    progress("Filling the gaps", 0.0)
    filled = impute(picture, removed.reshape(-1, side, side).to(picture.device), seed=seed)
    probabilities = read_probabilities(model, filled, class_index, batch_size=18, progress=progress)
    return RoadCurve(
        shares=np.array(SHARES),
        most_first=probabilities[: len(SHARES)],
        least_first=probabilities[len(SHARES) :],
    )


def impute(picture: Tensor, removed: Tensor, *, seed: int = 0, noise: float = _NOISE) -> Tensor:
    """Fills removed pixels so that each is the weighted mean of its eight neighbours, plus noise.

    The equations are symmetric and positive definite, so that conjugate gradients solve all masks
    and channels at once without a matrix.

    Args:
        picture: (1, C, H, W).
        removed: bool (P, H, W); each must leave at least one pixel.
        seed: of the noise.
        noise: its standard deviation.

    Returns:
        (P, C, H, W) in the picture's type.
    """
    known = (~where_doubles_are(removed))[:, None].double()  # (P, 1, H, W)
    gaps = 1 - known
    image = where_doubles_are(picture).double()
    weight_sums = _neighbours(torch.ones_like(image[:, :1]))
    right = _neighbours(image * known) * gaps
    solution = torch.zeros_like(right)
    residual = right.clone()
    direction = residual.clone()
    power = (residual * residual).sum(dim=(2, 3), keepdim=True)
    goal = power.clamp_min(1e-30) * _TOLERANCE**2
    for _ in range(_MAX_STEPS):
        if bool((power <= goal).all()):
            break
        turned = (weight_sums * direction - _neighbours(direction)) * gaps
        length = power / (direction * turned).sum(dim=(2, 3), keepdim=True).clamp_min(1e-30)
        solution = solution + length * direction
        residual = residual - length * turned
        before, power = power, (residual * residual).sum(dim=(2, 3), keepdim=True)
        direction = residual + power / before.clamp_min(1e-30) * direction
    generator = torch.Generator().manual_seed(seed)
    grain = torch.randn(solution.shape, generator=generator, dtype=torch.float64)
    filled = image * known + (solution + noise * grain.to(solution.device)) * gaps
    return filled.to(picture.device, picture.dtype)


def _neighbours(maps: Tensor) -> Tensor:
    """Weighted sum of the eight neighbours of each pixel; beyond the border there is nothing."""
    kernel = maps.new_tensor(
        [[_DIAGONAL, _DIRECT, _DIAGONAL], [_DIRECT, 0, _DIRECT], [_DIAGONAL, _DIRECT, _DIAGONAL]]
    )
    flat = maps.flatten(0, 1)[:, None]
    return functional.conv2d(flat, kernel[None, None], padding=1).reshape(maps.shape)
