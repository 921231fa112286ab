"""Real workers in processes of their own: started, paused, stepped, stopped, killed, resumed."""

import dataclasses
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch

from resnet_core.checkpoints import list_checkpoints, load_checkpoint
from resnet_core.children import modest_environment
from resnet_core.config import ArmConfig
from resnet_core.errors import DataError, RunBusyError, RunError
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.runs.control import request
from resnet_core.runs.metrics import read_curves, read_profiles
from resnet_core.training.state import STATE_NAME
from tests.training.conftest import take_steps, tiny_experiment, tiny_model, wait_for

ENDLESS = {"steps": 1_000_000, "evaluate_every": 100_000, "checkpoint_every_s": 0.2}


def folder_of(run_id: str) -> Path:
    return runs.run_dir(run_id)


def weights_of(run_id: str) -> dict[str, torch.Tensor]:
    state = safetensors.torch.load_file(folder_of(run_id) / "checkpoints" / STATE_NAME)
    return {key: value for key, value in state.items() if "/model/" in key}


def test_worker_trains_to_the_end_and_leaves_everything_readable(start):
    run_id = start(tiny_experiment(num_snapshots=4))
    status = wait_for(run_id, lambda status: not status.is_live)
    assert (status.phase, status.step, status.num_steps) == ("finished", 12, 12)
    folder = folder_of(run_id)
    chunk = read_curves(folder)
    assert [len(arm.step) for arm in chunk.arms] == [12, 12]
    splits = [(e.arm, e.step, e.split) for e in chunk.evaluations]
    assert (0, 6, "validation") in splits
    assert (1, 12, "test") in splits
    assert read_profiles(folder, 1, "dead_share").steps.tolist() == [1, 6, 11]
    cards = list_checkpoints(folder / "checkpoints")
    assert [c.step for c in cards if c.name.startswith("0-")] == [0, 1, 3, 12]
    model, card = load_checkpoint(folder / "checkpoints" / f"{cards[-1].name}.safetensors")
    assert card.class_names == ("a", "b", "c")
    assert not model.training


def test_worker_pauses_steps_once_and_goes_on(start):
    run_id = start(tiny_experiment(**ENDLESS))
    wait_for(run_id, lambda status: status.step > 3)
    request(folder_of(run_id), "pause")
    paused = wait_for(run_id, lambda status: status.phase == "paused")
    time.sleep(0.4)
    assert runs.read_status(run_id).step == paused.step
    request(folder_of(run_id), "step")
    wait_for(run_id, lambda status: status.step == paused.step + 1)
    time.sleep(0.4)
    assert runs.read_status(run_id).step == paused.step + 1
    request(folder_of(run_id), "run")
    wait_for(run_id, lambda status: status.step > paused.step + 5)
    request(folder_of(run_id), "stop")
    stopped = wait_for(run_id, lambda status: not status.is_live)
    assert stopped.phase == "stopped"
    assert stopped.checkpoint_step == stopped.step


def test_killed_and_stopped_run_ends_with_the_weights_of_one_that_was_not(start):
    config = tiny_experiment(steps=60, evaluate_every=1000, checkpoint_every_s=0.2)
    whole = start(config)
    wait_for(whole, lambda status: status.phase == "finished")
    # Another title makes it another experiment; nothing that trains depends on the title.
    cut = start(dataclasses.replace(config, name="cut"))
    request(folder_of(cut), "pause")  # while it loads torch: a quick one would be through else
    take_steps(cut, 12)
    assert launcher.kill_run(cut)
    status = runs.read_status(cut)
    assert status.phase == "interrupted"
    assert "stopped unexpectedly at step 12" in status.message
    launcher.resume_run(cut)
    request(folder_of(cut), "pause")
    paused = take_steps(cut, 5)
    assert paused.step <= 17
    request(folder_of(cut), "stop")
    assert wait_for(cut, lambda status: not status.is_live).phase == "stopped"
    launcher.resume_run(cut)
    wait_for(cut, lambda status: status.phase == "finished")
    expected = weights_of(whole)
    assert all(torch.equal(value, expected[key]) for key, value in weights_of(cut).items())
    steps = read_curves(folder_of(cut)).arms[0].step.tolist()
    assert steps == list(range(1, 61))


def test_sigterm_saves_and_leaves(start):
    run_id = start(tiny_experiment(**ENDLESS))
    wait_for(run_id, lambda status: status.step > 3)
    pid = json.loads((folder_of(run_id) / "lock").read_text())["pid"]
    os.kill(pid, signal.SIGTERM)
    status = wait_for(run_id, lambda status: not status.is_live)
    assert (status.phase, status.checkpoint_step) == ("stopped", status.step)


def test_diverging_arm_stops_and_the_other_finishes(start):
    experiment = tiny_experiment(
        learning_rate=1e6, clip_norm=None, schedule="constant", checkpoint_every_s=0.01
    )
    wild = ArmConfig(label="bare", model=tiny_model(norm="none"))
    run_id = start(dataclasses.replace(experiment, arms=(wild, experiment.arms[0])))
    status = wait_for(run_id, lambda status: not status.is_live)
    assert status.phase == "finished"
    message = status.arms[0].stopped_message
    assert message is not None
    assert "lower the learning rate" in message
    kept = [c for c in list_checkpoints(folder_of(run_id) / "checkpoints") if "bare" in c.name]
    assert kept
    for card in kept:
        model, _ = load_checkpoint(folder_of(run_id) / "checkpoints" / f"{card.name}.safetensors")
        assert all(torch.isfinite(p).all() for p in model.parameters())


