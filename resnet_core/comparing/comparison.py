"""How far two arms of a run are apart: losses, answers and gradients of steps that both took.

Everything is read from the run's store, a bounded number of rows however long the run is.
"""

import functools
import math
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from resnet_core.comparing.measured import WINDOW, Accuracies, Comparison, OverSeeds
from resnet_core.comparing.seed_pairs import SeedPairs, pair_evaluations, pair_values
from resnet_core.comparing.shared_steps import (
    Newest,
    SharedSteps,
    StepTable,
    norm_ratios,
    opened_store,
    read_answers,
    read_newest,
    read_shared_evaluations,
    read_steps,
    shared_steps,
)
from resnet_core.config import ExperimentConfig, Replica
from resnet_core.edits import warmup_after
from resnet_core.edits.log import read_log
from resnet_core.runs.status import ArmStatus, RunStatus, read_config, run_dir

__all__ = [
    "WINDOW",
    "Accuracies",
    "Comparison",
    "OverSeeds",
    "compare_arms",
    "compare_pairs",
    "pair_arms",
]


@dataclass(frozen=True, kw_only=True)
class _Question:
    """A run as it stands at a moment: equal questions have equal answers."""

    folder: Path
    arms: tuple[ArmStatus, ...]
    stopped_replicas: tuple[Replica, ...]
    pairs: tuple[tuple[int, int], ...]
    num_steps: int
    is_over: bool
    warmup_steps: int
    """An edit may end the warm-up while the run is paused, and no step tells of it."""
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
    return compare_pairs(status, pair_arms(status.arms)) if len(status.arms) > 1 else ()


def pair_arms(arms: Sequence[ArmStatus]) -> tuple[tuple[int, int], ...]:
    """Says by their places which arms are set beside each other, the verdict's pair first."""
    plain = [place for place, arm in enumerate(arms) if arm.is_plain]
    residual = [place for place, arm in enumerate(arms) if arm.is_plain is False]
    first = residual[0] if residual and plain else 0
    others = [place for place in range(len(arms)) if place != first]
    if residual and plain:
        others.sort(key=lambda place: place != plain[0])
    return tuple((first, other) for other in others)


def compare_pairs(status: RunStatus, pairs: Sequence[tuple[int, int]]) -> tuple[Comparison, ...]:
    """Compares chosen pairs of a run's arms, given by their places, as far as the run is.

    Raises:
        RunNotFoundError: when the run is gone.
        RunError: when its store cannot be read.
    """
    folder, training = run_dir(status.run_id), read_config(status.run_id).training
    warmup_steps = warmup_after(training, status.num_steps, read_log(folder))
    with opened_store(folder) as connection:
        newest = read_newest(connection)
    return _answer(
        _Question(
            folder=folder,
            arms=status.arms,
            stopped_replicas=status.stopped_replicas,
            pairs=tuple(pairs),
            num_steps=status.num_steps,
            is_over=not status.is_live,
            warmup_steps=warmup_steps,
            newest=newest,
        )
    )


@functools.lru_cache(maxsize=64)
def _answer(question: _Question) -> tuple[Comparison, ...]:
    config, last = read_config(question.folder.name), question.newest.step
    seeds = tuple(dict.fromkeys(replica.seed for replica in config.replicas))
    with opened_store(question.folder) as connection:
        tables = {
            seed: (
                read_steps(connection, last - WINDOW + 1, last, seed),
                read_steps(connection, 1, 1, seed),
            )
            for seed in seeds
        }
        if len(seeds) == 1:
            return tuple(
                _compare(
                    question,
                    pair,
                    _measured(tables[seeds[0]], pair, last),
                    _read_accuracies(connection, pair, config),
                )
                for pair in question.pairs
            )
        return tuple(
            _compare_seeds(
                _compare(
                    question,
                    pair,
                    _Measured(steps=(), start=()),
                    None,
                ),
                {seed: _measured(tables[seed], pair, last) for seed in seeds},
                _read_seed_accuracies(connection, question, pair, seeds),
            )
            for pair in question.pairs
        )


