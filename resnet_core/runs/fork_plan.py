"""What a fork would take: from which state it begins, what it replays, whose place it takes.

Nothing is changed by planning, so a page and the command line say it before they begin.
"""

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import safetensors

from resnet_core.errors import RunError
from resnet_core.own_files import kind_of
from resnet_core.runs.folders import find_own_run
from resnet_core.runs.fork_origin import read_origin
from resnet_core.runs.kept import STATE_NAME, is_whole, list_kept
from resnet_core.runs.layout import damaged_store_errors
from resnet_core.runs.queue import lane_of, list_in_line, runs_at_once
from resnet_core.runs.status import read_config, run_dir
from resnet_core.runs.store import connect_read_only
from resnet_core.runs.watched_runs import refuse_watched


@dataclass(frozen=True, kw_only=True)
class ForkPlan:
    """A fork before it is begun."""

    parent: str
    step: int
    """Finished steps that it will have in common with its parent."""
    arm: int | None
    """Place of the one arm that it will train; `None` for all."""
    state: Path | None
    """The parent's state that it begins with; `None` where it begins with the first weights."""
    kept_step: int
    """Step of that state; 0 without one."""
    replay_s: float
    """What the steps between took the parent, s."""
    damaged_steps: tuple[int, ...] = ()
    """Steps of later states that would have served, and are damaged."""
    takes_place: bool = False
    """Whether its parent has the device, and is to stand aside."""
    num_ahead: int = 0
    """Runs that must end before its turn comes."""

    @property
    def replay_steps(self) -> int:
        """Steps that it trains again before the first one of its own."""
        return self.step - self.kept_step


def plan_fork(run_id: str, step: int, arm: str | int | None = None) -> ForkPlan:
    """Looks how a run can be forked after so many steps; changes nothing.

    Args:
        run_id: a run of the person's own, in any phase.
        step: finished steps, from 0 to those that the run has taken.
        arm: number, label or registry name of the one arm to train on; by default all.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder is not as the lab left it.
        RunError: for a step that was not taken, or a run that came with the lab or is only watched.
        ConfigError: for an arm that the run does not have.
    """
    find_own_run(run_id)
    folder, config = run_dir(run_id), read_config(run_id)
    refuse_watched(folder, "be forked")
    place = _arm_before(folder, step) if arm is None else config.find_arm(arm)
    _check_step(folder, step, place, None if place is None else config.arms[place].label)
    plan = ForkPlan(
        parent=run_id,
        step=step,
        arm=place,
        state=None,
        kept_step=0,
        replay_s=0.0,
    )
    return choose_state(_find_place(plan, folder, lane_of(config.device)))


def choose_state(plan: ForkPlan) -> ForkPlan:
    """Looks from which of its parent's states, as they are now, a fork is best begun.

    Raises:
        RunError: when the parent is gone, or its history cannot be read.
    """
    folder, damaged = run_dir(plan.parent), []
    found, kept_step = None, 0
    for step, path, is_sound in _states_before(folder, plan.step):
        if is_sound:
            found, kept_step = path, step
            break
        damaged.append(step)
    return replace(
        plan,
        state=found,
        kept_step=kept_step,
        replay_s=_time_between(folder, kept_step, plan.step),
        damaged_steps=tuple(damaged),
    )


def read_state_step(path: Path) -> int | None:
    """Reads the step of a state; `None` where there is no sound file."""
    if kind_of(path) != "file":
        return None
    try:
        with safetensors.safe_open(path, framework="np") as file:
            step = json.loads((file.metadata() or {})["header"])["step"]
    except (safetensors.SafetensorError, OSError, ValueError, LookupError, TypeError):
        return None
    return step if isinstance(step, int) and step >= 0 else None


def _find_place(plan: ForkPlan, folder: Path, lane: str) -> ForkPlan:
    line, most = list_in_line(folder.parent, lane), runs_at_once()
    if len(line) >= most and plan.parent in line[:most]:
        return replace(plan, takes_place=True)
    return replace(plan, num_ahead=max(0, len(line) - most + 1))


def _arm_before(folder: Path, step: int) -> int | None:
    """A fork of a fork goes on with the one arm of its parent, unless it begins before that."""
    origin = read_origin(folder)
    return None if origin is None or step < origin.step else origin.arm


def _check_step(folder: Path, step: int, arm: int | None, label: str | None) -> None:
    last, last_of_arm = _last_step(folder, None), _last_step(folder, arm)
    if step < 0:
        raise RunError(f"A run is forked after 0 or more finished steps, got {step:,}.")
    if step > last:
        raise RunError(
            f"Run {folder.name} has taken {last:,} steps, so it cannot be forked at {step:,}: "
            f"choose a step from 0 to {last:,}."
        )
    if step > last_of_arm:
        raise RunError(
            f"{label} stopped after {last_of_arm:,} steps: fork it at a step from 0 to "
            f"{last_of_arm:,}, or with all nets."
        )


def _last_step(folder: Path, arm: int | None) -> int:
    query = "SELECT coalesce(max(start) + 1, 0) FROM curves WHERE width = 1"
    return int(_ask_store(folder, query + ("" if arm is None else f" AND arm = {arm:d}")) or 0)


def _time_between(folder: Path, early: int, late: int) -> float:
    """Seconds that a run trained between two finished steps."""
    query = "SELECT max(time_s) FROM curves WHERE width = 1 AND start = {:d}"
    times = [_ask_store(folder, query.format(step - 1)) or 0.0 for step in (early, late)]
    return max(0.0, times[1] - times[0])


def _ask_store(folder: Path, query: str) -> float | None:
    """Asks a store for one number; `None` without a store, or before its worker made tables."""
    with damaged_store_errors(folder):
        connection = connect_read_only(folder)
        if connection is None:
            return None
        with closing(connection):
            try:
                (found,) = connection.execute(query).fetchone()
            except sqlite3.OperationalError as exc:
                if "no such table" not in str(exc):
                    raise
                return None
        if found is not None and not math.isfinite(found):
            raise ValueError(found)
        return found


def _states_before(folder: Path, step: int) -> Iterator[tuple[int, Path, bool]]:
    """Goes back through the states up to a step: where each lies, and whether it is sound."""
    kept = [each for each in list_kept(folder) if each.step <= step]
    resume = folder / "checkpoints" / STATE_NAME
    resume_step = read_state_step(resume)
    if resume_step is not None and max((k.step for k in kept), default=0) < resume_step <= step:
        yield resume_step, resume, True
    for each in reversed(kept):
        yield each.step, each.path, is_whole(each)
