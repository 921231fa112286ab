"""Forks in processes of their own: whose turn it is, and what a kill leaves."""

import dataclasses
import errno
import os
import time

import pytest

from resnet_core.errors import DiskFullError, ProcessError, RunBusyError
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.runs.control import read_control_request, request
from resnet_core.runs.fork import start_fork
from resnet_core.runs.fork_plan import plan_fork
from resnet_core.runs.kept import KEPT_NAME
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.queue import lane_of, list_ahead
from resnet_core.runs.store import set_aside_if_damaged
from tests.training.conftest import tiny_experiment, wait_for
from tests.training.forking import assert_same_end, content_of, make_fork, trained_run
from tests.training.test_worker import small_disk  # noqa: F401 - a fixture

ENDLESS = {"steps": 1_000_000, "evaluate_every": 100_000}
LANE = lane_of("cpu")


@pytest.fixture
def fork(start, home):
    """Forks for real, and ends what is left of the forks."""
    started = []

    def fork_one(parent: str, step: int, arm: str | None = None) -> str:
        child, _ = start_fork(plan_fork(parent, step, arm))
        started.append(child)
        return child

    yield fork_one
    for run_id in started:
        if (home / "runs" / run_id).exists():
            launcher.kill_run(run_id)


def is_training(status: runs.RunStatus) -> bool:
    return status.phase == "training"


def is_over(status: runs.RunStatus) -> bool:
    return not status.is_live


def steps_in(run_id: str, seconds: float) -> int:
    before = runs.read_status(run_id).step
    time.sleep(seconds)
    return runs.read_status(run_id).step - before


@pytest.mark.slow
def test_a_fork_takes_the_place_of_its_parent_until_it_ends(start, fork):
    parent = start(tiny_experiment(**ENDLESS))
    wait_for(parent, lambda status: status.step > 5)
    behind = start(dataclasses.replace(tiny_experiment(**ENDLESS), seed=9))
    wait_for(behind, lambda status: status.phase == "queued")
    assert plan_fork(parent, 5).takes_place
    child = fork(parent, 5)
    paused = wait_for(parent, lambda status: status.phase == "paused")
    assert paused.message.startswith(f"Its fork {child} has the device")
    assert paused.checkpoint_step == paused.step
    wait_for(child, lambda status: is_training(status) and status.step > 10)
    assert steps_in(parent, 0.4) == 0
    assert runs.read_status(behind).phase == "queued"
    request(runs.run_dir(child), "stop")
    wait_for(child, is_over)
    wait_for(parent, lambda status: is_training(status) and status.step > paused.step + 3)
    assert runs.read_status(parent).message == ""
    assert runs.read_status(behind).phase == "queued"
    assert read_control_request(runs.run_dir(parent)).stands_aside_for is None


@pytest.mark.slow
def test_a_parent_has_its_place_again_when_its_fork_is_killed(start, fork):
    parent = start(tiny_experiment(**ENDLESS))
    wait_for(parent, lambda status: status.step > 5)
    behind = start(dataclasses.replace(tiny_experiment(**ENDLESS), seed=9))
    wait_for(behind, lambda status: status.phase == "queued")
    child = fork(parent, 5)
    wait_for(child, is_training)
    launcher.kill_run(child)
    wait_for(parent, is_training)
    assert list_ahead(runs.run_dir(behind), LANE) == (parent,)


@pytest.mark.slow
def test_a_parent_that_is_asked_to_go_on_waits_for_its_turn(start, fork):
    parent = start(tiny_experiment(**ENDLESS))
    wait_for(parent, lambda status: status.step > 5)
    child = fork(parent, 5)
    wait_for(child, is_training)
    assert not plan_fork(parent, 5).takes_place
    launcher.resume_run(parent)
    queued = wait_for(parent, lambda status: status.phase == "queued")
    assert queued.message == "1 run is ahead on this device."
    assert steps_in(parent, 0.3) == 0
    request(runs.run_dir(child), "stop")
    wait_for(parent, lambda status: is_training(status) and status.step > queued.step)


