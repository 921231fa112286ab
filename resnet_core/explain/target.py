"""What a map explains: the score of one class, or one class against another."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from resnet_core.errors import ProbeError
from resnet_core.explain.draws import DrawAgreement
from resnet_core.progress import Progress, ignore_progress


@dataclass(frozen=True, kw_only=True)
class Target:
    """The score whose origin is sought: a logit, before softmax."""

    class_index: int | None = None
    """The class; `None` takes the one that the net predicts for the picture."""
    against: int | None = None
    """Explain the difference to this class's logit instead of the logit alone."""


class ScoredNet(nn.Module):
    """A net that returns one number for each picture: the score of a target.

    The first pass settles what a target of `None` means and keeps the logits, so that a method
    that starts with the plain picture needs no pass of its own for it.
    """

    def __init__(
        self,
        model: nn.Module,
        target: Target,
        *,
        progress: Progress = ignore_progress,
        num_pictures: int | None = None,
    ) -> None:
        """Wraps a net without touching it.

        Args:
            model: maps (N, C, H, W) to logits (N, K).
            target: what to explain.
            progress: told after each pass; it cancels by raising.
            num_pictures: pictures that will pass in all, for the share done.
        """
        super().__init__()
        self.model = model
        self.target = target
        self.logits: Tensor | None = None
        self.draws: DrawAgreement | None = None
        """How far two draws of a map that is drawn at random agree; its method notes it here."""
        self._progress, self._num_pictures, self._num_done = progress, num_pictures, 0

    def forward(self, pictures: Tensor) -> Tensor:
        """Maps pictures (N, C, H, W) to the target's scores (N,).

        Raises:
            ProbeError: when the net has no such class, or its first answer is not finite.
        """
        logits = self.model(pictures)  # (N, K)
        if self.logits is None:
            self.target = settle(self.target, logits[0])
            self.logits = logits[0].detach()
        self._tell(len(pictures))
        scores = logits[:, self.target.class_index]
        return scores if self.target.against is None else scores - logits[:, self.target.against]

    def _tell(self, num_pictures: int) -> None:
        self._num_done += num_pictures
        share = None
        if self._num_pictures:
            share = min(1.0, self._num_done / self._num_pictures)
        self._progress(f"{self._num_done} pictures through the net", share)


def settle(target: Target, logits: Tensor) -> Target:
    """Fills in the predicted class and checks that all classes are there.

    Args:
        target: as asked.
        logits: (K,), the net's answer to the picture.

    Raises:
        ProbeError: for a class that the net does not have, a class against itself, or logits that
            are not finite.
    """
    if not torch.isfinite(logits).all():
        raise ProbeError(
            "The net's answer to this picture is not a finite number: its weights have diverged; "
            "take an earlier step or another net."
        )
    num_classes = len(logits)
    class_index = int(logits.argmax()) if target.class_index is None else target.class_index
    for index in (class_index, target.against):
        if index is not None and not 0 <= index < num_classes:
            raise ProbeError(
                f"There is no class number {index}: this net's classes are numbered 0 to "
                f"{num_classes - 1}."
            )
    if target.against == class_index:
        raise ProbeError("A class cannot be set against itself: choose two different classes.")
    return Target(class_index=class_index, against=target.against)
