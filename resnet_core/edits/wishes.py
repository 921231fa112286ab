"""Wishes made and checked: whatever is refused leaves the run as it was."""

import math
import time
from dataclasses import replace
from pathlib import Path

from resnet_core.config import (
    ALL_BLOCKS,
    Bounds,
    ExperimentConfig,
    Intervention,
    Replica,
    check_intervention,
)
from resnet_core.edits.course import data_after, steps_after, training_after, value_before
from resnet_core.edits.log import (
    done_and_pending_edits,
    inbox_lock,
    next_number,
    put_into_inbox,
    read_edits,
    refused_edits,
    take_from_inbox,
)
from resnet_core.edits.records import NET_KINDS, TEXT_KINDS, Edit, Wish
from resnet_core.errors import ConfigError, ResNetLabError, RunError
from resnet_core.runs.files import WorkerState
from resnet_core.runs.folders import find_own_run
from resnet_core.runs.status import (
    RunStatus,
    read_config,
    read_state,
    read_status,
    run_dir,
    write_state,
)
from resnet_core.runs.watched_runs import refuse_watched

_POLL_S = 0.02
_FACTOR = Bounds(above=0, most=1000)
_MOST_STEPS = 10**9


def request_edit(run_id: str, wish: Wish) -> Edit:
    """Asks for an edit, and gives it as it waits: it has a number, and no step yet.

    The worker of a run that goes grants it before its next step; a stopped run's waits until it is
    resumed.  A finished run can only be given more steps, and is a stopped one then.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder is not as the lab left it.
        RunError: for a run that came with the lab, is only watched or has ended, or an arm that
            stopped.
        ConfigError: for what the run has not, or a value that cannot be.
        StorageError: when the wish cannot be kept.
    """
    find_own_run(run_id)
    folder, config = run_dir(run_id), read_config(run_id)
    refuse_watched(folder, "be edited")
    draft = _draft(config, wish)
    check_edit(config, draft)
    with inbox_lock(folder):
        status = read_status(run_id)
        _check_status(status, draft)
        done, waiting = done_and_pending_edits(run_id)
        earlier = (*done, *waiting)
        edit = replace(
            draft,
            number=next_number(folder),
            before=_value_now(config, earlier, draft, status),
        )
        check_course(earlier, edit)
        put_into_inbox(folder, edit)
        if status.phase == "finished":
            _reopen(folder, edit)
    return edit


