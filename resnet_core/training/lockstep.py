"""The training loop's heart: the arms of a seed take the same batch, one step at a time."""

import contextlib
import functools
import itertools
import time
from collections.abc import Callable
from typing import Literal

import numpy as np
import torch

from resnet_core.config import ExperimentConfig, Replica
from resnet_core.data import (
    Batch,
    DataSet,
    DeviceSplit,
    assemble_batch,
    draw_step,
    to_device,
    training_batch,
)
from resnet_core.data.randomness import NETS, mix_key
from resnet_core.devices import memory_errors, picture_errors
from resnet_core.errors import DataError, OutOfMemoryError
from resnet_core.progress import Progress
from resnet_core.runs.store import StepRow
from resnet_core.training.arms import Arm, build_arm, train_step
from resnet_core.training.captured_evaluation import JudgedPictures
from resnet_core.training.captured_step import StepWork, capture_steps
from resnet_core.training.changes import Changes
from resnet_core.training.evaluation import MarkedScore, mark, mark_split, never
from resnet_core.training.kept_features import FeatureKeeper
from resnet_core.training.observe import Profile
from resnet_core.training.room import refuse_endless_batch
from resnet_core.training.schedules import count_steps, steps_per_epoch
from resnet_core.training.side_by_side import run_each, share_threads
from resnet_core.training.step_rows import ProfileRow, TakenSteps, fetch_profile, fetched_rows
from resnet_core.training.step_tables import BLOCK_STEPS, StepSource

# A divergence is noticed when measurements are fetched: within this many steps.
MAX_PENDING_STEPS = 8
# Recorded steps are launched ahead of the device: it would idle if they were fetched so often.
_FETCH_EVERY_S = 0.2
EVALUATION_BATCH = 500
# Maps of 500 pictures leave a core's cache: 100 take a fifth less of its time (docs/benchmarks.md).
_CPU_EVALUATION_BATCH = 100

SplitName = Literal["train", "validation", "test"]


