"""What a lesion bench found: how many pictures a net still gets right without some of its blocks.

Two readings are told apart.  *As is*, every layer behind a removed block goes on with the
statistics that its batch norm gathered while the block was there.  *Recalibrated*, those batch
norms take their statistics anew from a few hundred other pictures, without labels and without
training: what is lost then is the block's work, and no mere shift of scale.

Source: Veit, Wilber, Belongie 2016 (arXiv 1605.06431), sec. 4.1 and 4.2, fig. 3 and 5.
"""

import statistics
from dataclasses import dataclass
from typing import Literal

from resnet_core.probes.spread import interval_95
from resnet_core.shares import newcombe_paired_interval, wilson_interval
from resnet_core.students import Interval

LesionReading = Literal["as_is", "recalibrated"]


@dataclass(frozen=True, kw_only=True)
class LesionScore:
    """How a net, whole or not, answers N pictures."""

    right: int
    """Right answers."""
    gained: int = 0
    """Right answers where the whole net, as it is, answers wrongly."""
    total: int
    """N."""

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.right / self.total

    @property
    def interval_95(self) -> Interval:
        """Wilson's interval of the accuracy: how far chance in the choice of pictures reaches."""
        return wilson_interval(self.right, self.total)

    def lost_interval(self, whole: "LesionScore") -> Interval:
        """Newcombe's 95 % interval of the accuracy that was lost, of answers to one set."""
        lost = whole.right - (self.right - self.gained)
        return newcombe_paired_interval((whole.right, self.right), (lost, self.gained), self.total)


@dataclass(frozen=True, kw_only=True)
class BlockLesion:
    """A net without one of its blocks."""

    path: str
    """Dotted path of the block."""
    reason: str = ""
    """Why it cannot be removed, in a sentence; empty where it can."""
    as_is: LesionScore | None = None
    """`None` where the block cannot be removed."""
    recalibrated: LesionScore | None = None
    """`None` also where nothing was recalibrated."""

    @property
    def is_removable(self) -> bool:
        """Whether the net could do without it."""
        return not self.reason

    def score(self, reading: LesionReading) -> LesionScore | None:
        """The score of one reading."""
        return self.as_is if reading == "as_is" else self.recalibrated


@dataclass(frozen=True, kw_only=True)
class LesionDraw:
    """A net without some blocks that were drawn at random, on pictures of the draw's own."""

    removed: tuple[str, ...]
    """Their paths, in depth order."""
    as_is: LesionScore
    recalibrated: LesionScore | None = None


@dataclass(frozen=True, kw_only=True)
class RandomLesions:
    """Several draws of one number of blocks.

    Each draw is judged by a share of the pictures that no other draw of this number sees, so that
    the spread between draws holds the chance of the blocks and that of the pictures.
    """

    draws: tuple[LesionDraw, ...]

    @property
    def num_removed(self) -> int:
        """Blocks that each draw removes."""
        return len(self.draws[0].removed)

    def accuracies(self, reading: LesionReading) -> tuple[float, ...]:
        """Accuracy of each draw; none where nothing was recalibrated."""
        scores = [d.as_is if reading == "as_is" else d.recalibrated for d in self.draws]
        return tuple(score.accuracy for score in scores if score is not None)

    def mean(self, reading: LesionReading) -> float | None:
        """Mean accuracy over the draws."""
        found = self.accuracies(reading)
        return statistics.fmean(found) if found else None

    def interval(self, reading: LesionReading) -> Interval | None:
        """Student's 95 % interval of that mean, within 0 and 1; `None` for fewer than two."""
        found = interval_95(self.accuracies(reading))
        return None if found is None else (max(0.0, found[0]), min(1.0, found[1]))


@dataclass(frozen=True, kw_only=True)
class LesionBench:
    """A net without each of its blocks in turn, and without several at random."""

    name: str
    """The net."""
    is_plain: bool
    """Whether it has no shortcuts."""
    num_classes: int
    """Classes that it knows."""
    num_calibration: int
    """Pictures, none of the N, by which batch norm was recalibrated; 0 where it was not."""
    whole: LesionScore
    """With all blocks, as it is, on N pictures."""
    recalibrated_whole: LesionScore | None
    """With all blocks and every batch norm recalibrated: what so few pictures alone do to it."""
    blocks: tuple[BlockLesion, ...]
    """Without each block, in depth order."""
    at_random: tuple[RandomLesions, ...]
    """Without 1, 2, 3 and more blocks at random, the fewest first."""
    elapsed_s: float
    """Seconds that it took."""

    @property
    def num_pictures(self) -> int:
        """N, pictures that no net was trained on."""
        return self.whole.total

    @property
    def chance(self) -> float:
        """What a guess among the classes gets right."""
        return 1 / self.num_classes

    @property
    def removable(self) -> tuple[BlockLesion, ...]:
        """Lesions of the blocks that the net can do without."""
        return tuple(block for block in self.blocks if block.is_removable)

    @property
    def readings(self) -> tuple[LesionReading, ...]:
        """What was measured of each lesion."""
        return ("as_is", "recalibrated") if self.num_calibration else ("as_is",)
