"""Evaluation on buffers that keep their place, recorded as a CUDA graph where there is one.

A batch is read, normalised, passed forward and judged by one launch; which batch it is, the work
itself counts up, and what it finds goes into a row of a buffer that is fetched once, at the end.
The last batch is mostly shorter, so it is judged one operation at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from resnet_core.config import DataConfig
from resnet_core.data import Batch, DataCard, DeviceSplit, assemble_batch, evaluation_batches
from resnet_core.training.evaluation import (
    MarkedScore,
    as_score,
    in_evaluation_mode,
    judge_batch,
    judge_batches,
)
from resnet_core.training.recording import Recorder, Recording

_AS_THEY_ARE = DataConfig(augmentation="none")


@dataclass(frozen=True, kw_only=True)
class JudgedPictures:
    """Pictures that a net is evaluated on again and again."""

    name: str
    """Of the split."""
    split: DeviceSplit
    """The pictures, on the net's device."""
    card: DataCard
    """By which they are normalised."""
    size: int
    """Pictures of a batch."""


class CapturedEvaluation:
    """The evaluation of one net on one split."""

    def __init__(
        self, model: nn.Module, pictures: JudgedPictures, recorder: Recorder | None
    ) -> None:
        """Allocates what it keeps.

        Args:
            model: the net; whoever changes more than its numbers makes another evaluation.
            pictures: on which it is judged.
            recorder: how batches are recorded; `None` judges them one operation at a time.
        """
        self._model, self._pictures = model, pictures
        count, size, device = len(pictures.split), pictures.size, pictures.split.labels.device
        self._num_whole = count // size
        self._cursor = torch.zeros(1, dtype=torch.int64, device=device)
        self._places = torch.arange(self._num_whole, device=device)
        self._losses = torch.zeros(self._num_whole, device=device)
        self._marks = torch.zeros(self._num_whole, size, dtype=torch.bool, device=device)
        self._batch = Recording(self._judge_whole_batch, recorder)

    @property
    def problem(self) -> str | None:
        """Why its batches could not be recorded, if they could not."""
        return self._batch.problem

    @torch.no_grad()
    def mark(self, should_stop: Callable[[], bool]) -> MarkedScore | None:
        """Evaluates the net as it is now; `None` if `should_stop` said so between two batches."""
        with in_evaluation_mode(self._model):
            self._cursor.zero_()
            for _ in range(self._num_whole):
                if should_stop():
                    return None
                self._batch.run()
            rest = judge_batches(self._model, self._rest(), should_stop)
        if rest is None:
            return None
        return as_score([*self._losses, *rest[0]], [self._marks.flatten(), *rest[1]])

    def _rest(self) -> Iterator[Batch]:
        """The batch that is left, if one is."""
        split, first = self._pictures.split, self._num_whole * self._pictures.size
        left = DeviceSplit(split.images[first:], split.labels[first:])
        return evaluation_batches(left, self._pictures.card, self._pictures.size)

    def _judge_whole_batch(self) -> torch.Tensor:
        """Judges the next batch; its pictures are the rows that the cursor says."""
        places = self._cursor * self._pictures.size
        places = places + torch.arange(self._pictures.size, device=places.device)
        batch = assemble_batch(
            self._pictures.split, self._pictures.card, _AS_THEY_ARE, places[None]
        )
        loss, marks = judge_batch(self._model, batch)
        is_here = self._places == self._cursor
        # A plain choice: writing by an index is not deterministic on every device.
        self._losses.copy_(torch.where(is_here, loss, self._losses))
        self._marks.copy_(torch.where(is_here[:, None], marks, self._marks))
        return self._cursor.add_(1)
