"""How many held pictures a net names rightly: a few first, then many of which they are part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from resnet_core.asking.labelled_sets import LabelledSet
from resnet_core.asking.net import ReadyNet
from resnet_core.devices import answers_in_parts, memory_errors
from resnet_core.explain import normalise_pictures
from resnet_core.progress import Progress, ignore_progress
from resnet_core.shares import newcombe_paired_interval, wilson_interval
from resnet_core.students import Interval

NUM_FEW, NUM_MANY = 100, 1000
"""Pictures of the first estimate, and of the second, the first ones among them."""
_BATCH = 25
"""Pictures at a time: more of them leave a processor's cache."""
_ORDER_SEED = 20_150_610
"""Of the order in which held pictures are taken, the same for every net and every switch."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldAnswers:
    """Which of the held pictures a net names rightly."""

    data_title: str
    """Where the pictures come from."""
    is_right: np.ndarray
    """bool (n,), in the order that is the same for all nets."""

    @property
    def num_right(self) -> int:
        """Pictures named rightly."""
        return int(self.is_right.sum())

    @property
    def num_pictures(self) -> int:
        """Pictures shown."""
        return len(self.is_right)

    @property
    def accuracy(self) -> float:
        """Share named rightly, 0 to 1."""
        return self.num_right / self.num_pictures

    @property
    def interval(self) -> Interval:
        """Wilson's 95 % interval of the accuracy."""
        return wilson_interval(self.num_right, self.num_pictures)

    def gain_over(self, other: "HeldAnswers") -> Interval:
        """Newcombe's 95 % interval of this accuracy minus another's, on the pictures of both."""
        count = min(self.num_pictures, other.num_pictures)
        mine, theirs = self.is_right[:count], other.is_right[:count]
        return newcombe_paired_interval(
            (int(mine.sum()), int(theirs.sum())),
            (int((mine & ~theirs).sum()), int((theirs & ~mine).sum())),
            count,
        )

    def first(self, count: int) -> "HeldAnswers":
        """The answers to the first of the pictures."""
        return HeldAnswers(data_title=self.data_title, is_right=self.is_right[:count])

    def followed_by(self, more: "HeldAnswers") -> "HeldAnswers":
        """These answers and those to the pictures that come next."""
        joined = np.concatenate([self.is_right, more.is_right])
        return HeldAnswers(data_title=self.data_title, is_right=joined)


def answer_held(
    net: ReadyNet,
    labelled: LabelledSet,
    *,
    start: int = 0,
    stop: int = NUM_FEW,
    progress: Progress = ignore_progress,
) -> HeldAnswers:
    """Shows a net held pictures, in an order that is the same for every net.

    Args:
        net: the net.
        labelled: the pictures, under the net's own classes, as `with_net_classes` gives them.
        start: number of the first, in that order.
        stop: number behind the last; a set that has fewer ends before.
        progress: told after each batch; it may cancel.

    Raises:
        OutOfMemoryError: when the device is too small for a single picture.
        CancelledError: if `progress` cancels.
    """
    numbers, answers = _in_order(labelled)[start:stop], []
    with net.use(for_long=True) as model:
        model = model.to(memory_format=torch.channels_last)

        def name(seen: Sequence[np.ndarray]) -> Sequence[int]:
            with memory_errors(len(seen)), torch.inference_mode():
                batch = normalise_pictures(np.stack(seen), net.card).to(net.device)
                return model(batch).argmax(dim=1).tolist()

        for first in range(0, len(numbers), _BATCH):
            chosen = numbers[first : first + _BATCH]
            progress(f"{first:,} of {len(numbers):,} held pictures", first / len(numbers))
            seen = [net.see_pixels(p).pixels for p in labelled.pictures(chosen)]
            answers += answers_in_parts(seen, name)
    is_right = np.array(answers) == labelled.labels[numbers]
    return HeldAnswers(data_title=labelled.title, is_right=is_right)


def _in_order(labelled: LabelledSet) -> np.ndarray:
    """Numbers of the pictures in an order of chance."""
    return np.random.default_rng(_ORDER_SEED).permutation(len(labelled.labels))
