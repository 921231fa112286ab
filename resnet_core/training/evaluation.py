"""Loss and accuracy of a net on a whole split."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
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


@dataclass(frozen=True)
class MarkedScore(Score):
    """A score that also tells which pictures were answered rightly."""

    is_right: np.ndarray = field(repr=False)
    """(N,) bool, in the split's order."""


def never() -> bool:
    """The answer of a caller that never interrupts."""
    return False


def evaluate_batches(model: nn.Module, batches: Iterable[Batch]) -> Score:
    """Evaluates a net in evaluation mode and leaves it in the mode that it was in."""
    marked = mark(model, batches)
    assert marked is not None  # nobody interrupts
    return Score(marked.loss, marked.accuracy, marked.num_correct, marked.num_pictures)


@torch.no_grad()
def mark(
    model: nn.Module, batches: Iterable[Batch], *, should_stop: Callable[[], bool] = never
) -> MarkedScore | None:
    """Evaluates as `evaluate_batches` does, and keeps which answers were right.

    Returns:
        The score, or `None` if `should_stop` said so between two batches.
    """
    was_training = model.training
    model.eval()
    try:
        return _add_up(model, batches, should_stop)
    finally:
        model.train(was_training)


def _add_up(
    model: nn.Module, batches: Iterable[Batch], should_stop: Callable[[], bool]
) -> MarkedScore | None:
    losses, marks = [], []
    for batch in batches:
        if should_stop():
            return None
        logits = model(batch.images).float()
        losses.append(functional.cross_entropy(logits, batch.labels, reduction="sum"))
        marks.append(logits.argmax(1) == batch.labels)
    # Fetched at the end, together: a GPU would idle while each batch is waited for.
    total_loss = 0.0
    for loss in torch.stack(losses).tolist() if losses else ():
        total_loss += loss  # one by one, as `sum` rounds in another way since Python 3.12
    is_right = torch.cat(marks).cpu().numpy() if marks else np.zeros(0, bool)
    correct, count = int(is_right.sum()), len(is_right)
    return MarkedScore(total_loss / count, correct / count, correct, count, is_right)
