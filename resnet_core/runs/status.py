"""A run is a folder: its configuration, its state, its metrics, its checkpoints.

    runs/<run_id>/
        config.json     what was asked (`ExperimentConfig`)
        name            the title, which a person may change
        notes           what a person noted on it
        state.json      what the worker last said of itself (`WorkerState`)
        fork.json       where a fork comes from (`ForkOrigin`)
        launch          who answers for a run whose worker is starting
        control         what a person wants: run, pause, stop
        lock            held while the worker lives
        metrics.db      telemetry
        checkpoints/    weights with cards, and the resumable state
        kept/           states along the way, for forks
        log             the worker's output
        edits.jsonl     what was changed while it trained (`resnet_core.edits`)
        edits/          wishes for such changes

Whoever wants to know how a run is doing asks `read_status`, which looks at the folder alone.  A
folder that is not as the lab left it is `damaged`: listed, never opened, and ready to be deleted.
"""

import contextlib
import functools
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from resnet_core.config import ExperimentConfig, Replica, RunKind
from resnet_core.errors import RunDamagedError, RunNotFoundError
from resnet_core.own_files import kind_of
from resnet_core.runs.control import read_control_request
from resnet_core.runs.files import (
    Phase,
    Stamp,
    WorkerState,
    read_experiment,
    read_notes,
    read_state,
    read_title,
    refuse_damaged,
    write_state,
)
from resnet_core.runs.folders import (
    create_run,
    created_at,
    delete_run,
    find_run,
    list_names,
    read_config,
    rename_run,
    run_dir,
    write_notes,
)
from resnet_core.runs.fork_origin import read_origin
from resnet_core.runs.launch import is_starting
from resnet_core.runs.lock import is_held
from resnet_core.runs.store import LastStep, read_last_step

__all__ = [
    "LIVE_PHASES",
    "RESUMABLE_PHASES",
    "ArmStatus",
    "Phase",
    "RunStatus",
    "WorkerState",
    "create_run",
    "delete_run",
    "find_run",
    "list_runs",
    "read_config",
    "read_state",
    "read_status",
    "rename_run",
    "run_dir",
    "write_notes",
    "write_state",
]

LIVE_PHASES = frozenset({"queued", "preparing", "training", "paused", "stopping"})
RESUMABLE_PHASES = frozenset({"stopped", "failed", "interrupted"})
_FINAL_PHASES = frozenset({"finished", "stopped", "failed"})

_LOW_DISK_BYTES = 4 * 2**20
_MOST_KEPT = 2_000
"""Runs whose status is kept, a few KB each: pages ask for all of them every few seconds."""


@dataclass(frozen=True, kw_only=True)
class ArmStatus:
    """One arm of a run."""

    label: str
    is_plain: bool | None
    """Whether its net has no shortcuts; `None` for a watched net that the lab did not build."""
    stopped_message: str | None
    """Why it stopped before the others, if it did; of several seeds, which ones did, and why."""


@dataclass(frozen=True, kw_only=True)
class RunStatus:
    """How a run is doing, as its folder tells it."""

    run_id: str
    name: str
    phase: Phase
    step: int
    num_steps: int
    message: str
    created: datetime
    elapsed_s: float
    """Seconds spent training, without pauses."""
    remaining_s: float | None
    """Seconds of training left at the pace so far; `None` where there is no pace yet."""
    device: str
    arms: tuple[ArmStatus, ...]
    checkpoint_step: int | None
    notes: str = ""
    """What a person noted on it, in lines."""
    seed: int = 0
    """The first one."""
    seeds: int = 1
    """How many seeds each arm is trained from."""
    stopped_replicas: tuple[Replica, ...] = ()
    """Arms that stopped before the others, each with the seed from which it did."""
    parent: str | None = None
    """The run that it was forked from, which may be gone; `None` for no fork."""
    fork_step: int | None = None
    """Finished steps that a fork has in common with its parent."""
    kind: RunKind = "trained"
    """Whether the lab trains it, or watches a loop of somebody's own."""

    @property
    def is_live(self) -> bool:
        """Whether a worker is behind it, or the program in which it is watched."""
        return self.phase in LIVE_PHASES

    @property
    def is_watched(self) -> bool:
        """Whether it trains in a program of somebody's own, so that the lab cannot steer it."""
        return self.kind == "watched"

    @property
    def is_resumable(self) -> bool:
        """Whether it can be taken up again."""
        return self.phase in RESUMABLE_PHASES and not self.is_watched

    @property
    def is_damaged(self) -> bool:
        """Whether its folder is not as the lab left it, so that it can only be deleted."""
        return self.phase == "damaged"


def list_runs() -> tuple[RunStatus, ...]:
    """Lists all runs, newest first, damaged ones among them.

    Raises:
        StorageError: when the folder of runs cannot be read.
    """
    found = []
    for name in sorted(list_names(), reverse=True):
        with contextlib.suppress(RunNotFoundError):
            found.append(read_status(name))
    return tuple(found)


