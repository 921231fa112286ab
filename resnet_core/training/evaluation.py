"""Loss and accuracy of a net on a whole split."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from resnet_core.data import Batch


@dataclass(frozen=True)
class Score:
    """How a net does on a split."""

    loss: float
    """Mean cross-entropy, nats."""
    accuracy: float
    """Share of pictures whose most probable class is the right one."""
    num_correct: int
    num_pictures: int


def never() -> bool:
    """The answer of a caller that never interrupts."""
    return False


@torch.no_grad()
def evaluate(
    model: nn.Module, batches: Iterable[Batch], *, should_stop: Callable[[], bool] = never
) -> Score | None:
    """Evaluates a net in evaluation mode and leaves it in the mode that it was in.

    Returns:
        The score, or `None` if `should_stop` said so between two batches.
    """
    was_training = model.training
    model.eval()
    try:
        totals = _add_up(model, batches, should_stop)
    finally:
        model.train(was_training)
    if totals is None:
        return None
    loss, correct, count = totals.tolist()
    return Score(loss / count, correct / count, int(correct), int(count))


def _add_up(
    model: nn.Module, batches: Iterable[Batch], should_stop: Callable[[], bool]
) -> torch.Tensor | None:
    totals = torch.zeros(3, dtype=torch.float64)
    for batch in batches:
        if should_stop():
            return None
        logits = model(batch.images).float()
        loss = functional.cross_entropy(logits, batch.labels, reduction="sum")
        correct = (logits.argmax(1) == batch.labels).sum()
        totals += torch.tensor([loss.item(), correct.item(), len(batch.labels)])
    return totals