@pytest.mark.slow
def test_a_paused_parent_gives_its_turn_and_stays_paused(start, fork):
    parent = start(tiny_experiment(**ENDLESS))
    wait_for(parent, lambda status: status.step > 5)
    request(runs.run_dir(parent), "pause")
    paused = wait_for(parent, lambda status: status.phase == "paused")
    child = fork(parent, 5)
    wait_for(child, is_training)
    request(runs.run_dir(child), "stop")
    wait_for(child, is_over)
    wait_for(parent, lambda status: status.phase == "paused" and not status.message)
    assert (runs.read_status(parent).step, steps_in(parent, 0.3)) == (paused.step, 0)


@pytest.mark.slow
def test_a_parent_that_stands_aside_can_be_stopped(start, fork):
    parent = start(tiny_experiment(**ENDLESS))
    wait_for(parent, lambda status: status.step > 5)
    child = fork(parent, 5)
    wait_for(child, is_training)
    request(runs.run_dir(parent), "stop")
    assert wait_for(parent, is_over).phase == "stopped"
    assert is_training(runs.read_status(child))


@pytest.mark.slow
def test_a_fork_that_is_killed_while_it_replays_is_resumed_to_the_same_end(start, fork):
    config = tiny_experiment(steps=160, evaluate_every=80)
    parent = start(config)
    wait_for(parent, lambda status: status.phase == "finished")
    for kept in (runs.run_dir(parent) / KEPT_NAME).iterdir():
        kept.unlink()  # as an older run, so that it replays for a while
    before = content_of(runs.run_dir(parent))
    child = fork(parent, 159)
    wait_for(child, lambda status: status.message.startswith("Replaying steps 1 to 159."))
    assert launcher.kill_run(child)
    status = runs.read_status(child)
    assert (status.phase, status.step) == ("interrupted", 159)
    assert status.message.endswith("Resume from the beginning.")
    launcher.resume_run(child)
    assert wait_for(child, is_over).phase == "finished"
    assert_same_end(runs.run_dir(child), runs.run_dir(parent))
    assert content_of(runs.run_dir(parent)) == before
    shown = {status.run_id: status for status in runs.list_runs()}
    assert (shown[child].parent, shown[child].fork_step) == (parent, 159)
    assert (shown[parent].parent, shown[parent].fork_step) == (None, None)


@pytest.mark.slow
def test_a_live_fork_is_no_hindrance_to_its_experiment(start, fork):
    config = tiny_experiment(**ENDLESS)
    parent = start(config)
    wait_for(parent, lambda status: status.step > 3)
    child = fork(parent, 3)
    launcher.kill_run(parent)
    again = start(config)
    assert again not in (parent, child)
    with pytest.raises(RunBusyError, match=again):
        start(config)


def test_a_fork_that_cannot_begin_leaves_nothing(start, home, monkeypatch):
    parent = start(tiny_experiment())
    wait_for(parent, lambda status: status.phase == "finished")
    plan = plan_fork(parent, 5)

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(launcher.subprocess, "Popen", refuse)
    with pytest.raises(ProcessError, match="its memory is used up; close other programs"):
        start_fork(plan)
    assert [status.run_id for status in runs.list_runs()] == [parent]
    assert [path.name for path in (home / "runs").iterdir() if not path.name.startswith(".")] == [
        parent
    ]


def test_a_fork_on_a_full_disk_is_told_and_leaves_nothing(small_disk, monkeypatch):  # noqa: F811
    monkeypatch.setenv("RESNET_LAB_HOME", str(small_disk))
    parent = trained_run(tiny_experiment())
    with (small_disk / "hog").open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(b"\0" * 4096)
    before = content_of(parent)
    with pytest.raises(DiskFullError, match="the disk is full; free some space"):
        make_fork(parent, 5)
    assert len(read_curves(parent).arms[0].step) == 12  # which SQLite by itself refuses to read
    assert set_aside_if_damaged(parent) is None
    assert [run for run in parent.parent.iterdir() if not run.name.startswith(".queue")] == [parent]
    (small_disk / "hog").unlink()
    assert content_of(parent) == before
    assert runs.read_status(make_fork(parent, 5).name).step == 5