def read_status(run_id: str) -> RunStatus:
    """Tells how a run is doing; a damaged one has that phase, and a message that says why.

    Raises:
        RunNotFoundError: when there is no such run.
    """
    folder = find_run(run_id)
    try:
        return _read_sound_status(folder)
    except RunDamagedError as exc:
        find_run(run_id)  # one that is being deleted is gone, not damaged
        return _damaged_status(folder, str(exc))


def _read_sound_status(folder: Path) -> RunStatus:
    stamp = refuse_damaged(folder)
    if not is_held(folder):
        kept = _read_kept(folder, stamp)
        if not kept.is_live:  # whether a worker is still to come, the clock says too
            return kept
    return _read_anew(folder)


@functools.lru_cache(maxsize=_MOST_KEPT)
def _read_kept(folder: Path, _stamp: Stamp) -> RunStatus:
    """Reads what stays true of a run that has no worker until one of its files is changed."""
    return _read_anew(folder)


def _read_anew(folder: Path) -> RunStatus:
    config, state = read_experiment(folder), read_state(folder)
    last, phase = read_last_step(folder), _phase(folder, state)
    reasons, origin = _stop_reasons(config, state), read_origin(folder)
    return RunStatus(
        run_id=folder.name,
        name=read_title(folder, otherwise=config.name),
        phase=phase,
        step=last.step,
        num_steps=state.num_steps,
        message=_watched_message(phase, state, last)
        if config.kind == "watched"
        else _message(folder, phase, state, last),
        created=created_at(folder.name),
        elapsed_s=last.time_s,
        remaining_s=_remaining_s(state, last) if phase in LIVE_PHASES else None,
        device=state.device,
        arms=tuple(
            ArmStatus(
                label=arm.label,
                is_plain=arm.is_plain,
                stopped_message=_stopped_message(reasons, place, config.seeds),
            )
            for place, arm in enumerate(config.arms)
        ),
        checkpoint_step=state.checkpoint_step,
        notes=read_notes(folder),
        seed=config.seed,
        seeds=config.seeds,
        stopped_replicas=tuple(reasons),
        parent=None if origin is None else origin.parent,
        fork_step=None if origin is None else origin.step,
        kind=config.kind,
    )


def _stop_reasons(config: ExperimentConfig, state: WorkerState) -> dict[Replica, str]:
    said = dict(state.stopped_arms)
    titles = {replica: config.title_of(replica) for replica in config.replicas}
    return {replica: said[title] for replica, title in titles.items() if title in said}


def _stopped_message(reasons: dict[Replica, str], place: int, seeds: int) -> str | None:
    mine = {replica.seed: why for replica, why in reasons.items() if replica.arm == place}
    words = [why if seeds == 1 else f"Seed {seed}: {why}" for seed, why in mine.items()]
    return " ".join(words) or None


def _damaged_status(folder: Path, message: str) -> RunStatus:
    is_folder = kind_of(folder) == "folder"
    return RunStatus(
        run_id=folder.name,
        name=read_title(folder, otherwise=folder.name) if is_folder else folder.name,
        phase="damaged",
        step=0,
        num_steps=0,
        message=message,
        created=created_at(folder.name),
        elapsed_s=0.0,
        remaining_s=None,
        device="",
        arms=(),
        checkpoint_step=None,
    )


def _phase(folder: Path, state: WorkerState) -> Phase:
    is_alive = is_held(folder)
    if is_alive and read_control_request(folder).command == "stop":
        return "stopping"
    if state.phase == "starting":
        return "preparing" if is_alive or is_starting(folder, state.said_at) else "interrupted"
    return state.phase if is_alive or state.phase in _FINAL_PHASES else "interrupted"


def _message(folder: Path, phase: Phase, state: WorkerState, last: LastStep) -> str:
    if phase == "interrupted":
        saved = state.checkpoint_step
        restart = "the beginning" if saved is None else f"step {saved}"
        return f"Training stopped unexpectedly at step {last.step}. Resume from {restart}."
    if phase in LIVE_PHASES and _is_disk_full(folder):
        kept = "none yet" if state.checkpoint_step is None else f"step {state.checkpoint_step}"
        return f"Disk full: last checkpoint kept ({kept}). Training goes on once there is space."
    return state.message


def _watched_message(phase: Phase, state: WorkerState, last: LastStep) -> str:
    if phase == "interrupted":
        return state.message or f"The program in which it was watched ended at step {last.step:,}."
    return state.message


def _is_disk_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LOW_DISK_BYTES
    except OSError:  # the folder has just gone
        return False


def _remaining_s(state: WorkerState, last: LastStep) -> float | None:
    if last.step == 0 or last.time_s <= 0 or not state.num_steps:
        return None
    return (state.num_steps - last.step) * last.time_s / last.step
