"""A run is a folder: its configuration, its state, its metrics, its checkpoints.

    runs/<run_id>/
        config.json     what was asked (`ExperimentConfig`)
        name            the title, which a person may change
        state.json      what the worker last said of itself (`WorkerState`)
        control         what a person wants: run, pause, stop
        lock            held while the worker lives
        metrics.db      telemetry
        checkpoints/    weights with cards, and the resumable state
        log             the worker's output

Whoever wants to know how a run is doing asks `read_status`, which looks at the folder alone.
"""

import json
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from resnet_core import paths
from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.config import ExperimentConfig, config_from_json, config_to_json
from resnet_core.errors import ResNetLabError, RunBusyError, RunError, RunNotFoundError
from resnet_core.training.control import read_wish
from resnet_core.training.lock import is_held
from resnet_core.training.store import LastStep, read_last_step

Phase = Literal[
    "queued",
    "preparing",
    "training",
    "paused",
    "stopping",
    "finished",
    "stopped",
    "failed",
    "interrupted",
]
LIVE_PHASES = frozenset({"queued", "preparing", "training", "paused", "stopping"})
RESUMABLE_PHASES = frozenset({"stopped", "failed", "interrupted"})
_FINAL_PHASES = frozenset({"finished", "stopped", "failed"})

# A worker holds its lock about 0.3 s after its start; a busy machine may need much longer.
_START_GRACE_S = 30.0
_LOW_DISK_BYTES = 4 * 2**20
_RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,20}-[0-9a-f]{4}")


@dataclass(frozen=True, kw_only=True)
class WorkerState:
    """What a worker last said of itself, in `state.json`."""

    phase: Phase | Literal["starting"] = "starting"
    """`starting` is said by whoever launches a worker, every other phase by the worker itself."""
    message: str = ""
    """One sentence for the person; empty when there is nothing to add."""
    num_steps: int = 0
    """Length of the run in steps; 0 while it is not known."""
    checkpoint_step: int | None = None
    """Step of the last saved resumable state."""
    device: str = ""
    """Where it trains, such as `cpu` or `NVIDIA H100`."""
    stopped_arms: tuple[tuple[str, str], ...] = ()
    """Label and reason of each arm that had to stop early."""
    said_at: float = 0.0
    """Wall-clock seconds since 1970, only for the grace time of a starting worker."""


@dataclass(frozen=True, kw_only=True)
class ArmStatus:
    """One arm of a run."""

    label: str
    is_plain: bool
    stopped_message: str | None
    """Why it stopped before the others, if it did."""


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

    @property
    def is_live(self) -> bool:
        """Whether a worker is behind it."""
        return self.phase in LIVE_PHASES

    @property
    def is_resumable(self) -> bool:
        """Whether it can be taken up again."""
        return self.phase in RESUMABLE_PHASES


def create_run(config: ExperimentConfig) -> Path:
    """Makes the folder of a new run.

    Raises:
        StorageError: when the disk is full or read-only.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", config.name.lower()).strip("-")[:20].strip("-") or "run"
    run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{slug}-{secrets.token_hex(2)}"
    folder = paths.runs_dir() / run_id
    with storage_errors(folder):
        (folder / "checkpoints").mkdir(parents=True)
    write_atomically(folder / "config.json", config_to_json(config).encode())
    write_state(folder, WorkerState(message="The worker is starting."))
    return folder


def run_dir(run_id: str) -> Path:
    """Finds a run's folder.

    Raises:
        RunNotFoundError: for an id that is malformed or gone.
    """
    folder = paths.runs_dir() / run_id
    if not _RUN_ID.fullmatch(run_id) or not (folder / "config.json").is_file():
        raise RunNotFoundError(f"There is no run '{run_id}'; it may have been deleted.")
    return folder


def read_config(run_id: str) -> ExperimentConfig:
    """Reads what was asked of a run."""
    return config_from_json(ExperimentConfig, (run_dir(run_id) / "config.json").read_bytes())


def write_state(folder: Path, state: WorkerState) -> None:
    """Publishes the worker's state."""
    state = replace(state, said_at=time.time())
    write_atomically(folder / "state.json", json.dumps(asdict(state)).encode())


