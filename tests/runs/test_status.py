import dataclasses
import json
import os
import time

import numpy as np
import pytest

from resnet_core.errors import (
    RunBusyError,
    RunDamagedError,
    RunError,
    RunNotFoundError,
    StorageError,
)
from resnet_core.runs import folders as run_folders
from resnet_core.runs import launch
from resnet_core.runs import status as runs
from resnet_core.runs.control import request
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.status import WorkerState, write_state
from resnet_core.runs.store import MetricsWriter, StepRow
from tests.training.conftest import tiny_experiment


@pytest.fixture
def folder(home):
    return runs.create_run(tiny_experiment())


def add_step(folder, step: int) -> None:
    writer = MetricsWriter(folder)
    row = StepRow(
        step=step,
        arm=0,
        time_s=2.0 * step,
        loss=1.0,
        accuracy=0.0,
        learning_rate=0.1,
        images_per_s=1.0,
        gradient_norm=1.0,
        layer_norms=np.zeros(1),
    )
    with writer.transaction():
        writer.add_steps([row])
    writer.close()


def test_read_config_gives_what_was_asked(folder):
    assert runs.read_config(folder.name) == tiny_experiment()


def test_read_status_of_a_starting_run_is_preparing(folder):
    status = runs.read_status(folder.name)
    assert (status.phase, status.is_live, status.step) == ("preparing", True, 0)


def test_read_status_of_a_worker_that_never_came_is_interrupted(folder, monkeypatch):
    monkeypatch.setattr(launch, "_START_GRACE_S", 0.0)
    status = runs.read_status(folder.name)
    assert status.phase == "interrupted"
    assert status.is_resumable
    assert status.message.endswith("Resume from the beginning.")


def test_read_status_of_a_dead_worker_names_both_steps(folder):
    write_state(folder, WorkerState(phase="training", num_steps=40, checkpoint_step=8))
    add_step(folder, 10)
    status = runs.read_status(folder.name)
    assert status.phase == "interrupted"
    assert status.message == "Training stopped unexpectedly at step 10. Resume from step 8."


def test_read_status_of_a_living_worker_tells_the_time_left(folder):
    write_state(folder, WorkerState(phase="training", num_steps=40, device="cpu"))
    add_step(folder, 10)
    with hold_lock(folder):
        status = runs.read_status(folder.name)
        request(folder, "stop")
        stopping = runs.read_status(folder.name)
    assert (status.phase, status.step, status.elapsed_s) == ("training", 10, 20.0)
    assert status.remaining_s == 60.0
    assert stopping.phase == "stopping"


def test_read_status_survives_a_clock_that_jumps(folder):
    state = json.loads((folder / "state.json").read_text())
    state["said_at"] += 2 * 86400
    (folder / "state.json").write_text(json.dumps(state))
    assert runs.read_status(folder.name).phase == "interrupted"


def test_read_status_says_why_an_arm_stopped(folder):
    stopped = (("plain", "Loss became NaN at step 3; lower the learning rate."),)
    write_state(folder, WorkerState(phase="finished", stopped_arms=stopped))
    arms = runs.read_status(folder.name).arms
    assert [arm.stopped_message for arm in arms] == [None, stopped[0][1]]
    assert [arm.is_plain for arm in arms] == [False, True]


def test_list_runs_leaves_out_what_is_no_run(folder, home):
    for name in ("notes", "20209999-000000-date-0000", ".new-20200101-000000-half-0000"):
        (home / "runs" / name).mkdir()
    assert [status.run_id for status in runs.list_runs()] == [folder.name]


def test_create_run_leaves_nothing_behind_where_it_cannot_write(home, monkeypatch):
    def refuse(*_: object) -> None:
        raise StorageError("No.")

    monkeypatch.setattr(run_folders, "write_state", refuse)
    with pytest.raises(StorageError):
        runs.create_run(tiny_experiment())
    assert list((home / "runs").iterdir()) == []


def test_create_run_sweeps_what_killed_processes_left_long_ago(home):
    for name, age_s in ((".new-old", 7200), (".deleted-old", 7200), (".new-now", 0)):
        (home / "runs" / name / "checkpoints").mkdir(parents=True)
        long_ago = time.time() - age_s
        os.utime(home / "runs" / name, (long_ago, long_ago))
    kept = runs.create_run(tiny_experiment())
    assert {path.name for path in (home / "runs").iterdir()} == {".new-now", kept.name}


