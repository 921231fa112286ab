"""A run stands aside for its fork: it gives the fork its turn, and has it back when that ends.

The fork takes over the place in the queue itself, so nobody who waits behind comes in between, and
there is no moment in which both train.
"""

import contextlib
from pathlib import Path

from resnet_core.errors import RunDamagedError, StorageError
from resnet_core.runs.control import ask_to_stand_aside, read_control_request
from resnet_core.runs.fork_origin import read_origin
from resnet_core.runs.lock import is_held
from resnet_core.runs.queue import has_worker, pass_turn


def is_over(run_dir: Path, child: str) -> bool:
    """Tells whether a fork has ended that a run stands aside for."""
    return not has_worker(run_dir.with_name(child))


def take_place_back(run_dir: Path, child: str) -> None:
    """Takes back what is left of the turn of a fork that has ended, if it did not give that back.

    Raises:
        StorageError: when the queue or the control file cannot be written.
    """
    pass_turn(run_dir.with_name(child), run_dir)
    ask_to_stand_aside(run_dir, None)


def give_place_back(run_dir: Path) -> None:
    """Gives the turn of a fork that ends back to its parent, if that stands aside for it."""
    # A parent that is not given its place takes it: a trained run has not failed for that.
    with contextlib.suppress(RunDamagedError, StorageError):
        origin = read_origin(run_dir)
        if origin is None:
            return
        parent = run_dir.with_name(origin.parent)
        waits = read_control_request(parent).stands_aside_for == run_dir.name
        if waits and is_held(parent):
            pass_turn(run_dir, parent)
