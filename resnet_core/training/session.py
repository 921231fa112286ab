"""One training session: from a loaded experiment to a finished, stopped or paused run.

The order of writing is what makes a kill at any moment harmless: metrics are committed before the
state that they belong to is saved, and a resuming session forgets the metrics past its state.
"""

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from resnet_core.checkpoints import save_checkpoint
from resnet_core.devices import describe_device
from resnet_core.errors import CancelledError, DiskFullError
from resnet_core.runs.control import ControlReader
from resnet_core.runs.queue import lane_of
from resnet_core.runs.status import Phase, read_state, write_state
from resnet_core.runs.store import StepRow
from resnet_core.shares import percent
from resnet_core.training.arms import Arm
from resnet_core.training.at_end import AtEnd, nothing_at_end
from resnet_core.training.cards import build_card
from resnet_core.training.editor import Editor
from resnet_core.training.evaluation import MarkedScore
from resnet_core.training.kept_states import StateKeeper
from resnet_core.training.lockstep import Lockstep, SplitName
from resnet_core.training.schedules import snapshot_steps
from resnet_core.training.standing_aside import stand_aside
from resnet_core.training.state import read_state_header, save_state, saved_weights
from resnet_core.training.step_rows import ProfileRow
from resnet_core.training.taking_up import take_up, take_up_store

_FLUSH_INTERVAL_S = 0.2
_PAUSE_POLL_S = 0.05
_FULL_DISK_RETRY_S = 1.0


Result = TypeVar("Result")


