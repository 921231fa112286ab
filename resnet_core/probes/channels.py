"""What a channel answers to over a data set: its strongest pictures, its classes, its silence."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from resnet_core.data import Batch
from resnet_core.errors import ProbeError
from resnet_core.models import ProbePoint, ResNet, list_probe_points
from resnet_core.probes.hooks import borrowed, capture_outputs
from resnet_core.progress import Progress, ignore_progress


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelStatistics:
    """How the channels of one layer answer to N pictures of K classes."""

    point: ProbePoint
    """The layer."""
    image_size_px: int
    """Side of the pictures, px."""
    num_pictures: int
    """N."""
    peak_values: np.ndarray
    """float32 (C, T), the largest value in each of the T strongest pictures, falling."""
    peak_pictures: np.ndarray
    """int64 (C, T), the numbers of those pictures, in the order in which they came."""
    peak_places: np.ndarray
    """int64 (C, T, 2), row and column of that value in the map."""
    class_means: np.ndarray
    """float32 (K, C), mean over a class's pictures and places of the positive part; 0 for none."""
    class_counts: np.ndarray
    """int64 (K,), pictures of each class."""
    dead_share: np.ndarray
    """float32 (C,), share of the pictures in which no place is above zero."""

    @property
    def selectivity(self) -> np.ndarray:
        """How much one class stands out, (C,): 0 for none, 1 for a channel of one class alone.

        (largest class mean - mean of the others) / (their sum), on the positive part, over the
        classes of which there were pictures; what a channel says of the others is not known.

        Source: Morcos et al. 2018 (arXiv 1803.06959) sec. 3 ("class selectivity index").
        """
        largest = self.class_means.max(axis=0)
        num_seen = int((self.class_counts > 0).sum())
        others = (self.class_means.sum(axis=0) - largest) / max(1, num_seen - 1)
        total = largest + others
        return np.divide(largest - others, total, out=np.zeros_like(total), where=total > 0)

    @property
    def favourite_class(self) -> np.ndarray:
        """Class with the largest mean, (C,) int64."""
        return self.class_means.argmax(axis=0)


def measure_channels(
    model: ResNet,
    path: str,
    batches: Iterable[Batch],
    *,
    num_top: int = 9,
    num_classes: int | None = None,
    progress: Progress = ignore_progress,
) -> ChannelStatistics:
    """Shows a net many pictures and remembers where each channel of a layer was strongest.

    Args:
        model: a net that nobody else uses meanwhile; it is left as it was.
        path: a layer with height and width.
        batches: normalised pictures (B, C, S, S) with labels.
        num_top: T, pictures remembered for each channel.
        num_classes: K, classes of the labels; the net's own by default.
        progress: told after each batch; it may cancel.

    Raises:
        ProbeError: for a layer that is not there or has no height and width, or no pictures.
        CancelledError: if `progress` cancels.
    """
    size_px = 0
    with borrowed(model, training=False), capture_outputs(model, [path]) as seen, torch.no_grad():
        tally = _Tally(num_top, num_classes or model.config.num_classes)
        for batch in batches:
            size_px = batch.images.shape[-1]
            model(batch.images)
            if seen[path].ndim != 4 or size_px < 1:
                raise ProbeError(f"The layer '{path}' has no height and width: choose a block.")
            tally.add(seen[path], batch.labels)
            progress(f"{tally.num_pictures} pictures seen")
    if tally.num_pictures == 0:
        raise ProbeError("There are no pictures to show to the net.")
    return tally.result(_point(model, path, size_px), size_px)


def receptive_window(
    point: ProbePoint, place: tuple[int, int], image_size_px: int
) -> tuple[int, int, int, int]:
    """Says which part of a picture one place of a map can see, cut at the borders.

    All windows of these nets are centred: the place in row r looks at the picture around row
    r * stride.

    Returns:
        Top, bottom, left and right, px; bottom and right are not included.
    """
    reach = (point.receptive_field_px - 1) // 2
    bounds = []
    for position in place:
        centre = position * point.stride_px
        bounds += [max(0, centre - reach), min(image_size_px, centre + reach + 1)]
    return bounds[0], bounds[1], bounds[2], bounds[3]


class _Tally:
    """Keeps the strongest pictures of each channel, and sums over classes."""

    def __init__(self, num_top: int, num_classes: int) -> None:
        self.num_top, self.num_classes, self.num_pictures = num_top, num_classes, 0
        self._values: Tensor | None = None  # (C, T)
        self._pictures = self._places = self._sums = self._dead = torch.empty(0)
        self._counts = torch.zeros(num_classes)

    def add(self, maps: Tensor, labels: Tensor) -> None:
        """Takes maps (B, C, h, w) of the next pictures and their labels (B,)."""
        batch_size, channels = maps.shape[:2]
        values, places = maps.flatten(2).max(dim=2)  # (B, C) each
        numbers = torch.arange(self.num_pictures, self.num_pictures + batch_size)
        self._keep_strongest(values, places, numbers[:, None].expand(-1, channels), maps.shape[-1])
        means = maps.relu().mean(dim=(2, 3)).cpu()
        known = labels.cpu().clamp(0, self.num_classes - 1)
        self._sums = self._sums.index_add(0, known, means)
        self._counts += torch.bincount(known, minlength=self.num_classes)
        self._dead = self._dead + (values <= 0).sum(dim=0).cpu()
        self.num_pictures += batch_size

    def result(self, point: ProbePoint, image_size_px: int) -> ChannelStatistics:
        """Gives what was kept."""
        assert self._values is not None
        return ChannelStatistics(
            point=point,
            image_size_px=image_size_px,
            num_pictures=self.num_pictures,
            peak_values=self._values.float().numpy(),
            peak_pictures=self._pictures.numpy(),
            peak_places=self._places.numpy(),
            class_means=(self._sums / self._counts.clamp_min(1)[:, None]).numpy(),
            class_counts=self._counts.numpy().astype(np.int64),
            dead_share=(self._dead / self.num_pictures).numpy(),
        )

    def _keep_strongest(self, values: Tensor, places: Tensor, numbers: Tensor, width: int) -> None:
        values, places = values.cpu().T, places.cpu().T  # (C, B)
        rows_and_columns = torch.stack([places // width, places % width], dim=2)
        numbers = numbers.T
        if self._values is None:
            channels = len(values)
            self._sums = torch.zeros(self.num_classes, channels)
            self._dead = torch.zeros(channels)
        else:
            values = torch.cat([self._values, values], dim=1)
            numbers = torch.cat([self._pictures, numbers], dim=1)
            rows_and_columns = torch.cat([self._places, rows_and_columns], dim=1)
        order = values.argsort(dim=1, descending=True, stable=True)[:, : self.num_top]
        self._values = values.gather(1, order)
        self._pictures = numbers.gather(1, order)
        self._places = rows_and_columns.gather(1, order[..., None].expand(-1, -1, 2))


def _point(model: ResNet, path: str, image_size_px: int) -> ProbePoint:
    points = {point.path: point for point in list_probe_points(model, image_size_px)}
    return points[path]