@dataclass(frozen=True)
class _Measured:
    """The steps that two arms of one seed took together."""

    steps: SharedSteps
    """The newest ones."""
    start: SharedSteps
    """The first one."""

    @property
    def losses(self) -> tuple[float, float]:
        """Medians over the newest steps, of which there is at least one."""
        first, second = zip(*(each.losses for each in self.steps), strict=True)
        return statistics.median(first), statistics.median(second)


def _measured(tables: tuple[StepTable, StepTable], pair: tuple[int, int], last: int) -> _Measured:
    newest, first = tables
    return _Measured(shared_steps(newest, pair, last), shared_steps(first, pair, 1))


def _compare(
    question: _Question,
    pair: tuple[int, int],
    measured: _Measured,
    accuracies: Accuracies | None,
) -> Comparison:
    first, second = (question.arms[place] for place in pair)
    losses = measured.losses if measured.steps else (None, None)
    return Comparison(
        first=first.label,
        second=second.label,
        step=question.newest.step,
        num_steps=question.num_steps,
        is_over=question.is_over,
        num_losses=len(measured.steps),
        first_loss=losses[0],
        second_loss=losses[1],
        warmup_steps=question.warmup_steps,
        stopped=tuple(
            (arm.label, arm.stopped_message) for arm in (first, second) if arm.stopped_message
        ),
        accuracies=accuracies,
        start_ratio=_median(norm_ratios(measured.start)),
        recent_ratio=_median(norm_ratios(measured.steps)),
    )


def _compare_seeds(
    bare: Comparison, measured: dict[int, _Measured], accuracies: SeedPairs | None
) -> Comparison:
    """Adds to the bare frame of a comparison what each seed measured."""
    live = {seed: each for seed, each in measured.items() if each.steps}
    losses = pair_values(bare.step, {seed: each.losses for seed, each in live.items()}, live)
    found = OverSeeds(
        num_seeds=len(measured),
        losses=losses,
        accuracies=accuracies,
        start_ratios=_ratios([each.start for each in measured.values()]),
        recent_ratios=_ratios([each.steps for each in live.values()]),
    )
    return replace(
        bare,
        num_losses=min((len(each.steps) for each in live.values()), default=0),
        first_loss=None if losses is None else statistics.fmean(losses.first),
        second_loss=None if losses is None else statistics.fmean(losses.second),
        start_ratio=_geometric_mean(found.start_ratios),
        recent_ratio=_geometric_mean(found.recent_ratios),
        over_seeds=found,
    )


def _read_accuracies(
    connection: sqlite3.Connection, pair: tuple[int, int], config: ExperimentConfig
) -> Accuracies | None:
    """Reads the last validation of both, and how their answers to the same pictures differ."""
    found = read_shared_evaluations(connection, pair, 1)
    if not found:
        return None
    step, shares = found[0].step, found[0].accuracies
    answers = read_answers(connection, step, pair, config.seed)
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


def _read_seed_accuracies(
    connection: sqlite3.Connection,
    question: _Question,
    pair: tuple[int, int],
    seeds: Sequence[int],
) -> SeedPairs | None:
    """Reads the last validation that all seeds have from which both arms still train."""
    gone = {replica.seed for replica in question.stopped_replicas if replica.arm in pair}
    # While the newest step is being evaluated, all seeds have the one before.
    evaluations = read_shared_evaluations(connection, pair, 2 * len(seeds))
    return pair_evaluations(evaluations, [seed for seed in seeds if seed not in gone])


def _could_be_shares(shares: Sequence[float], total: int) -> bool:
    """Whether shares are whole numbers of pictures; fewer pictures than asked for show here."""
    return all(math.isclose(share * total, round(share * total), abs_tol=1e-6) for share in shares)


def _ratios(steps: Sequence[SharedSteps]) -> tuple[float, ...]:
    medians = [_median(norm_ratios(each)) for each in steps]
    return tuple(ratio for ratio in medians if ratio is not None)


def _geometric_mean(ratios: Sequence[float]) -> float | None:
    return statistics.geometric_mean(ratios) if ratios else None


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
