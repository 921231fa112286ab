"""What sets several runs apart: the settings in which they differ, and what each measured."""

import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from resnet_core.comparing.shared_steps import opened_store
from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig
from resnet_core.config.settings import settings_of
from resnet_core.runs.layout import damaged_store_errors, read_arm_layouts
from resnet_core.runs.status import RunStatus, read_config, run_dir
from resnet_core.shares import wilson_interval
from resnet_core.students import mean_interval

_PARTS = frozenset({"arms", "data", "training"})
_NAMES = frozenset({"name", "label"})
_NOT_SET = "not set"
_LAST = """
WITH newest AS (
    SELECT arm, split, max(step) AS step FROM evaluations
    WHERE split IN ('test', 'validation') GROUP BY arm, split)
SELECT one.arm, one.split, one.step, one.seed, one.accuracy FROM newest
JOIN evaluations AS one USING (step, arm, split)
ORDER BY one.arm, one.split = 'validation', one.seed
"""
_PICTURES = "SELECT num_pictures FROM answers WHERE arm = ? AND split = ? AND step = ?"


@dataclass(frozen=True, kw_only=True)
class SettingDifference:
    """A setting that is not the same in all of several runs."""

    title: str
    words: tuple[str, ...]
    """What it is in each run, in their order."""


@dataclass(frozen=True, kw_only=True)
class NetResult:
    """The last that a run measured of one of its nets."""

    run_id: str
    run_name: str
    net: str
    """Label of the arm."""
    split: str
    """`test` where it was measured there, else `validation`."""
    step: int
    seeds: tuple[int, ...]
    """From which the net was trained, as far as it was measured at that step."""
    accuracies: tuple[float, ...]
    """Share of right answers, one a seed."""
    num_pictures: int | None
    """`None` in a run of an earlier version that did not say."""
    pictures: DataConfig
    """Where the pictures come from; equal for the same pictures."""
    num_stopped: int = 0
    """Seeds from which the net stopped early: they are in no mean."""

    @property
    def accuracy(self) -> float:
        """Share of right answers, in the mean of the seeds."""
        return statistics.fmean(self.accuracies)

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the accuracy, as far as it can be known.

        Of several seeds it is Student's, of their mean; of one seed Wilson's, which is `None` where
        the number of pictures is not known.
        """
        if len(self.seeds) > 1:
            low, high = mean_interval(self.accuracies)
            return max(0.0, low), min(1.0, high)
        if self.num_pictures is None:
            return None
        return wilson_interval(round(self.accuracy * self.num_pictures), self.num_pictures)


def differing_settings(configs: Sequence[ExperimentConfig]) -> tuple[SettingDifference, ...]:
    """Lists the settings in which experiments differ, nets first; none for a single one."""
    words = [dict(_words(config)) for config in configs]
    titles = dict.fromkeys(title for one in words for title in one)
    rows = [(title, tuple(one.get(title, "–") for one in words)) for title in titles]
    return tuple(
        SettingDifference(title=title, words=values)
        for title, values in rows
        if len(set(values)) > 1
    )


def last_results(status: RunStatus) -> tuple[NetResult, ...]:
    """Reads the last result of each net of a run, on test pictures where it saw them.

    Raises:
        RunNotFoundError: when the run is gone.
        RunError: when its metrics cannot be read.
    """
    folder = run_dir(status.run_id)
    config = read_config(status.run_id)
    with opened_store(folder) as connection, damaged_store_errors(folder):
        try:
            layouts = read_arm_layouts(connection)
            labels = [arm.label for arm in layouts or status.arms]
            return tuple(
                NetResult(
                    run_id=status.run_id,
                    run_name=status.name,
                    net=labels[arm],
                    split=split,
                    step=step,
                    seeds=tuple(by_seed),
                    accuracies=tuple(by_seed.values()),
                    num_pictures=_num_pictures(connection, arm, split, step),
                    pictures=_same_pictures(config.data, split),
                    num_stopped=len(_stopped_seeds(status, arm) - by_seed.keys()),
                )
                for arm, (split, step, by_seed) in _last_evaluations(connection).items()
                if arm < len(labels)
            )
        except sqlite3.OperationalError as exc:
            if "no such table" in str(exc):  # the worker is just making them
                return ()
            raise


def _stopped_seeds(status: RunStatus, arm: int) -> set[int]:
    return {replica.seed for replica in status.stopped_replicas if replica.arm == arm}


def _last_evaluations(
    connection: sqlite3.Connection,
) -> dict[int, tuple[str, int, dict[int, float]]]:
    """Reads split, step and each seed's accuracy of the last evaluation of each arm."""
    found: dict[int, tuple[str, int]] = {}
    accuracies: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for arm, split, step, seed, accuracy in connection.execute(_LAST):
        is_share = isinstance(accuracy, float) and 0 <= accuracy <= 1
        if is_share and found.setdefault(arm, (split, step)) == (split, step):
            accuracies[arm][seed] = accuracy
    return {arm: (*place, accuracies[arm]) for arm, place in found.items()}


def _words(config: ExperimentConfig) -> Iterator[tuple[str, str]]:
    yield "Nets", ", ".join(arm.label for arm in config.arms)
    if config.kind == "watched":  # nothing else of it was chosen here
        kind = settings_of(ExperimentConfig)["kind"]
        yield kind.title, kind.word(config.kind)
        return
    for place, arm in enumerate(config.arms, start=1):
        prefix = f"Net {place}: " if len(config.arms) > 1 else ""
        yield from ((prefix + title, word) for title, word in _words_of(arm.model))
        if arm.start is not None:
            yield prefix + settings_of(ArmConfig)["start"].title, arm.start.in_words
    for part in (config.data, config.training, config):
        yield from _words_of(part)


def _words_of(config: Any) -> Iterator[tuple[str, str]]:
    described = settings_of(type(config))
    for field in fields(config):
        if field.name in described and field.name not in _PARTS | _NAMES:
            setting, value = described[field.name], getattr(config, field.name)
            yield setting.title, _NOT_SET if value is None else setting.word(value)


def _num_pictures(connection: sqlite3.Connection, arm: int, split: str, step: int) -> int | None:
    try:
        row = connection.execute(_PICTURES, (arm, split, step)).fetchone()
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):  # a run of an earlier version
            return None
        raise
    return row[0] if row and isinstance(row[0], int) and row[0] > 0 else None


def _same_pictures(data: DataConfig, split: str) -> DataConfig:
    """What of the data settings decides which pictures a split has, and how they look."""
    seen: dict[str, Any] = {"augmentation": "none", "crop_padding_px": 0, "max_train": None}
    return replace(data, **seen, **({"max_validation": None} if split == "test" else {}))