class Lockstep:
    """Arms that train on identical batches, from one seed or several side by side.

    Batches and learning rates are pure functions of (seed, step), so the weights, the optimizers
    and the step are all there is to save, and a seed among others goes as it would alone.
    """

    def __init__(self, config: ExperimentConfig, data: DataSet, device: torch.device) -> None:
        """Builds all arms on the device.

        Raises:
            DataError: when there is nothing to train on.
            OutOfMemoryError: when the device is too small.
        """
        if len(data.train) == 0:
            raise DataError(f"{data.card.title} has no training pictures.")
        refuse_endless_batch(config, data.card, device)
        self.config, self.data, self.device = config, data, device
        self.changes = Changes(config, count_steps(config.training, len(data.train)))
        self.steps_per_epoch = steps_per_epoch(config.training, len(data.train))
        self.arm_threads = share_threads(config, device)
        self.step = 0
        self.time_s = 0.0
        self._busy_s = 0.0
        self._launched_at: float | None = None
        self._most_pending = MAX_PENDING_STEPS
        self._features = FeatureKeeper(data.card, self.changes)
        self._profiles: list[tuple[int, Replica, Profile]] = []
        self._splits: dict[SplitName, DeviceSplit] = {}
        self._on_device("train")
        with self._memory_errors():
            count = len(config.replicas)
            self.arms = [build_arm(i, config, data.card, device) for i in range(count)]
            self.captured, self._notice = capture_steps(self.arms, self.step_work(), device)

    def keep_features(self, progress: Progress) -> None:
        """Asks frozen bodies about the pictures, once; on a GPU every step does, as quickly."""
        splits: tuple[SplitName, ...] = ("train", "validation")
        for arm in self.active_arms if self.captured is None else ():
            for name in splits:
                if self._features.may_keep(arm, self._on_device(name)):
                    self._features.features(arm, name, self._on_device(name), progress)

    @property
    def active_arms(self) -> list[Arm]:
        """The arms that still train."""
        return [arm for arm in self.arms if arm.stopped is None]

    @property
    def num_steps(self) -> int:
        """Length of the run in steps."""
        return self.changes.num_steps

    @property
    def is_done(self) -> bool:
        """Whether there is no step left to take."""
        return self.step >= self.num_steps or not self.active_arms

    def advance(self) -> None:
        """Trains every active arm on the next batch of its seed.

        Raises:
            OutOfMemoryError: when the batch does not fit; a smaller one is suggested.
        """
        started = time.perf_counter()
        training = self.changes.training
        is_edited = self.changes.begin_at(self.step)
        with_profile = is_edited or self.step % training.statistics_every == 0
        if is_edited and self.captured is not None:
            self.captured.invalidate()
        with self._memory_errors():
            if self.captured is None:
                self._advance_in_turn(with_profile=with_profile)
            else:
                self._launched_at = self._launched_at or started
                self._profiles += self.captured.advance(
                    self.active_arms, self.step, with_profile=with_profile
                )
        self.step += 1
        self._busy_s += time.perf_counter() - started

    def _advance_in_turn(self, *, with_profile: bool) -> None:
        rate = self.changes.rate(self.step)
        for seed, replicas in itertools.groupby(self.active_arms, lambda arm: arm.replica.seed):
            self._advance_seed(seed, list(replicas), rate, with_profile=with_profile)

    def _advance_seed(self, seed: int, arms: list[Arm], rate: float, *, with_profile: bool) -> None:
        pictures, size = self._splits["train"], self.config.training.batch_size
        batch = functools.cache(lambda: self._next_batch(seed))
        if with_profile or not all(self._features.may_keep(arm, pictures) for arm in arms):
            batch()  # before the arms' threads ask for it

        def train(arm: Arm) -> Profile:
            # A plugin may draw from torch's generator: every arm from the same place, and a resumed
            # run from where it would have been.
            torch.manual_seed(mix_key(NETS, seed, self.step))
            own = None if with_profile else self._features.batch(arm, pictures, self.step, size)
            recipe = self.changes.training
            return train_step(arm, own or batch(), recipe, rate, with_profile=with_profile)

        found = zip(arms, run_each(arms, train, self.arm_threads), strict=True)
        self._profiles += [(self.step + 1, arm.replica, each) for arm, each in found if each]

    def drain(self) -> tuple[list[StepRow], list[ProfileRow]]:
        """Fetches the measurements of the steps since the last call and stops arms that diverged.

        Rows of a diverged arm end with the step in which its loss or gradient stopped being finite.
        """
        started = time.perf_counter()
        tables = {
            arm.index: torch.stack(arm.pending).cpu().numpy() for arm in self.arms if arm.pending
        }
        self._busy_s += time.perf_counter() - started
        count = max((len(table) for table in tables.values()), default=0)
        if self._launched_at is not None:
            self._count_time_between(self._launched_at, count)
        taken = TakenSteps(
            first=self.step - count,
            since_s=self.time_s,
            step_s=self._busy_s / max(1, count),
            batch_size=self.config.training.batch_size,
            rate=self.changes.rate,
        )
        rows = [
            row for i, table in tables.items() for row in fetched_rows(self.arms[i], table, taken)
        ]
        self.time_s, self._busy_s = self.time_s + self._busy_s, 0.0
        profiles = [fetch_profile(*entry) for entry in self._profiles]
        self._profiles.clear()
        return sorted(rows, key=lambda row: row.step), profiles

    def _count_time_between(self, launched_at: float, count: int) -> None:
        """Counts the time between launches of recorded steps, in which the device works on."""
        self._busy_s, self._launched_at = time.perf_counter() - launched_at, None
        fitting = int(_FETCH_EVERY_S * count / self._busy_s)
        self._most_pending = min(max(MAX_PENDING_STEPS, fitting), BLOCK_STEPS)

    def stop_arms_without_finite_weights(self) -> None:
        """Stops arms whose last update was so large that the next loss cannot be finite."""
        for arm in self.active_arms:
            if not all(torch.isfinite(tensor).all() for tensor in arm.model.state_dict().values()):
                arm.stopped = (
                    f"The weights became infinite at step {self.step}; lower the learning rate."
                )

    @property
    def notice(self) -> str:
        """What a person should know of how the steps are taken, or nothing."""
        return self._notice or ("" if self.captured is None else self.captured.notice)

    @property
    def is_full(self) -> bool:
        """Whether measurements are to be fetched before the next step."""
        return self.num_pending >= self._most_pending

    @property
    def num_pending(self) -> int:
        """Steps whose measurements have not been fetched."""
        return max(len(arm.pending) for arm in self.arms)

    def evaluate(
        self, split: SplitName, *, should_stop: Callable[[], bool] = never
    ) -> list[tuple[Arm, MarkedScore]]:
        """Evaluates every active arm on a whole split, side by side as they train.

        Returns:
            Each arm with its score, without those that were interrupted.
        """
        size, pictures = self._evaluation_size, self._on_device(split)

        def evaluate_arm(arm: Arm) -> MarkedScore | None:
            if kept := self._features.evaluation(arm, split, pictures, size):
                return mark(arm.model.classifier, kept, should_stop=should_stop)
            judged = JudgedPictures(name=split, split=pictures, card=self.data.card, size=size)
            return self._mark(arm, judged, should_stop)

        arms = self.active_arms
        scores = zip(arms, run_each(arms, evaluate_arm, self.arm_threads), strict=True)
        return [(arm, score) for arm, score in scores if score is not None]

    def _mark(
        self, arm: Arm, judged: JudgedPictures, should_stop: Callable[[], bool]
    ) -> MarkedScore | None:
        # What is recorded knows of an edit from the next step on.
        if self.captured is not None and not self.changes.begin_at(self.step):
            with contextlib.suppress(OutOfMemoryError), memory_errors(judged.size):
                return self.captured.evaluate(arm, judged, should_stop)
        pictures, card = judged.split, judged.card
        return mark_split(arm.model, pictures, card, judged.size, should_stop=should_stop)

    def quick_evaluation(
        self, most: int, *, should_stop: Callable[[], bool] = never
    ) -> Callable[[Arm], MarkedScore | None]:
        """Makes what evaluates an arm on validation pictures, at most so many, taken evenly.

        It gives `None` where there are no such pictures, or where it was interrupted.
        """
        pictures = self._on_device("validation")
        count = len(pictures)
        if count > most:
            places = torch.arange(most, device=self.device) * count // most
            pictures = DeviceSplit(pictures.images[places], pictures.labels[places])
        card, size = self.data.card, self._evaluation_size

        def evaluate_arm(arm: Arm) -> MarkedScore | None:
            return mark_split(arm.model, pictures, card, size, should_stop=should_stop)

        return evaluate_arm if count else lambda arm: None

    def _on_device(self, split: SplitName) -> DeviceSplit:
        if split not in self._splits:
            pictures = getattr(self.data, split)
            with picture_errors(len(pictures), pictures.images.nbytes, self.device):
                self._splits[split] = to_device(pictures, self.device)
        return self._splits[split]

    def _memory_errors(self) -> contextlib.AbstractContextManager[None]:
        config = self.config
        return memory_errors(config.training.batch_size, num_nets=len(config.replicas))

    @property
    def _evaluation_size(self) -> int:
        return _CPU_EVALUATION_BATCH if self.device.type == "cpu" else EVALUATION_BATCH

    def step_work(self) -> StepWork:
        """What a recorded step is made of, as the configuration says whenever it is asked."""
        pictures = self._splits["train"]
        count, size = len(pictures), self.config.training.batch_size

        def draws(seed: int, step: int) -> np.ndarray:
            return draw_step(count, self.changes.data, seed=seed, step=step, batch_size=size)

        return StepWork(
            source=StepSource(draws=draws, rate=self.changes.rate),
            assemble=lambda drawn: assemble_batch(
                pictures, self.data.card, self.changes.data, drawn
            ),
            training=lambda: self.changes.training,
        )

    def _next_batch(self, seed: int) -> Batch:
        return training_batch(
            self._splits["train"],
            self.data.card,
            self.changes.data,
            seed=seed,
            step=self.step,
            batch_size=self.config.training.batch_size,
        )
