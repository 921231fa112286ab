"""Forking a run: a new one that begins with another's past and goes on by itself."""

from collections.abc import Callable
from pathlib import Path

from resnet_core import paths
from resnet_core.errors import ResNetLabError
from resnet_core.runs.control import ask_to_stand_aside
from resnet_core.runs.folders import create_run, delete_run, end_worker, read_config, run_dir
from resnet_core.runs.fork_files import furnish_fork
from resnet_core.runs.fork_plan import ForkPlan
from resnet_core.runs.launcher import check_data, launch_worker
from resnet_core.runs.lock import exclusive, is_held


def start_fork(
    plan: ForkPlan, prepare: Callable[[str], object] | None = None
) -> tuple[str, ForkPlan]:
    """Makes a fork as planned, starts its worker, and asks a parent with the device for its place.

    Args:
        plan: from `plan_fork`.
        prepare: gets the fork's id before its worker starts, to ask for edits that come before its
            first own step; where it raises, there is no fork.

    Returns:
        The fork's id, and the plan that was carried out: a parent that trains may meanwhile have
        given up the state that the fork was to begin with.

    Raises:
        RunNotFoundError: when the parent is gone.
        RunDamagedError: when the parent's folder is not as the lab left it.
        RunError: when the parent's history cannot be read.
        DataError: when the pictures are gone.
        StorageError: when the fork cannot be written; nothing of it is left behind.
        ProcessError: when its worker cannot start; nothing of it is left behind.
    """
    parent = run_dir(plan.parent)
    check_data(read_config(plan.parent).data)
    with exclusive(paths.runs_dir() / ".launch.lock"):
        folder, plan = _create(parent, plan)
        try:
            if prepare is not None:
                prepare(folder.name)
            launch_worker(folder)
            if plan.takes_place and is_held(parent):
                ask_to_stand_aside(parent, folder.name)
        except ResNetLabError:
            _take_back(folder)
            raise
    return folder.name, plan


def _create(parent: Path, plan: ForkPlan) -> tuple[Path, ForkPlan]:
    plans = []
    folder = create_run(
        read_config(plan.parent), lambda made: plans.append(furnish_fork(made, parent, plan))
    )
    return folder, plans[0]


def _take_back(folder: Path) -> None:
    end_worker(folder)
    delete_run(folder.name)
