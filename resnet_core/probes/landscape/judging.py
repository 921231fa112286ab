"""Loss and error of a moved net on some pictures, with what its batch norms normalise by."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import nn
from torch.nn import functional

from resnet_core.data import Batch
from resnet_core.devices import memory_errors, where_doubles_are
from resnet_core.probes.landscape.places import Statistics
from resnet_core.probes.landscape.records import LandscapePoint

_AT_A_TIME = 128
"""Pictures that pass together; on a CPU more of them take longer each."""


def judge_on(batch: Batch, statistics: Statistics) -> Callable[[nn.Module], LandscapePoint]:
    """Makes what measures a net in evaluation mode on some pictures.

    Args:
        batch: the pictures.
        statistics: `stored` leaves batch norm's running statistics as the net has them, whatever
            its weights have become; `recomputed` first replaces them by those that these pictures
            have with the moved weights.
    """
    parts = split_batch(batch, _AT_A_TIME)

    def judge(model: nn.Module) -> LandscapePoint:
        started = time.perf_counter()
        with memory_errors(_AT_A_TIME), torch.inference_mode():
            if statistics == "recomputed":
                _recompute(model, parts)
            model.eval()
            loss, num_right = _add_up(model, parts)
        count = len(batch.labels)
        return LandscapePoint(
            loss=loss / count if math.isfinite(loss) else math.nan,
            error=1 - num_right / count,
            elapsed_s=time.perf_counter() - started,
        )

    return judge


def split_batch(batch: Batch, size: int) -> tuple[Batch, ...]:
    """Splits a batch into parts of at most so many pictures."""
    starts = range(0, len(batch.labels), size)
    return tuple(
        Batch(batch.images[start : start + size], batch.labels[start : start + size])
        for start in starts
    )


def batch_norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    """Lists a net's batch norms; none where it normalises otherwise."""
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def _add_up(model: nn.Module, parts: Sequence[Batch]) -> tuple[float, int]:
    """Sum of the cross-entropies, and the number of right answers."""
    loss, num_right = 0.0, 0
    for part in parts:
        logits = where_doubles_are(model(part.images)).double()
        labels = part.labels.to(logits.device)
        loss += float(functional.cross_entropy(logits, labels, reduction="sum"))
        num_right += int((logits.argmax(1) == labels).sum())
    return loss, num_right


def _recompute(model: nn.Module, parts: Sequence[Batch]) -> None:
    """Sets running statistics to the mean of those of the parts; only batch norms train."""
    with _averaging(batch_norms(model)) as norms:
        model.eval()
        for norm in norms:
            norm.train()
        for part in parts if norms else ():
            model(part.images)


@contextlib.contextmanager
def _averaging(norms: list[nn.BatchNorm2d]) -> Iterator[list[nn.BatchNorm2d]]:
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
    try:
        yield norms
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
