"""Workers that die young: known as dead at once, and taken up again."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from resnet_core.config import config_to_json
from resnet_core.errors import ResNetLabError
from resnet_core.runs import launch, launcher
from resnet_core.runs import status as runs
from resnet_core.runs.launch import LAUNCH_NAME, is_starting, record_launcher, record_worker
from resnet_core.runs.process import describe_process, life_of
from tests.training.conftest import tiny_experiment, wait_for

KNOWN_WITHIN_S = 2.0
ENDLESS = {"steps": 1_000_000, "evaluate_every": 100_000}


def worker_of(folder: Path) -> int | None:
    try:
        noted = json.loads((folder / LAUNCH_NAME).read_text())
    except FileNotFoundError:
        return None
    return noted["process"]["pid"] if noted["is_worker"] else None


def kill_as_soon_as_it_exists(home: Path) -> threading.Thread:
    """Kills the first worker of the only run before it can take its lock."""

    def hunt() -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            for folder in (home / "runs").glob("2*"):
                if pid := worker_of(folder):
                    os.kill(pid, signal.SIGKILL)
                    return
            time.sleep(0.001)

    hunter = threading.Thread(target=hunt)
    hunter.start()
    return hunter


def dead_within(run_id: str, limit_s: float) -> bool:
    """Whether it is known so soon after the worker's end, which is the machine's affair."""
    pid = worker_of(runs.run_dir(run_id))
    while pid is not None and life_of(describe_process(pid)) == "alive":
        time.sleep(0.01)
    deadline = time.monotonic() + limit_s
    while runs.read_status(run_id).phase != "interrupted":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_worker_killed_before_its_lock_is_known_as_dead_and_resumed(start, home):
    hunter = kill_as_soon_as_it_exists(home)
    run_id = start(tiny_experiment(steps=3))
    hunter.join()
    assert dead_within(run_id, KNOWN_WITHIN_S), runs.read_status(run_id)
    launcher.resume_run(run_id)
    assert wait_for(run_id, lambda status: not status.is_live).phase == "finished"


def test_a_worker_killed_with_its_lock_is_known_as_dead_and_resumed(start):
    run_id = start(tiny_experiment(**ENDLESS))
    assert launcher.kill_run(run_id)
    assert dead_within(run_id, KNOWN_WITHIN_S), runs.read_status(run_id)
    launcher.resume_run(run_id)
    assert runs.read_status(run_id).is_live


def test_the_worker_of_another_server_is_judged_the_same(home):
    config = tiny_experiment(**ENDLESS)
    command = (
        "import sys; from resnet_core.config import *; from resnet_core.runs import launcher\n"
        "config = config_from_json(ExperimentConfig, sys.stdin.read())\n"
        "print(launcher.start_experiment(config))"
    )
    config = replace(config, data=replace(config.data, source="synthetic"), device="cpu")
    done = subprocess.run(
        [sys.executable, "-c", command],
        input=config_to_json(config),
        capture_output=True,
        text=True,
        check=True,
    )
    run_id = done.stdout.strip()
    assert runs.read_status(run_id).is_live
    try:
        assert launcher.kill_run(run_id)
        assert dead_within(run_id, KNOWN_WITHIN_S), runs.read_status(run_id)
    finally:
        launcher.kill_run(run_id)


def test_is_starting_follows_the_worker_and_not_the_clock(tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "_START_GRACE_S", 0.0)
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    record_worker(tmp_path, worker.pid)
    assert is_starting(tmp_path, said_at=0.0)
    worker.kill()
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    # Nobody has asked for its exit status yet: it is a zombie, and dead all the same.
    assert not is_starting(tmp_path, said_at=time.time())
    worker.communicate()
    assert not is_starting(tmp_path, said_at=time.time())


def test_is_starting_trusts_a_launcher_for_a_while_only(tmp_path, monkeypatch):
    record_launcher(tmp_path)
    assert is_starting(tmp_path, said_at=time.time())
    assert not is_starting(tmp_path, said_at=time.time() - 3600)


@pytest.mark.parametrize(
    "change", [{"boot_id": "another"}, {"namespace": "pid:[1]"}, {"start_ticks": None}]
)
def test_life_of_a_process_that_cannot_be_seen_is_unknown(change):
    me = describe_process(os.getpid())
    assert life_of(me) == "alive"
    assert life_of(replace(me, **change)) == "unknown"


def test_life_of_a_reused_number_is_over():
    me = describe_process(os.getpid())
    assert me.start_ticks is not None
    assert life_of(replace(me, start_ticks=me.start_ticks + 1)) == "dead"


def test_runs_of_older_versions_have_the_clock_alone(home):
    folder = runs.create_run(tiny_experiment())
    (folder / LAUNCH_NAME).unlink()
    assert runs.read_status(folder.name).phase == "preparing"


def test_twenty_starts_at_once_give_one_run_for_each_experiment(start):
    started: list[str] = []
    refused: list[ResNetLabError] = []

    def press_start(seed: int) -> None:
        try:
            started.append(start(replace(tiny_experiment(**ENDLESS), seed=seed)))
        except ResNetLabError as exc:
            refused.append(exc)

    tabs = [threading.Thread(target=press_start, args=(number % 2,)) for number in range(20)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert (len(started), len(refused)) == (2, 18)
    assert {status.run_id for status in runs.list_runs() if status.is_live} == set(started)
