"""Loss and accuracy of a net on a whole split."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from resnet_core.data import Batch, DataCard, DeviceSplit, evaluation_batches
from resnet_core.devices import memory_errors
from resnet_core.errors import OutOfMemoryError


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

    @property
    def score(self) -> Score:
        """The score alone."""
        return Score(self.loss, self.accuracy, self.num_correct, self.num_pictures)


def never() -> bool:
    """The answer of a caller that never interrupts."""
    return False


@torch.no_grad()
def mark(
    model: nn.Module, batches: Iterable[Batch], *, should_stop: Callable[[], bool] = never
) -> MarkedScore | None:
    """Evaluates a net in evaluation mode and leaves it in the mode that it was in.

    Returns:
        The score, or `None` if `should_stop` said so between two batches.
    """
    with in_evaluation_mode(model):
        found = judge_batches(model, batches, should_stop)
    return None if found is None else as_score(*found)


def mark_split(
    model: nn.Module,
    split: DeviceSplit,
    card: DataCard,
    size: int,
    *,
    should_stop: Callable[[], bool] = never,
) -> MarkedScore | None:
    """Evaluates as `mark` does, on a whole split, in smaller batches where memory does not suffice.

    Args:
        model: the net, on the split's device.
        split: the pictures.
        card: by which they are normalised.
        size: pictures of a batch, if they fit.
        should_stop: asked between two batches.

    Raises:
        OutOfMemoryError: when not even a single picture fits.
    """
    while True:
        try:
            with memory_errors(size):
                return mark(model, evaluation_batches(split, card, size), should_stop=should_stop)
        except OutOfMemoryError:
            if size == 1:
                raise
        size = max(1, size // 4)


@contextlib.contextmanager
def in_evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Leaves a net in the mode that it was in."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


def judge_batch(model: nn.Module, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Gives the summed cross-entropy of a batch, (), and which answers are right, (B,) bool."""
    logits = model(batch.images).float()
    loss = functional.cross_entropy(logits, batch.labels, reduction="sum")
    return loss, logits.argmax(1) == batch.labels


def judge_batches(
    model: nn.Module, batches: Iterable[Batch], should_stop: Callable[[], bool]
) -> tuple[list[torch.Tensor], list[torch.Tensor]] | None:
    """Gives what `judge_batch` says of each batch; `None` if it was to stop between two of them."""
    losses, marks = [], []
    for batch in batches:
        if should_stop():
            return None
        loss, are_right = judge_batch(model, batch)
        losses.append(loss)
        marks.append(are_right)
    return losses, marks


def as_score(losses: Sequence[torch.Tensor], marks: Sequence[torch.Tensor]) -> MarkedScore:
    """Adds up what `judge_batch` gave for all batches of a split.

    They are fetched here, together: a GPU would idle while each batch is waited for.
    """
    total_loss = 0.0
    for loss in torch.stack(list(losses)).tolist() if losses else ():
        total_loss += loss  # one by one, as `sum` rounds in another way since Python 3.12
    is_right = torch.cat(list(marks)).cpu().numpy() if marks else np.zeros(0, bool)
    correct, count = int(is_right.sum()), len(is_right)
    return MarkedScore(total_loss / count, correct / count, correct, count, is_right)