def read_state(folder: Path) -> WorkerState:
    """Reads the worker's state; a missing or damaged file reads as a worker that is starting."""
    try:
        raw = json.loads((folder / "state.json").read_text())
        raw["stopped_arms"] = tuple((label, why) for label, why in raw["stopped_arms"])
        return WorkerState(**raw)
    except (OSError, ValueError, TypeError, KeyError):
        return WorkerState()


def list_runs() -> tuple[RunStatus, ...]:
    """Lists all runs, newest first; a damaged folder is left out."""
    if not paths.runs_dir().is_dir():
        return ()
    names = sorted((entry.name for entry in paths.runs_dir().iterdir()), reverse=True)
    return tuple(status for name in names if (status := _status_or_none(name)) is not None)


def read_status(run_id: str) -> RunStatus:
    """Tells how a run is doing.

    Raises:
        RunNotFoundError: when there is no such run.
    """
    folder = run_dir(run_id)
    config = read_config(run_id)
    state, last = read_state(folder), read_last_step(folder)
    phase = _phase(folder, state)
    reasons = dict(state.stopped_arms)
    return RunStatus(
        run_id=run_id,
        name=_name(folder, config),
        phase=phase,
        step=last.step,
        num_steps=state.num_steps,
        message=_message(folder, phase, state, last),
        created=datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC),
        elapsed_s=last.time_s,
        remaining_s=_remaining_s(state, last) if phase in LIVE_PHASES else None,
        device=state.device,
        arms=tuple(
            ArmStatus(
                label=arm.label,
                is_plain=arm.model.is_plain,
                stopped_message=reasons.get(arm.label),
            )
            for arm in config.arms
        ),
        checkpoint_step=state.checkpoint_step,
    )


def rename_run(run_id: str, name: str) -> None:
    """Gives a run another title; its id stays.

    Raises:
        RunError: for an empty title, or one of more than 80 characters.
    """
    title = " ".join(name.split())
    if not 0 < len(title) <= 80:
        raise RunError(f"A run's name has 1 to 80 characters, got {len(title)}.")
    write_atomically(run_dir(run_id) / "name", title.encode())


def delete_run(run_id: str) -> None:
    """Deletes a run with its checkpoints.

    Raises:
        RunBusyError: while its worker is alive.
    """
    folder = run_dir(run_id)
    if is_held(folder):
        raise RunBusyError(f"Run {run_id} is still going: stop it before deleting it.", run_id)
    with storage_errors(folder):
        shutil.rmtree(folder)


def _status_or_none(run_id: str) -> RunStatus | None:
    try:
        return read_status(run_id)
    except (ResNetLabError, ValueError, OSError):
        return None


def _name(folder: Path, config: ExperimentConfig) -> str:
    title = folder / "name"
    return title.read_text() if title.is_file() else config.name


def _phase(folder: Path, state: WorkerState) -> Phase:
    is_alive = is_held(folder)
    if is_alive and read_wish(folder).command == "stop":
        return "stopping"
    if state.phase == "starting":
        in_time = abs(time.time() - state.said_at) < _START_GRACE_S
        return "preparing" if is_alive or in_time else "interrupted"
    return state.phase if is_alive or state.phase in _FINAL_PHASES else "interrupted"


def _message(folder: Path, phase: Phase, state: WorkerState, last: LastStep) -> str:
    if phase == "interrupted":
        saved = state.checkpoint_step
        restart = "the beginning" if saved is None else f"step {saved}"
        return f"Training stopped unexpectedly at step {last.step}. Resume from {restart}."
    if phase in LIVE_PHASES and shutil.disk_usage(folder).free < _LOW_DISK_BYTES:
        kept = "none yet" if state.checkpoint_step is None else f"step {state.checkpoint_step}"
        return f"Disk full: last checkpoint kept ({kept}). Training goes on once there is space."
    return state.message


def _remaining_s(state: WorkerState, last: LastStep) -> float | None:
    if last.step == 0 or last.time_s <= 0:
        return None
    return (state.num_steps - last.step) * last.time_s / last.step