def test_missing_data_are_named_before_there_is_a_run(home):
    config = tiny_experiment()
    for source in (str(home / "nowhere"), "~nobody-of-that-name/x", "x" * 300, "a\0b"):
        gone = dataclasses.replace(config.data, source=source)
        with pytest.raises(DataError):
            launcher.start_experiment(dataclasses.replace(config, data=gone))
    assert runs.list_runs() == ()


def test_data_that_have_gone_since_are_named_by_the_worker(home, picture_folder):
    config = tiny_experiment()
    gone = dataclasses.replace(config.data, source=str(home / "nowhere"))
    run_id = runs.create_run(dataclasses.replace(config, data=gone, device="cpu")).name
    runs.write_state(runs.run_dir(run_id), runs.WorkerState(phase="stopped"))
    launcher.resume_run(run_id)
    status = wait_for(run_id, lambda status: not status.is_live)
    assert status.phase == "failed"
    assert "nowhere" in status.message


def test_start_experiment_twice_at_once_begins_one_run(start):
    config = tiny_experiment(**ENDLESS)
    outcomes: list[object] = []

    def press_start() -> None:
        try:
            outcomes.append(start(config))
        except RunBusyError as exc:
            outcomes.append(exc)

    tabs = [threading.Thread(target=press_start) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    started = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(started) == 1
    refused = [outcome for outcome in outcomes if isinstance(outcome, RunBusyError)]
    assert {error.run_id for error in refused} == set(started)


def test_second_run_waits_for_the_first_and_can_be_stopped_while_it_waits(start):
    first = start(tiny_experiment(**ENDLESS))
    wait_for(first, lambda status: status.phase == "training")  # a ticket is drawn by the worker
    second = start(dataclasses.replace(tiny_experiment(**ENDLESS), seed=9))
    status = wait_for(second, lambda status: status.phase == "queued")
    assert status.message == "1 run is ahead on this device."
    third = start(dataclasses.replace(tiny_experiment(**ENDLESS), seed=10))
    wait_for(third, lambda status: status.message == "2 runs are ahead on this device.")
    request(folder_of(second), "stop")
    assert wait_for(second, lambda status: not status.is_live).phase == "stopped"
    launcher.kill_run(first)
    wait_for(third, lambda status: status.phase == "training")


def test_resume_run_refuses_what_cannot_be_resumed(start):
    run_id = start(tiny_experiment())
    with pytest.raises(RunBusyError, match="already going"):
        launcher.resume_run(run_id)
    wait_for(run_id, lambda status: status.phase == "finished")
    with pytest.raises(RunError, match="finished"):
        launcher.resume_run(run_id)


def test_damaged_history_is_set_aside_and_training_goes_on(start):
    run_id = start(tiny_experiment(**ENDLESS))
    wait_for(run_id, lambda status: (status.checkpoint_step or 0) > 5)
    launcher.kill_run(run_id)
    folder = folder_of(run_id)
    (folder / "metrics.db").write_bytes(b"not a database, for sure" * 100)
    (folder / "metrics.db-wal").unlink(missing_ok=True)
    launcher.resume_run(run_id)
    status = wait_for(run_id, lambda status: status.phase == "training" and status.step > 0)
    assert "set aside as metrics.db.damaged" in status.message
    assert (folder / "metrics.db.damaged").exists()


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 24 MiB as the lab's home."""
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def test_full_disk_keeps_the_last_checkpoint_and_training_recovers(
    small_disk, picture_folder, monkeypatch
):
    monkeypatch.setenv("RESNET_LAB_HOME", str(small_disk))
    config = tiny_experiment(**ENDLESS)
    data = dataclasses.replace(config.data, source=str(picture_folder), validation_share=0.2)
    run_id = launcher.start_experiment(dataclasses.replace(config, data=data, device="cpu"))
    try:
        wait_for(run_id, lambda status: (status.checkpoint_step or 0) > 2)
        hog = small_disk / "hog"
        with hog.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(b"\0" * 4096)
        full = wait_for(run_id, lambda status: "Disk full" in status.message)
        assert f"step {full.checkpoint_step}" in full.message
        cards = list_checkpoints(folder_of(run_id) / "checkpoints")
        load_checkpoint(folder_of(run_id) / "checkpoints" / f"{cards[0].name}.safetensors")
        time.sleep(1.5)
        stuck = runs.read_status(run_id).step
        hog.unlink()
        wait_for(run_id, lambda status: status.step > stuck and "Disk full" not in status.message)
        wait_for(run_id, lambda status: (status.checkpoint_step or 0) > stuck)
    finally:
        launcher.kill_run(run_id)


def test_worker_yields_to_the_server(start):
    run_id = start(tiny_experiment(**ENDLESS))
    wait_for(run_id, lambda status: status.phase == "training")
    pid = json.loads((folder_of(run_id) / "lock").read_text())["pid"]
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)
    autogroup = Path(f"/proc/{pid}/autogroup")
    if autogroup.exists() and "nice" in autogroup.read_text():
        assert int(autogroup.read_text().split()[-1]) > 0


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows it")
def test_workers_threads_sleep_while_they_wait(start, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    run_id = start(tiny_experiment(**ENDLESS))
    wait_for(run_id, lambda status: status.phase == "training")
    pid = json.loads((folder_of(run_id) / "lock").read_text())["pid"]
    environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert b"OMP_WAIT_POLICY=PASSIVE" in environment
    assert b"MALLOC_TRIM_THRESHOLD_=1073741824" in environment
    assert modest_environment()["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert modest_environment()["OMP_WAIT_POLICY"] == "ACTIVE", "who sets it decides"
