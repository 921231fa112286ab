"""Deletion and insertion: does the answer follow the map when pixels go and come in its order?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.explain.lending import lent
from resnet_core.progress import Progress, ignore_progress, partial_progress

RemovalKind = Literal["deletion", "insertion"]

_BLUR_SHARE = 1 / 12
"""Standard deviation of the blur over the picture's side.  The paper's 5 px at 224 px would leave a
32 px picture almost as it was, and insertion would begin with everything already there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RemovalCurve:
    """The probability of a class while a picture's pixels change in the order of a map."""

    kind: RemovalKind
    """`deletion`: to the mean colour, the strongest first.  `insertion`: from a blurred picture to
    the sharp one, the strongest first."""
    shares: np.ndarray
    """(S + 1,), share of the pixels changed so far, from 0 to 1."""
    probabilities: np.ndarray
    """(S + 1,), softmax of the class."""

    @property
    def area(self) -> float:
        """Area under the curve: small is good for deletion, large for insertion."""
        return float(np.trapezoid(self.probabilities, self.shares))


@dataclass(frozen=True, kw_only=True)
class RemovalSettings:
    """How finely curves are measured."""

    num_steps: int = 32
    """Steps from the whole picture to none of it."""
    batch_size: int = 32
    """Pictures in one pass."""
    seed: int = 0
    """Breaks ties between pixels of equal value, which would else fall in reading order."""


def measure_removal(
    model: nn.Module,
    picture: Tensor,
    values: np.ndarray,
    class_index: int,
    *,
    settings: RemovalSettings | None = None,
    progress: Progress = ignore_progress,
) -> tuple[RemovalCurve, RemovalCurve]:
    """Measures the deletion and the insertion curve of a map.

    Args:
        model: a net that nobody else uses meanwhile; it is left as it was.
        picture: (1, C, S, S) float32, normalised, so that zero is the mean colour.
        values: (h, w), the map; enlarged linearly to the picture.
        class_index: the class whose probability is read.
        settings: number of steps, batch and seed.
        progress: told after each pass; it may cancel.

    Raises:
        CancelledError: if `progress` cancels.

    Source: Petsiuk et al. 2018 (arXiv 1806.07421) sec. 4.1 and 4.2.
    """
    settings = settings or RemovalSettings()
    picture = picture.to(next(model.parameters()).device)
    order = pixel_order(values, picture.shape[-1], settings.seed)
    shares = np.linspace(0, 1, settings.num_steps + 1)
    pictures: dict[RemovalKind, Tensor] = {
        "deletion": _changed(picture, torch.zeros_like(picture), order, shares),
        "insertion": _changed(_blurred(picture), picture, order, shares),
    }
    curves = []
    for number, (kind, versions) in enumerate(pictures.items()):
        probabilities = _read(
            model,
            versions,
            class_index,
            settings,
            partial_progress(progress, number / 2, (number + 1) / 2),
        )
        curves.append(RemovalCurve(kind=kind, shares=shares, probabilities=probabilities))
    return curves[0], curves[1]


def pixel_order(values: np.ndarray, side_px: int, seed: int) -> Tensor:
    """Numbers of the pixels of a square picture, the strongest of the enlarged map first."""
    tensor = torch.from_numpy(np.ascontiguousarray(values, np.float32))[None, None]
    large = functional.interpolate(tensor, [side_px, side_px], mode="bilinear")[0, 0].flatten()
    shuffled = torch.randperm(len(large), generator=torch.Generator().manual_seed(seed))
    return shuffled[large[shuffled].argsort(descending=True, stable=True)]


def read_probabilities(
    model: nn.Module,
    pictures: Tensor,
    class_index: int,
    *,
    batch_size: int,
    progress: Progress = ignore_progress,
) -> np.ndarray:
    """Softmax of a class for pictures (N, C, S, S), in batches; (N,) float64."""
    found = []
    with lent(model), torch.no_grad():
        for batch in pictures.split(batch_size):
            found.append(model(batch).softmax(dim=1)[:, class_index].cpu())
            done = sum(len(part) for part in found)
            progress(f"{done} of {len(pictures)} pictures", done / len(pictures))
    return torch.cat(found).double().numpy()


def _read(
    model: nn.Module,
    pictures: Tensor,
    class_index: int,
    settings: RemovalSettings,
    progress: Progress,
) -> np.ndarray:
    return read_probabilities(
        model, pictures, class_index, batch_size=settings.batch_size, progress=progress
    )


def _changed(start: Tensor, end: Tensor, order: Tensor, shares: np.ndarray) -> Tensor:
    """Pictures on the way from one to another, (S + 1, C, H, W)."""
    ranks = torch.empty_like(order)
    ranks[order] = torch.arange(len(order))
    ranks = ranks.reshape(start.shape[-2:]).to(start.device)
    counts = [round(float(share) * len(order)) for share in shares]
    return torch.cat([torch.where(ranks < count, end, start) for count in counts])


def _blurred(picture: Tensor) -> Tensor:
    side = picture.shape[-1]
    std = max(1.0, side * _BLUR_SHARE)
    reach = min(side - 1, round(3 * std))
    offsets = torch.arange(-reach, reach + 1, device=picture.device)
    weights = torch.exp(-(offsets**2) / (2 * std**2))
    weights = weights / weights.sum()
    padded = functional.pad(picture, (reach, reach, reach, reach), mode="reflect")
    kernel = weights.expand(picture.shape[1], 1, 1, -1)
    rows = functional.conv2d(padded, kernel, groups=picture.shape[1])
    return functional.conv2d(rows, kernel.transpose(2, 3), groups=picture.shape[1])
