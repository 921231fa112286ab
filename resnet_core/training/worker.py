"""The worker process of one run: `python -m resnet_core.training.worker RUN_FOLDER`.

It takes the run's lock before it loads torch, so that it counts as alive within a moment, waits
for its device, trains, and says in `state.json` how it ended.
"""

import contextlib
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_core.atomic import sweep_temporaries
from resnet_core.config import ExperimentConfig
from resnet_core.errors import CancelledError, ResNetLabError, RunDamagedError, StorageError
from resnet_core.runs.control import ControlReader
from resnet_core.runs.files import (
    Phase,
    WorkerState,
    read_experiment,
    read_state,
    refuse_damaged,
    write_state,
)
from resnet_core.runs.kept import KEPT_NAME
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.queue import lane_of, turn_sentence, wait_for_turn
from resnet_core.runs.standing_aside import give_place_back
from resnet_core.shares import percent

if TYPE_CHECKING:  # it loads torch
    from resnet_core.training.at_end import AtEnd

# Training yields to the web server and to the person's other programs.
_NICENESS = 5


class Worker:
    """Prepares and trains one run, and tells its folder about every phase."""

    def __init__(self, folder: Path, at_end: "AtEnd | None" = None) -> None:
        self._folder, self._at_end = folder, at_end
        self._is_told_to_leave = False
        self._control = ControlReader(folder)

    def leave(self, *_signal: object) -> None:
        """Asks the worker to save and end, as SIGTERM does."""
        self._is_told_to_leave = True

    def run(self) -> int:
        """Runs to the end; returns the process's exit status."""
        try:
            refuse_damaged(self._folder)
            with hold_lock(self._folder):
                return self._run_locked()
        except ResNetLabError as exc:
            logging.error("%s", exc)
            return 1

    def _run_locked(self) -> int:
        for folder in (self._folder, self._folder / "checkpoints", self._folder / KEPT_NAME):
            sweep_temporaries(folder)
        try:
            config = read_experiment(self._folder)
            with wait_for_turn(self._folder, lane_of(config.device), self._tell_queue):
                try:
                    self._train(config)
                finally:
                    give_place_back(self._folder)
        except CancelledError as exc:
            self._tell("stopped", str(exc))
        except ResNetLabError as exc:
            logging.error("%s", exc)
            self._tell("failed", str(exc))
            return 1
        except Exception:
            logging.exception("The worker failed.")
            self._tell("failed", "The worker failed unexpectedly; its log tells more.")
            raise
        return 0

    def _train(self, config: ExperimentConfig) -> None:
        # Loading torch takes seconds and 300 MB: not before it is this run's turn.
        from resnet_core.devices import memory_errors
        from resnet_core.edits.log import read_log
        from resnet_core.runs.pictures import record_pictures
        from resnet_core.training.at_end import nothing_at_end
        from resnet_core.training.live_edits import follow_script
        from resnet_core.training.preparation import prepare
        from resnet_core.training.replay import catch_up
        from resnet_core.training.session import Session

        # Memory may end anywhere: where measurements are fetched, weights checked or states saved.
        with memory_errors(config.training.batch_size, num_nets=len(config.replicas)):
            lockstep = prepare(config, self._tell_preparing)
            record_pictures(self._folder, lockstep.data.card)
            follow_script(self._folder, lockstep, read_log(self._folder))
            catch_up(self._folder, lockstep, self._tell_preparing)
            at_end, leave = self._at_end or nothing_at_end, lambda: self._is_told_to_leave
            Session(self._folder, lockstep, self._control, leave, at_end).run()

    def _tell_queue(self, num_ahead: int) -> None:
        self._tell("queued", turn_sentence(num_ahead))
        self._refuse_if_stopped()

    def _tell_preparing(self, message: str, fraction: float | None = None) -> None:
        share = "" if fraction is None else f" ({percent(fraction, 0)})"
        self._tell("preparing", f"{message}{share}")
        self._refuse_if_stopped()

    def _refuse_if_stopped(self) -> None:
        if self._is_told_to_leave or self._control.command() == "stop":
            raise CancelledError("Stopped before the first step; resume to go on.")

    def _tell(self, phase: Phase, message: str) -> None:
        try:
            state = read_state(self._folder)
        except RunDamagedError:
            state = WorkerState()  # what it says now mends the file
        if (state.phase, state.message) == (phase, message):
            return
        try:
            write_state(self._folder, replace(state, phase=phase, message=message))
        except StorageError as exc:
            logging.error("%s", exc)


def main(arguments: list[str], at_end: "AtEnd | None" = None) -> int:
    """Runs the worker of the run folder named by the only argument.

    Args:
        arguments: the folder.
        at_end: done to the final weights; nothing by default.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    (folder,) = arguments
    _yield_to_others()
    worker = Worker(Path(folder), at_end)
    signal.signal(signal.SIGTERM, worker.leave)
    signal.signal(signal.SIGINT, worker.leave)
    return worker.run()


def _yield_to_others() -> None:
    """Lowers this process's priority, so that pages stay quick while it trains."""
    os.nice(_NICENESS)
    # Where Linux groups processes by session, niceness counts inside a group only, and the worker
    # has a session of its own: there the group has to be nice as well (sched(7), autogroup).
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(f"{_NICENESS}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
