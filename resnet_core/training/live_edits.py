"""Edits done between two steps of a run: wishes granted, logged, and then used."""

import time
from dataclasses import replace
from pathlib import Path

from resnet_core.config import ALL_BLOCKS
from resnet_core.data.randomness import NETS, mix_key
from resnet_core.edits import Edit, interventions_of, value_before
from resnet_core.edits.log import (
    LOG_NAME,
    append_to_log,
    has_wishes,
    inbox_lock,
    read_inbox,
    refuse_wish,
    take_from_inbox,
)
from resnet_core.edits.wishes import check_course, check_edit
from resnet_core.errors import (
    CheckpointError,
    ConfigError,
    ResNetLabError,
    RunDamagedError,
    RunError,
)
from resnet_core.models import apply_interventions, freeze_blocks
from resnet_core.training.arm_edits import adjust_optimizer, intervene, redraw
from resnet_core.training.arms import Arm
from resnet_core.training.lockstep import Lockstep

_POLL_INTERVAL_S = 0.1


class WishReader:
    """Grants wishes of a run's inbox, which it looks at ten times a second at most."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._next_look = 0.0
        self._are_there = False

    def are_there(self) -> bool:
        """Tells whether a wish waits; asked after each step, so it costs nearly nothing."""
        now = time.monotonic()
        if now >= self._next_look:
            self._are_there = has_wishes(self._run_dir)
            self._next_look = now + _POLL_INTERVAL_S
        return self._are_there

    def grant(self, lockstep: Lockstep) -> bool:
        """Grants the first wish that can be: logs it for this step, where it then is due.

        The caller has drained the telemetry, so that arms that diverged are known.  What cannot be
        granted any more is kept with the reason.

        Raises:
            StorageError: when the log cannot be written; nothing was granted then.
        """
        numbers = {edit.number for edit in lockstep.changes.script}
        for wish in read_inbox(self._run_dir):
            if wish.number in numbers:  # a kill came between logging it and taking it away
                take_from_inbox(self._run_dir, wish.number)
                continue
            try:
                edit = _granted(lockstep, wish)
            except ResNetLabError as exc:
                refuse_wish(self._run_dir, wish.number, str(exc))
                continue
            append_to_log(self._run_dir, edit)
            lockstep.changes.script += (edit,)
            take_from_inbox(self._run_dir, wish.number)
            return True
        self._are_there = False
        return False

    def close(self, lockstep: Lockstep) -> Edit | None:
        """Refuses what came too late for the last step; gives a wish for more steps, if any.

        The run has said that it is finished, so that whoever asks from now on is told at once.
        """
        with inbox_lock(self._run_dir):
            late = [wish for wish in read_inbox(self._run_dir) if wish.what != "steps"]
            for wish in late:
                refuse_wish(self._run_dir, wish.number, _too_late(lockstep))
            return next(iter(read_inbox(self._run_dir)), None)


def follow_script(run_dir: Path, lockstep: Lockstep, script: tuple[Edit, ...]) -> None:
    """Gives a run the edits that its log holds; each is done at its step.

    Raises:
        RunDamagedError: for one that the run cannot have had.
    """
    for edit in script:
        try:
            check_edit(lockstep.config, edit)
        except ConfigError as exc:
            raise RunDamagedError(
                f"Run {run_dir.name} is damaged: edit {edit.number} of its log cannot be done "
                f"({str(exc).rstrip('.')}); mend that, or delete the run."
            ) from exc
    lockstep.changes.script = script


def take_up_edits(lockstep: Lockstep, number: int) -> None:
    """Puts in force what was done before a state was saved, whose tensors have it already.

    Raises:
        CheckpointError: when the log holds fewer edits than the state has had.
    """
    changes = lockstep.changes
    if number > len(changes.script):
        raise CheckpointError(
            f"The saved state has had {number:,} edits, and the run's {LOG_NAME} holds "
            f"{len(changes.script):,}: bring that file back, or delete the state to train from the "
            "beginning."
        )
    changes.count_done(number)
    for arm in lockstep.arms if number else ():
        apply_interventions(arm.model, interventions_of(arm.config, changes.done))
        freeze_blocks(arm.model)
        adjust_optimizer(arm, changes.training)


def apply_due_edits(lockstep: Lockstep) -> None:
    """Does the edits of the script that come before the next step."""
    while (edit := lockstep.changes.due(lockstep.step)) is not None:
        apply_edit(lockstep, edit)


def apply_edit(lockstep: Lockstep, edit: Edit) -> None:
    """Does the next edit of the script, between two steps."""
    begin_edit(lockstep)
    for arm in edited_arms(lockstep, edit):
        edit_arm(lockstep, edit, arm)


def begin_edit(lockstep: Lockstep) -> None:
    """Puts the next edit of the script in force; the arms that it concerns follow, one by one."""
    changes = lockstep.changes
    changes.count_done(changes.num_done + 1)


def edit_arm(lockstep: Lockstep, edit: Edit, arm: Arm) -> None:
    """Does an edit that is in force to one arm; it touches nothing of the others."""
    changes = lockstep.changes
    if edit.what == "redraw":
        seed = mix_key(NETS, arm.replica.seed, lockstep.step)
        redraw(arm, edit.blocks or ALL_BLOCKS, seed=seed)
    elif edit.is_of_net:
        intervene(arm, interventions_of(arm.config, changes.done))
    else:
        adjust_optimizer(arm, changes.training)


def edited_arms(lockstep: Lockstep, edit: Edit) -> list[Arm]:
    """Lists the arms in training that an edit concerns, of every seed."""
    return [arm for arm in lockstep.active_arms if edit.arm in (None, arm.config.label)]


def _granted(lockstep: Lockstep, wish: Edit) -> Edit:
    """Gives a wish as it is done at this step.

    Raises:
        ResNetLabError: when it cannot be done any more, saying why.
    """
    check_edit(lockstep.config, wish)
    if lockstep.is_done and (wish.what != "steps" or not lockstep.active_arms):
        raise RunError(_too_late(lockstep))
    if not edited_arms(lockstep, wish):
        raise RunError(f"{wish.arm} trains no more, so it was not edited.")
    changes = lockstep.changes
    before = {
        "learning_rate": changes.rate(lockstep.step),
        "steps": float(changes.num_steps),
    }.get(wish.what)
    if before is None:
        place = (wish.arm, wish.blocks)
        before = value_before(lockstep.config, changes.done, wish.what, place)
    edit = replace(wish, step=lockstep.step, before=before)
    check_course(changes.done, edit)
    return edit


def _too_late(lockstep: Lockstep) -> str:
    return f"The run ended at step {lockstep.step:,}, before this edit could be done."
