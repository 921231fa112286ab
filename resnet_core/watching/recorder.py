"""The run folder of a watched run: made or taken up, written in blocks, closed at the end."""

import contextlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

import numpy as np

from resnet_core.errors import StorageError
from resnet_core.runs.files import WorkerState
from resnet_core.runs.layout import ArmLayout
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.logged import FACTS, SKIPPED
from resnet_core.runs.status import write_state
from resnet_core.runs.store import MetricsWriter, StepRow
from resnet_core.watching.fetching import FetchedStep
from resnet_core.watching.shards import GAP

End = Literal["finished", "interrupted"]

_ARM = 0
_COLUMNS = ("loss", "accuracy", "learning_rate", "images_per_s")


class RunRecorder:
    """Writes what steps measured into the run's folder, whose lock it holds."""

    def __init__(self, folder: Path, state: WorkerState) -> None:
        """Takes the lock, and says that the run is going.

        Raises:
            RunBusyError: when another process has it.
            StorageError: when it cannot be written.
        """
        self.folder, self._state = folder, state
        self._pid = os.getpid()
        with contextlib.ExitStack() as on_error:
            on_error.enter_context(hold_lock(folder, may_be_ended=False))
            write_state(folder, state)
            self._writer = MetricsWriter(folder)
            on_error.callback(self._writer.close)
            self._stack = on_error.pop_all()
        self._order: Sequence[int] = ()
        self.is_open = True

    @property
    def is_mine(self) -> bool:
        """Whether it is open, and this the process that opened it and not a child of it."""
        return self.is_open and os.getpid() == self._pid

    def forget_after(self, step: int) -> None:
        """Forgets what was measured after a step, as a run does that is taken up there.

        Raises:
            StorageError: when the disk is full.
        """
        with self._writer.transaction():
            self._writer.truncate(step)

    def lay_out(
        self, layout: ArmLayout, order: Sequence[int], facts: Mapping[str, str | int]
    ) -> None:
        """Says what the rows are of; comes before the first of them.

        Args:
            layout: what layers and places are called.
            order: for each layer of the layout, the place of its parameter in a step's norms.
            facts: what is worth knowing of the net and its loop, by title.

        Raises:
            StorageError: when the disk is full.
        """
        self._order = order
        with self._writer.transaction():
            self._writer.write_meta("arms", [asdict(layout)])
            self._writer.write_meta(FACTS, dict(facts))

    def write(self, steps: Sequence[FetchedStep]) -> None:
        """Writes steps, all or none of them.

        Raises:
            StorageError: when the disk is full, or the folder is gone.
        """
        if not self.folder.is_dir():  # what is written to a deleted file is lost without a word
            raise StorageError(f"The folder of run {self.folder.name} is gone.")
        with self._writer.transaction():
            for each in steps:
                self._write_one(each)

    def close(self, end: End, message: str) -> None:
        """Says how the run ended, and lets go of its folder; only the first call counts.

        Raises:
            StorageError: when it cannot be said.
        """
        if self.is_mine:
            self.is_open = False
            with self._stack:
                if self.folder.is_dir():
                    # A run that still trains, and whose lock nobody holds, was interrupted.
                    phase = "finished" if end == "finished" else "training"
                    write_state(self.folder, replace(self._state, phase=phase, message=message))

    def _write_one(self, each: FetchedStep) -> None:
        logged = {name: value for name, value in each.scalars.items() if name not in _COLUMNS}
        if each.has_skipped:
            logged[SKIPPED] = each.scale or math.nan
        if each.changed_nothing:
            loss = {name: value for name, value in each.scalars.items() if name == "loss"}
            skipped = {f"{name} of a skipped step": value for name, value in loss.items()}
            self._writer.add_logged(each.step, _ARM, logged | skipped)
            self._writer.pass_over(each.step, _ARM)
            return
        order = list(self._order)
        row = StepRow(
            step=each.step,
            arm=_ARM,
            time_s=each.time_s,
            gradient_norm=each.gradient_norm,
            layer_norms=each.log_norms[order],
            loss=each.scalars.get("loss", math.nan),
            accuracy=each.scalars.get("accuracy", math.nan),
            learning_rate=each.scalars.get("learning_rate", math.nan),
            images_per_s=each.scalars.get("images_per_s", math.nan),
        )
        self._writer.add_steps([row])
        self._writer.add_logged(each.step, _ARM, logged)
        for quantity, values in each.profiles.items():
            shown = values[order] if quantity == "update_ratio" else values
            gaps = (shown == GAP) | ~np.isfinite(shown)
            self._writer.add_profile(each.step, _ARM, quantity, np.where(gaps, np.nan, shown))