@pytest.mark.parametrize("run_id", ["..", "../x", "", "20200101-000000-none-0000", "a/b"])
def test_run_dir_refuses_ids_that_are_not_runs(home, run_id):
    with pytest.raises(RunNotFoundError):
        runs.run_dir(run_id)


def test_rename_run_changes_the_title_alone(folder):
    runs.rename_run(folder.name, "  My <b>best</b>\n run ")
    assert runs.read_status(folder.name).name == "My <b>best</b> run"
    assert runs.read_config(folder.name).name == "tiny"
    for bad in ("", "  ", "x" * 81):
        with pytest.raises(RunError, match="1 to 80 characters"):
            runs.rename_run(folder.name, bad)


def test_delete_run_waits_for_the_worker_to_end(folder):
    with hold_lock(folder), pytest.raises(RunBusyError, match="stop it before"):
        runs.delete_run(folder.name)
    runs.delete_run(folder.name)
    assert not folder.exists()


def test_create_run_gives_each_run_a_folder_of_its_own(home):
    config = dataclasses.replace(tiny_experiment(), name="../../ Ünï <script>")
    folders = {runs.create_run(config) for _ in range(5)}
    assert len(folders) == 5
    assert {folder.parent for folder in folders} == {home / "runs"}


def test_notes_keep_their_lines_and_lose_what_cannot_be_seen(folder):
    assert runs.read_status(folder.name).notes == ""
    runs.write_notes(folder.name, "  <b>wide</b>\x00 net \r\n\n$x$ \u200bok\n")
    assert runs.read_status(folder.name).notes == "<b>wide</b> net\n\n$x$ ok"
    assert runs.read_status(folder.name).name == "tiny"
    with pytest.raises(RunError, match=r"at most 2,000 characters, got 2,001"):
        runs.write_notes(folder.name, "x" * 2001)
    runs.write_notes(folder.name, "")
    assert runs.read_status(folder.name).notes == ""


def test_notes_that_are_no_text_read_as_none_and_a_link_in_their_place_is_damage(folder, tmp_path):
    (folder / "notes").write_bytes(b"\xff\xfe")
    assert runs.read_status(folder.name).notes == ""
    (folder / "notes").unlink()
    (folder / "notes").symlink_to(tmp_path / "elsewhere")
    assert runs.read_status(folder.name).phase == "damaged"
    with pytest.raises(RunDamagedError):
        runs.write_notes(folder.name, "x")
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def ended(folder):
    write_state(folder, WorkerState(phase="stopped", num_steps=40, checkpoint_step=8))
    add_step(folder, 8)
    return folder


def test_a_run_that_is_over_is_read_once(ended, monkeypatch):
    before = runs.list_runs()
    monkeypatch.setattr(runs, "read_last_step", lambda folder: pytest.fail("read again"))
    assert runs.list_runs() == before


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        (lambda folder: runs.rename_run(folder.name, "Twin"), "name", "Twin"),
        (lambda folder: runs.write_notes(folder.name, "of it"), "notes", "of it"),
        (lambda folder: add_step(folder, 9), "step", 9),
        (lambda folder: write_state(folder, WorkerState(phase="failed")), "phase", "failed"),
        (lambda folder: write_state(folder, WorkerState(phase="training")), "phase", "interrupted"),
        (lambda folder: (folder / "config.json").unlink(), "phase", "damaged"),
        (lambda folder: (folder / "log").mkdir(), "phase", "damaged"),
    ],
)
def test_a_change_of_a_run_that_is_over_is_seen_at_once(ended, change, field, told):
    assert runs.read_status(ended.name).phase == "stopped"
    change(ended)
    assert getattr(runs.read_status(ended.name), field) == told


def test_a_run_that_was_over_is_going_as_soon_as_a_worker_holds_it(ended):
    assert runs.read_status(ended.name).phase == "stopped"
    request(ended, "stop")
    with hold_lock(ended):
        assert runs.read_status(ended.name).phase == "stopping"
    assert runs.read_status(ended.name).phase == "stopped"