def wait_for_edit(run_id: str, edit: Edit, timeout_s: float) -> Edit:
    """Waits until a wish is done, at most `timeout_s` seconds; gives it with or without its step.

    Raises:
        RunError: when it was refused as its turn came, saying why.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        done = [each for each in read_edits(run_id) if each.number == edit.number]
        if done:
            return done[0]
        why = refused_edits(run_id).get(edit.number)
        if why is not None:
            raise RunError(why)
        if time.monotonic() > deadline:
            return edit
        time.sleep(_POLL_S)


def check_wish(config: ExperimentConfig, wish: Wish) -> None:
    """Refuses a wish that no run of this experiment can have, before there is a run to ask.

    Raises:
        ConfigError: saying what is allowed.
    """
    check_edit(config, _draft(config, wish))


def check_edit(config: ExperimentConfig, edit: Edit) -> None:
    """Refuses an edit that this experiment cannot have, whenever it was asked for.

    Raises:
        ConfigError: saying what is allowed.
    """
    if isinstance(edit.after, str) != (edit.what in TEXT_KINDS):
        raise ConfigError(f"{edit.what} cannot be '{str(edit.after)[:80]}'.")
    if edit.is_of_net:
        place = config.find_arm(edit.arm or "")
        check_intervention(config.arms[place].model, edit.intervention)
    elif edit.what in TEXT_KINDS:
        data_after(config, [edit])
    elif edit.what == "steps":
        _check_rate(config, edit)
    elif edit.what == "learning_rate_factor":
        _require_within("learning_rate_factor", edit.after, _FACTOR)
    elif edit.what == "learning_rate":
        replace(config.training, learning_rate=edit.after)
    else:
        training_after(config, [edit])


def check_course(earlier: tuple[Edit, ...], edit: Edit) -> None:
    """Refuses what the edits before this one leave no room for.

    Raises:
        ConfigError: saying what is allowed.
    """
    if edit.what != "steps" or edit.before is None:
        return
    now = steps_after(int(edit.before), earlier)
    if float(edit.after) <= now:
        raise ConfigError(
            f"steps is the length of the whole run, which has {now:,}: ask for more than that, got "
            f"{edit.after:,.0f}."
        )


def _draft(config: ExperimentConfig, wish: Wish) -> Edit:
    """Gives a wish the form of an edit; number and former value are filled in later."""
    if wish.what in NET_KINDS:
        _refuse_rate(wish)
        # None is all of them, and an empty name none: that of an unset variable, it may be.
        blocks = ALL_BLOCKS if wish.blocks is None else wish.blocks
        intervention = Intervention(what=wish.what, blocks=blocks, value=_number_of(wish))
        label: str | None = config.arms[_find_arm(config, wish.arm)].label
        blocks, after = intervention.blocks, intervention.value
    else:
        _refuse_place(wish)
        label = blocks = None
        after = str(wish.value) if wish.what in TEXT_KINDS else _number_of(wish)
    return Edit(
        number=1,
        step=None,
        arm=label,
        what=wish.what,
        blocks=blocks,
        before=None,
        after=after,
        rate=None if wish.rate is None else float(wish.rate),
    )


def _find_arm(config: ExperimentConfig, arm: str | int | None) -> int:
    if arm is None:
        if len(config.arms) == 1:
            return 0
        known = ", ".join(f"{place} ({a.label})" for place, a in enumerate(config.arms))
        raise ConfigError(f"Say which net is meant: name one of {known}.")
    return config.find_arm(arm)


def _number_of(wish: Wish) -> float:
    if isinstance(wish.value, str) or not math.isfinite(wish.value):
        raise ConfigError(f"{wish.what} takes a number, got '{str(wish.value)[:80]}'.")
    return float(wish.value)


def _refuse_place(wish: Wish) -> None:
    if wish.arm is not None or wish.blocks is not None:
        raise ConfigError(
            f"{wish.what} is changed for all nets alike, so that they still see the same batches: "
            "leave out arm and blocks."
        )
    if wish.what != "steps":
        _refuse_rate(wish)


def _refuse_rate(wish: Wish) -> None:
    if wish.rate is not None:
        raise ConfigError(f"A rate belongs to more steps: leave it out for {wish.what}.")


def _check_rate(config: ExperimentConfig, edit: Edit) -> None:
    steps = float(edit.after)
    if not (steps.is_integer() and 1 <= steps <= _MOST_STEPS):
        raise ConfigError(f"steps must be a whole number up to {_MOST_STEPS:,}, got {steps:g}.")
    if edit.rate is None:
        raise ConfigError(
            "Say at which learning rate the new steps train, since the schedule ends before them: "
            "give a rate, such as 0.001."
        )
    replace(config.training, learning_rate=edit.rate)


def _require_within(name: str, value: float | str, bounds: Bounds) -> None:
    if not bounds.hold(float(value)):
        raise ConfigError(f"{name} must {bounds}, got {value}.")


def _check_status(status: RunStatus, edit: Edit) -> None:
    if status.is_damaged:
        raise RunError(status.message)
    if status.phase == "finished" and edit.what != "steps":
        raise RunError(
            f"Run {status.run_id} ended at step {status.step:,}, and an edit needs a step to come: "
            "give it more steps first, or train anew."
        )
    stopped = {replica.seed for replica in status.stopped_replicas if _is_of(status, replica, edit)}
    if edit.arm is not None and len(stopped) == status.seeds:
        why = next(a.stopped_message for a in status.arms if a.label == edit.arm)
        raise RunError(f"{edit.arm} trains no more, so it cannot be edited. {why}")
    if edit.arm is None and len(status.stopped_replicas) == len(status.arms) * status.seeds:
        raise RunError(f"Every net of run {status.run_id} stopped early: train anew.")


def _is_of(status: RunStatus, replica: Replica, edit: Edit) -> bool:
    return status.arms[replica.arm].label == edit.arm


def _value_now(
    config: ExperimentConfig, earlier: tuple[Edit, ...], draft: Edit, status: RunStatus
) -> float | str | None:
    """What the edit replaces, as far as it is known before the worker grants it."""
    if draft.what == "steps":  # unknown until the worker has counted the pictures
        return float(steps_after(status.num_steps, earlier)) if status.num_steps else None
    return value_before(config, earlier, draft.what, (draft.arm, draft.blocks))


def _reopen(folder: Path, edit: Edit) -> None:
    """Makes a finished run one that can be resumed, for the steps that it was just given."""
    message = f"{edit.after:,.0f} steps are asked for: resume to take the new ones."
    try:
        state: WorkerState = read_state(folder)
        write_state(folder, replace(state, phase="stopped", message=message))
    except ResNetLabError:
        take_from_inbox(folder, edit.number)  # nobody would ever grant it
        raise
