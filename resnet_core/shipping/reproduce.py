"""Carrying out a plan: every run started or taken up, waited for, and its nets shipped.

What has been done is read from the run folders and the cards, so that the same call goes on where
a killed one stopped, and does nothing where all is done.
"""

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from resnet_core.checkpoints import read_card
from resnet_core.config import ExperimentConfig, fingerprint
from resnet_core.edits.log import read_log
from resnet_core.errors import CheckpointError, ResNetLabError
from resnet_core.runs.control import request
from resnet_core.runs.launcher import resume_run, start_experiment
from resnet_core.runs.queue import RUNS_AT_ONCE
from resnet_core.runs.status import RunStatus, list_runs, read_config, read_status, run_dir
from resnet_core.shares import percent
from resnet_core.shipping.arm import ship_arm
from resnet_core.shipping.plan import PlannedRun, Site

_POLL_S = 1.0

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """How a planned run ended."""

    planned: PlannedRun
    run_id: str | None
    shipped: tuple[Path, ...] = ()
    """Weights of its nets, their cards beside them."""
    problem: str = ""
    """Why there are none, if so."""


def reproduce_plan(plan: Sequence[PlannedRun], site: Site, tell: Tell) -> tuple[RunOutcome, ...]:
    """Trains and ships what is planned and not there yet; one failure does not stop the others.

    Args:
        plan: what to train; the longest first keeps a device busy to the end.
        site: where and with what.
        tell: told in a sentence whatever happens.
    """
    with _at_once(site.at_once):
        return _reproduce(plan, site, tell)


@contextlib.contextmanager
def _at_once(number: int) -> Iterator[None]:
    """Lets workers that are started meanwhile train so many at a time."""
    before = os.environ.get(RUNS_AT_ONCE)
    os.environ[RUNS_AT_ONCE] = str(number)
    try:
        yield
    finally:
        del os.environ[RUNS_AT_ONCE]
        if before is not None:
            os.environ[RUNS_AT_ONCE] = before


def _reproduce(plan: Sequence[PlannedRun], site: Site, tell: Tell) -> tuple[RunOutcome, ...]:
    end = math.inf if site.num_minutes is None else time.monotonic() + 60 * site.num_minutes
    outcomes: dict[PlannedRun, RunOutcome] = {}
    going: dict[PlannedRun, str] = {}
    for planned in plan:
        try:
            going[planned] = _take_up(site.experiment(planned))
        except ResNetLabError as exc:
            outcomes[planned] = RunOutcome(planned=planned, run_id=None, problem=str(exc))
            tell(f"{planned.title}: {exc}")
    for planned, ended in _as_they_end(going, tell, end):
        is_gone = isinstance(ended, RunOutcome)
        outcomes[planned] = ended if is_gone else _ship(planned, ended, site, tell)
    return tuple(outcomes[planned] for planned in plan)


def _take_up(experiment: ExperimentConfig) -> str:
    """Finds the run of an experiment, starts or resumes it where nobody trains it; gives its id."""
    status = _find_run(experiment)
    if status is None:
        return start_experiment(experiment)
    if status.is_resumable:
        resume_run(status.run_id)
    return status.run_id


def _find_run(experiment: ExperimentConfig) -> RunStatus | None:
    """Finds the newest run that is what was planned: one that was changed or forked is not."""
    wanted = _identity(experiment)
    for status in list_runs():
        if status.is_damaged or status.parent is not None or read_log(run_dir(status.run_id)):
            continue
        if _identity(read_config(status.run_id)) == wanted:
            return status
    return None


def _identity(experiment: ExperimentConfig) -> str:
    """Names an experiment whatever machine trains it."""
    return fingerprint(replace(experiment, device="auto", num_threads=None))


def _as_they_end(
    going: dict[PlannedRun, str], tell: Tell, end: float
) -> Iterator[tuple[PlannedRun, RunStatus | RunOutcome]]:
    """Waits for runs, and gives each that ended; of one that is gone, how it ended."""
    said: dict[PlannedRun, str] = {}
    left = dict(going)
    while left:
        for planned, run_id in list(left.items()):
            try:
                status = read_status(run_id)
            except ResNetLabError as exc:  # somebody deleted it; the others go on
                tell(f"{planned.title}: {exc}")
                del left[planned]
                yield planned, RunOutcome(planned=planned, run_id=run_id, problem=str(exc))
                continue
            sentence = f"{planned.title}: {_describe(status)}"
            if said.get(planned) != sentence:
                said[planned] = sentence
                tell(sentence)
            if status.is_live and time.monotonic() > end:
                request(run_dir(run_id), "stop")
            if not status.is_live:
                del left[planned]
                yield planned, status
        time.sleep(_POLL_S if left else 0.0)


def _describe(status: RunStatus) -> str:
    """Says how a run is doing, in tenths, so that it is not said too often."""
    if status.phase == "training" and status.num_steps:
        return f"training, {percent(10 * status.step // status.num_steps / 10, 0)}"
    return status.phase


def _ship(planned: PlannedRun, status: RunStatus, site: Site, tell: Tell) -> RunOutcome:
    if status.phase != "finished":
        problem = status.message or f"The run is {status.phase}."
        return RunOutcome(planned=planned, run_id=status.run_id, problem=problem)
    folder = site.folder_of(planned)
    folder.mkdir(parents=True, exist_ok=True)
    shipped = []
    try:
        for index, arm in enumerate(read_config(status.run_id).arms):
            weights = folder / f"{site.net_name(planned, arm.model.name)}.safetensors"
            if not _is_there(weights, status.run_id):
                title = site.data_title(planned)
                ship_arm(status.run_id, index, weights.stem, data_title=title, folder=folder)
                tell(f"{planned.title}: {weights.name} is there")
            shipped.append(weights)
    except ResNetLabError as exc:
        return RunOutcome(planned=planned, run_id=status.run_id, problem=str(exc))
    return RunOutcome(planned=planned, run_id=status.run_id, shipped=tuple(shipped))


def _is_there(weights: Path, run_id: str) -> bool:
    try:
        return weights.is_file() and read_card(weights).source == f"run {run_id}"
    except CheckpointError:
        return False
