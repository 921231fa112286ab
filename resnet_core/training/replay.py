"""How a fork comes to the step that it was forked at: it trains what lies between once more.

Batches and learning rates are pure functions of (seed, step), so what it trains again is what its
parent trained, bit for bit.  Nothing of it is stored: those rows are the parent's already.
"""

import time
from pathlib import Path

from resnet_core.progress import Progress
from resnet_core.runs.fork_origin import ForkOrigin, read_origin
from resnet_core.runs.fork_sentences import left_out_sentence
from resnet_core.runs.store import read_last_step
from resnet_core.training.live_edits import apply_due_edits
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.state import load_state, read_state_header, save_state

_TELL_EVERY_S = 0.5


def catch_up(run_dir: Path, lockstep: Lockstep, tell: Progress) -> None:
    """Brings a fork that has not got there yet to its first own step, and saves it there.

    A run that is no fork, or is past that step, is left alone.  A kill on the way costs the way
    that was gone: the state that the fork began with stays until then.

    Args:
        run_dir: the run's folder.
        lockstep: the freshly built experiment; afterwards it stands at the fork's step.
        tell: hears how far it is, and may raise to end it.

    Raises:
        RunDamagedError: when the folder does not tell where it was forked.
        CheckpointError: when the saved state cannot be used.
        StorageError: when the state cannot be saved.
    """
    origin, folder = read_origin(run_dir), run_dir / "checkpoints"
    header = read_state_header(folder)
    if origin is None or (header is not None and header.step > origin.step):
        return
    if not load_state(folder, lockstep):
        save_state(folder, lockstep)  # arms that stop on the way keep these weights
    _leave_out(lockstep, origin)
    _replay(lockstep, origin.step, tell)
    lockstep.stop_arms_without_finite_weights()
    last = read_last_step(run_dir)
    if last.step == lockstep.step:
        lockstep.time_s = last.time_s  # the time of a run is that of its rows
    save_state(folder, lockstep)


def _leave_out(lockstep: Lockstep, origin: ForkOrigin) -> None:
    for arm in lockstep.active_arms:
        if origin.arm not in (None, arm.replica.arm):
            arm.stopped = left_out_sentence(origin.step)


def _replay(lockstep: Lockstep, step: int, tell: Progress) -> None:
    first, told = lockstep.step, 0.0
    while lockstep.step < step:
        apply_due_edits(lockstep)  # first: one of them may make the run longer
        if lockstep.is_done:
            break
        if time.monotonic() - told > _TELL_EVERY_S:
            share = (lockstep.step - first) / (step - first)
            tell(f"Replaying steps {first + 1:,} to {step:,}.", share)
            told = time.monotonic()
        lockstep.advance()
        if lockstep.is_full:
            lockstep.drain()
    lockstep.drain()
