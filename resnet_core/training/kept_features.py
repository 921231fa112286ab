"""What a frozen body makes of unchanged pictures, computed once: then the classifier alone trains.

A body that does not learn, and pictures that are not augmented, give the same features at every
step.  Computed once for each split they make a step a matter of one matrix product.  Whether they
may be used is a pure function of the run's edits, and so are they: a resumed run computes the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from resnet_core.data import Batch, DataCard, DeviceSplit, draw_step, evaluation_batches
from resnet_core.models import learns_by_classifier_alone
from resnet_core.progress import Progress, ignore_progress
from resnet_core.training.arms import Arm, FeatureBatch
from resnet_core.training.changes import Changes

_PICTURES_AT_ONCE = 32
_MOST_BYTES = 2**30
_BYTES_OF_NUMBER = 4


@dataclass
class _OfArm:
    """What is kept of one arm, for the edits of its net that were done until then."""

    num_edits: int
    splits: dict[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])


class FeatureKeeper:
    """Features of the arms whose body is frozen, computed as they are asked for."""

    def __init__(self, card: DataCard, changes: Changes) -> None:
        """Keeps nothing yet.

        Args:
            card: by which pictures are normalised.
            changes: what was edited in the run so far.
        """
        self._card, self._changes = card, changes
        self._kept: dict[int, _OfArm] = {}

    def may_keep(self, arm: Arm, pictures: DeviceSplit) -> bool:
        """Whether an arm's body makes the same of these pictures at every step, and it fits."""
        size = len(pictures) * arm.model.classifier.in_features * _BYTES_OF_NUMBER
        return (
            arm.config.start is not None
            and self._changes.data.augmentation == "none"
            and size <= _MOST_BYTES
            and learns_by_classifier_alone(arm.model)
        )

    def features(
        self, arm: Arm, name: str, pictures: DeviceSplit, progress: Progress = ignore_progress
    ) -> torch.Tensor:
        """Gives the features (N, C) of a split, which are computed where they are not kept.

        Args:
            arm: one that `may_keep`.
            name: of the split.
            pictures: of the split.
            progress: told after each batch; it may cancel.
        """
        edits = self._changes.done
        count = sum(edit.is_of_net and edit.arm == arm.config.label for edit in edits)
        kept = self._kept.get(arm.index)
        if kept is None or kept.num_edits != count:
            kept = self._kept[arm.index] = _OfArm(count)
        if name not in kept.splits:
            kept.splits[name] = _compute(arm, pictures, self._card, progress)
        return kept.splits[name]

    def batch(self, arm: Arm, pictures: DeviceSplit, step: int, size: int) -> FeatureBatch | None:
        """Gives a training step's features, or `None` where the step needs the pictures."""
        if not self.may_keep(arm, pictures):
            return None
        data, seed = self._changes.data, arm.replica.seed
        (indices,) = draw_step(len(pictures), data, seed=seed, step=step, batch_size=size)
        chosen = torch.from_numpy(indices).to(pictures.labels.device)
        features = self.features(arm, "train", pictures)
        return FeatureBatch(features[chosen], pictures.labels[chosen])

    def evaluation(
        self, arm: Arm, name: str, pictures: DeviceSplit, size: int
    ) -> Iterator[Batch] | None:
        """Gives a split's features in order, or `None` where its pictures are needed."""
        if not self.may_keep(arm, pictures):
            return None
        features = self.features(arm, name, pictures)
        places = (slice(start, start + size) for start in range(0, len(pictures), size))
        return (Batch(features[place], pictures.labels[place]) for place in places)


@torch.no_grad()
def _compute(arm: Arm, pictures: DeviceSplit, card: DataCard, progress: Progress) -> torch.Tensor:
    was_training, parts, num_done = arm.model.training, [], 0
    arm.model.eval()
    try:
        for batch in evaluation_batches(pictures, card, _PICTURES_AT_ONCE):
            parts.append(arm.model.pooled(batch.images))
            num_done += len(batch.labels)
            progress(
                f"Asking the frozen body about {num_done:,} of {len(pictures):,} pictures, once.",
                num_done / len(pictures),
            )
    finally:
        arm.model.train(was_training)
    return torch.cat(parts)
