"""How far two arms of a run are apart: losses, answers and gradients of steps that both took.

Everything is read from the run's store, a bounded number of rows however long the run is.
"""

import functools
import math
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_core.comparing.shared_steps import (
    Newest,
    SharedSteps,
    norm_ratios,
    opened_store,
    read_answers,
    read_newest,
    read_shared_evaluation,
    read_steps,
    shared_steps,
)
from resnet_core.comparing.significance import mcnemar_p, newcombe_interval
from resnet_core.config import ExperimentConfig
from resnet_core.runs.status import ArmStatus, RunStatus, read_config, run_dir

WINDOW = 20
"""Steps whose median loss is compared: a single batch says little."""


@dataclass(frozen=True, kw_only=True)
class Accuracies:
    """Two arms after the same step, on the same validation pictures."""

    step: int
    first: float
    """Share of right answers."""
    second: float
    num_pictures: int | None
    """`None` in a run of an earlier version that did not say."""
    only_first: int | None = None
    """Pictures that the first alone answers rightly; `None` where single answers were not kept."""
    only_second: int | None = None

    @property
    def difference(self) -> float:
        """The first's share minus the second's."""
        return self.first - self.second

    @property
    def p_value(self) -> float | None:
        """McNemar's exact p-value; `None` where single answers were not kept."""
        if self.only_first is None or self.only_second is None:
            return None
        return mcnemar_p(self.only_first, self.only_second)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Newcombe's 95 % interval of the difference; `None` where no number is known."""
        if self.num_pictures is None:
            return None
        right = [round(share * self.num_pictures) for share in (self.first, self.second)]
        first, second = ((number, self.num_pictures) for number in right)
        return newcombe_interval(first, second)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two arms of one run; the residual one is the first where the other is plain."""

    first: str
    """Label."""
    second: str
    step: int
    """The run's last step; 0 before the first."""
    num_steps: int
    """Length of the run; 0 while it is not known."""
    is_over: bool
    """Whether no worker is behind the run."""
    num_losses: int
    """Newest steps that both arms took, at most `WINDOW`; 0 when one of them trains no more."""
    first_loss: float | None
    """Median over those steps; `None` without any."""
    second_loss: float | None
    warmup_steps: int
    """Step until which the learning rate rises; 0 without a warm-up."""
    stopped: tuple[tuple[str, str], ...]
    """Label and reason of each of the two that stopped early."""
    accuracies: Accuracies | None
    """After the last step at which both were evaluated."""
    start_ratio: float | None
    """The first's gradient norm over the second's at step 1."""
    recent_ratio: float | None
    """Median of the same over the newest steps."""

    @property
    def loss_difference(self) -> float | None:
        """The first's loss minus the second's."""
        if self.first_loss is None or self.second_loss is None:
            return None
        return self.first_loss - self.second_loss


@dataclass(frozen=True)
class _Question:
    """A run as it stands at a moment: equal questions have equal answers."""

    folder: Path
    arms: tuple[ArmStatus, ...]
    num_steps: int
    is_over: bool
    newest: Newest


def compare_arms(status: RunStatus) -> tuple[Comparison, ...]:
    """Compares the arms of a run, as far as it is.

    Returns:
        Nothing for a single arm; else the pair of the verdict (the residual arm beside the plain
        one, or the first beside the second), and then its first arm beside each other arm.

    Raises:
        RunNotFoundError: when the run is gone.
        RunError: when its store cannot be read.
    """
    if len(status.arms) < 2:
        return ()
    folder = run_dir(status.run_id)
    with opened_store(folder) as connection:
        newest = read_newest(connection)
    return _answer(_Question(folder, status.arms, status.num_steps, not status.is_live, newest))


def pair_arms(arms: Sequence[ArmStatus]) -> tuple[tuple[int, int], ...]:
    """Says by their places which arms are set beside each other, the verdict's pair first."""
    plain = [place for place, arm in enumerate(arms) if arm.is_plain]
    residual = [place for place, arm in enumerate(arms) if not arm.is_plain]
    first = residual[0] if residual and plain else 0
    others = [place for place in range(len(arms)) if place != first]
    if residual and plain:
        others.sort(key=lambda place: place != plain[0])
    return tuple((first, other) for other in others)


@functools.lru_cache(maxsize=64)
def _answer(question: _Question) -> tuple[Comparison, ...]:
    config, last = read_config(question.folder.name), question.newest.step
    with opened_store(question.folder) as connection:
        newest = read_steps(connection, last - WINDOW + 1, last)
        first = read_steps(connection, 1, 1)
        return tuple(
            _compare(
                question,
                pair,
                steps=shared_steps(newest, pair, last),
                start=shared_steps(first, pair, 1),
                warmup_steps=math.ceil(config.training.warmup_share * question.num_steps),
                accuracies=_read_accuracies(connection, pair, config),
            )
            for pair in pair_arms(question.arms)
        )


def _compare(
    question: _Question,
    pair: tuple[int, int],
    *,
    steps: SharedSteps,
    start: SharedSteps,
    warmup_steps: int,
    accuracies: Accuracies | None,
) -> Comparison:
    first, second = (question.arms[place] for place in pair)
    return Comparison(
        first=first.label,
        second=second.label,
        step=question.newest.step,
        num_steps=question.num_steps,
        is_over=question.is_over,
        num_losses=len(steps),
        first_loss=_median([each.losses[0] for each in steps]),
        second_loss=_median([each.losses[1] for each in steps]),
        warmup_steps=warmup_steps,
        stopped=tuple(
            (arm.label, arm.stopped_message) for arm in (first, second) if arm.stopped_message
        ),
        accuracies=accuracies,
        start_ratio=_median(norm_ratios(start)),
        recent_ratio=_median(norm_ratios(steps)),
    )


def _read_accuracies(
    connection: sqlite3.Connection, pair: tuple[int, int], config: ExperimentConfig
) -> Accuracies | None:
    """Reads the last validation of both, and how their answers to the same pictures differ."""
    found = read_shared_evaluation(connection, pair)
    if found is None:
        return None
    step, *shares = found
    answers = read_answers(connection, step, pair)
    if answers is None:
        most = config.data.max_validation
        return Accuracies(
            step=step,
            first=shares[0],
            second=shares[1],
            num_pictures=most if most and _could_be_shares(shares, most) else None,
        )
    first, second = answers
    return Accuracies(
        step=step,
        first=shares[0],
        second=shares[1],
        num_pictures=len(first),
        only_first=int((first & ~second).sum()),
        only_second=int((second & ~first).sum()),
    )


def _could_be_shares(shares: Sequence[float], total: int) -> bool:
    """Whether shares are whole numbers of pictures; fewer pictures than asked for show here."""
    return all(math.isclose(share * total, round(share * total), abs_tol=1e-6) for share in shares)


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