class Session:
    """Trains an experiment in its run folder, listening to the control file between steps."""

    def __init__(
        self,
        folder: Path,
        lockstep: Lockstep,
        control: ControlReader,
        leave: Callable[[], bool],
        at_end: AtEnd = nothing_at_end,
    ) -> None:
        """Takes up the saved state, if there is one.

        Args:
            folder: the run's folder.
            lockstep: the freshly built experiment.
            control: the person's wishes.
            leave: tells whether the system wants the process to end.
            at_end: done to the final weights, before the run is called finished.

        Raises:
            StorageError: when the folder cannot be written.
            CheckpointError: when the saved state cannot be used.
        """
        self._folder, self._lockstep, self._control, self._leave = folder, lockstep, control, leave
        self._at_end, self._last_words = at_end, ""
        self._checkpoints = folder / "checkpoints"
        self._taken_up = take_up(folder, lockstep)
        self._state = replace(
            read_state(folder),
            num_steps=lockstep.num_steps,
            device=describe_device(lockstep.device),
            message=self._taken_up,
        )
        self._keeper = StateKeeper(folder, lockstep)
        self._editor = Editor(folder, lockstep, self._flush)
        self._writer = take_up_store(folder, lockstep)
        planned = snapshot_steps(lockstep.config.training, min(lockstep.changes.ends()))
        self._snapshots = planned | lockstep.changes.ends()
        self._last_flush = self._last_checkpoint = time.monotonic()
        self._scores: defaultdict[tuple[int, int], dict[str, float]] = defaultdict(dict)

    def run(self) -> Phase:
        """Trains to the end, or until somebody wants it to stop; returns the final phase."""
        self._checkpoint()
        self._publish("training")
        if not self._lockstep.changes.begin_at(self._lockstep.step):
            self._look()  # else it was looked at before that edit
        while self._goes_on():
            if self._control.stands_aside_for() is not None:
                self._stand_aside("training")
                continue
            if self._control.command() == "pause" and not self._control.take_single_step():
                self._pause()
                continue
            self._lockstep.advance()
            self._after_step()
        self._flush()
        if self._lockstep.is_done:
            self._finish()
        self._checkpoint()
        phase: Phase = "finished" if self._lockstep.is_done else "stopped"
        self._publish(phase, self._farewell(phase))
        if phase == "finished" and (waiting := self._editor.close()):
            phase = "stopped"
            self._publish(phase, waiting)
        self._writer.close()
        return phase

    def _goes_on(self) -> bool:
        """Does the edits that come before the next step, and tells whether there is one to take."""
        while self._until_stored(lambda: self._editor.do_all(self._store_score)):
            self._snapshots |= self._lockstep.changes.ends()
            self._state = replace(self._state, num_steps=self._lockstep.num_steps)
            self._publish()
        return not self._lockstep.is_done and not self._should_stop()

    def _after_step(self) -> None:
        step, now = self._lockstep.step, time.monotonic()
        is_due = step in self._snapshots or step % self._evaluate_every == 0
        is_old = now - self._last_flush > _FLUSH_INTERVAL_S
        if is_due or is_old or self._lockstep.is_full:
            self._flush()
        if is_due:
            self._look()
        if self._keeper.is_due():
            self._flush()
            self._keeper.keep()
        if now - self._last_checkpoint > self._lockstep.config.training.checkpoint_every_s:
            self._checkpoint()

    @property
    def _evaluate_every(self) -> int:
        return self._lockstep.config.training.evaluate_every or self._lockstep.steps_per_epoch

    def _look(self) -> None:
        """Evaluates and keeps weights where this step is one to do so."""
        step = self._lockstep.step
        if step > 0 and (step % self._evaluate_every == 0 or self._lockstep.is_done):
            self._evaluate("validation")
        if step in self._snapshots:
            self._snapshot_all()

    def _flush(self) -> None:
        """Fetches measurements and stores them; a full disk makes it wait for space."""
        with self._rescuing():
            rows, profiles = self._lockstep.drain()
        self._until_stored(lambda: self._store(rows, profiles))
        self._last_flush = time.monotonic()
        notice = self._lockstep.notice
        if notice not in self._state.message:
            self._publish(message=f"{self._taken_up} {notice}".strip())

    @contextlib.contextmanager
    def _rescuing(self) -> Iterator[None]:
        """Keeps the last finite weights of the arms that are found to have diverged inside."""
        before = self._lockstep.active_arms
        yield
        for arm in before:
            if arm.stopped is not None:
                self._rescue(arm)

    def _store(self, rows: list[StepRow], profiles: list[ProfileRow]) -> None:
        with self._writer.transaction():
            self._writer.add_steps(rows)
            for profile in profiles:
                step, arm, seed = profile.step, profile.arm, profile.seed
                for quantity, values in profile.values.items():
                    self._writer.add_profile(step, arm, quantity, values, seed=seed)

    def _until_stored(self, action: Callable[[], Result]) -> Result:
        """Repeats an action while the disk is full; `read_status` tells the person meanwhile."""
        while True:
            try:
                return action()
            except DiskFullError:
                if self._should_stop():
                    raise
                time.sleep(_FULL_DISK_RETRY_S)

    def _evaluate(self, split: SplitName) -> None:
        step = self._lockstep.step
        for arm, score in self._lockstep.evaluate(split, should_stop=self._should_stop):
            named = {f"{split}_loss": score.loss, f"{split}_accuracy": score.accuracy}
            self._scores[step, arm.index] |= named
            self._store_score(arm, split, score)

    def _store_score(self, arm: Arm, split: str, score: MarkedScore) -> None:
        self._until_stored(lambda: self._write_score(arm, split, score))

    def _write_score(self, arm: Arm, split: str, score: MarkedScore) -> None:
        with self._writer.transaction():
            step, (place, seed) = self._lockstep.step, arm.replica
            self._writer.add_evaluation(
                step, place, split, loss=score.loss, accuracy=score.accuracy, seed=seed
            )
            self._writer.add_answers(step, place, split, score.is_right, seed=seed)

    def _checkpoint(self) -> None:
        self._flush()
        with self._rescuing():
            self._lockstep.stop_arms_without_finite_weights()
        self._until_stored(lambda: save_state(self._checkpoints, self._lockstep))
        self._last_checkpoint = time.monotonic()
        self._state = replace(self._state, checkpoint_step=self._lockstep.step)
        self._publish()

    def _pause(self) -> None:
        self._checkpoint()
        self._publish("paused")
        while self._control.command() == "pause" and not self._should_stop():
            if self._control.stands_aside_for() is not None:
                self._stand_aside("paused")
            if self._goes_on() and self._control.take_single_step():
                self._lockstep.advance()
                self._after_step()
                self._flush()
                if self._lockstep.is_done:
                    return
            self._editor.look_ahead(lambda: self._should_stop() or not self._control.rests())
            time.sleep(_PAUSE_POLL_S)
        self._publish("training")

    def _stand_aside(self, phase: Phase) -> None:
        """Lets a fork of this run train in its place, and is in `phase` again afterwards."""
        self._checkpoint()
        lane = lane_of(self._lockstep.config.device)
        stand_aside(self._folder, lane, self._control, self._should_stop, self._publish)
        self._publish(phase, "")

    def _finish(self) -> None:
        """Reads the test split once, and keeps the final weights with what was measured."""
        if len(self._lockstep.data.test) > 0:
            self._publish("training", "Reading the test pictures, once.")
            self._evaluate("test")
        self._snapshot_all()
        self._last_words = self._at_end(self._folder, self._lockstep, self._tell)

    def _tell(self, message: str, fraction: float | None = None) -> None:
        """Tells how far what is done at the end is; ends it where somebody wants the run to."""
        if self._should_stop():
            raise CancelledError("Stopped.")
        self._publish(
            "training", message if fraction is None else f"{message} ({percent(fraction, 0)})"
        )

    def _snapshot_all(self) -> None:
        with self._rescuing():
            self._lockstep.stop_arms_without_finite_weights()
        for arm in self._lockstep.active_arms:
            self._snapshot(arm)

    def _snapshot(self, arm: Arm) -> None:
        step = self._lockstep.step
        done = self._lockstep.changes.done
        card = build_card(arm, self._lockstep, step, self._folder.name, done)
        card = replace(card, metrics=self._scores[step, arm.index])
        state = arm.model.state_dict()
        self._until_stored(lambda: save_checkpoint(self._checkpoints, card, state))

    def _rescue(self, arm: Arm) -> None:
        """Keeps the last finite weights of an arm that diverged."""
        header = read_state_header(self._checkpoints)
        if header is not None:
            step = header.arm_steps[arm.index]
            done = self._lockstep.changes.done[: header.num_edits]
            card = build_card(arm, self._lockstep, step, self._folder.name, done)
            weights = saved_weights(self._checkpoints, arm)
            self._until_stored(lambda: save_checkpoint(self._checkpoints, card, weights))
        self._publish()

    def _publish(self, phase: Phase | None = None, message: str | None = None) -> None:
        """Tells the folder about a new phase or message, or about arms and checkpoints alone."""
        stopped = tuple((a.title, a.stopped) for a in self._lockstep.arms if a.stopped)
        self._state = replace(
            self._state,
            phase=phase or self._state.phase,
            message=self._state.message if message is None else message,
            stopped_arms=stopped,
        )
        try:
            write_state(self._folder, self._state)
        except DiskFullError:
            return  # `read_status` says so itself, and the next publication tries again

    def _farewell(self, phase: Phase) -> str:
        said = "" if self._lockstep.active_arms else "Every arm stopped early."
        if phase == "stopped":
            said = f"Stopped at step {self._lockstep.step}; resume to go on."
        return " ".join(filter(None, (said, self._lockstep.notice, self._last_words)))

    def _should_stop(self) -> bool:
        return self._leave() or self._control.command() == "stop"
