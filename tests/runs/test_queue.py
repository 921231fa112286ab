import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from resnet_core.config import config_to_json
from resnet_core.errors import CancelledError, ConfigError
from resnet_core.runs.files import read_experiment
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.queue import RUNS_AT_ONCE, draw_ticket, lane_of, wait_for_turn
from resnet_core.runs.status import create_run
from tests.training.conftest import tiny_experiment, wait_for

WAITER = """
import sys, time
from pathlib import Path
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.queue import RUNS_AT_ONCE, draw_ticket, lane_of, wait_for_turn
folder = Path(sys.argv[1])
with hold_lock(folder), wait_for_turn(folder, sys.argv[2], lambda n: print("ahead", n, flush=True)):
    print("turn", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def waiter(tmp_path):
    processes = []

    def start(name: str, lane: str = "cpu") -> subprocess.Popen:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-c", WAITER, str(folder), lane],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def next_new_line(process: subprocess.Popen, old: str = "") -> str:
    assert process.stdout is not None
    while (line := process.stdout.readline().strip()) == old:
        pass
    return line


def test_wait_for_turn_is_first_come_first_served(waiter):
    first = waiter("a")
    assert next_new_line(first) == "turn"
    second = waiter("b")
    assert next_new_line(second) == "ahead 1"
    third = waiter("c")
    assert next_new_line(third) == "ahead 2"
    first.communicate("\n")
    assert next_new_line(second, "ahead 1") == "turn"
    assert next_new_line(third, "ahead 2") == "ahead 1"


def test_wait_for_turn_skips_the_dead(waiter):
    first = waiter("a")
    assert next_new_line(first) == "turn"
    second = waiter("b")
    assert next_new_line(second) == "ahead 1"
    first.kill()
    assert next_new_line(second, "ahead 1") == "turn"


def test_wait_for_turn_lets_other_devices_through(waiter):
    assert next_new_line(waiter("a", "cpu")) == "turn"
    assert next_new_line(waiter("b", "cuda:0")) == "turn"


def test_wait_for_turn_can_be_left(waiter, tmp_path):
    assert next_new_line(waiter("a")) == "turn"
    mine = tmp_path / "mine"
    mine.mkdir()

    def leave(num_ahead: int) -> None:
        raise CancelledError(f"{num_ahead}")

    with (
        hold_lock(mine),
        pytest.raises(CancelledError, match="1"),
        wait_for_turn(mine, "cpu", leave),
    ):
        pass


@pytest.mark.parametrize(("device", "lane"), [("cuda", "cuda:0"), ("cuda:1", "cuda:1")])
def test_lane_of_names_one_queue_per_device(device, lane):
    assert lane_of(device) == lane


def test_a_device_trains_as_many_at_once_as_it_is_told(waiter, monkeypatch):
    monkeypatch.setenv(RUNS_AT_ONCE, "2")
    first, second = waiter("a"), waiter("b")
    assert next_new_line(first) == next_new_line(second) == "turn"
    third = waiter("c")
    assert next_new_line(third) == "ahead 1"
    second.communicate("\n")
    assert next_new_line(third, "ahead 1") == "turn"


def test_a_wrong_number_at_once_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(RUNS_AT_ONCE, "many")
    with pytest.raises(ConfigError, match="got 'many'"), wait_for_turn(tmp_path, "cpu", print):
        pass


def other_table(path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE tickets (a, b)")


def last_number(path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE tickets (id INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL,"
            f" run_id TEXT NOT NULL UNIQUE); INSERT INTO tickets VALUES ({2**63 - 1}, 'cpu', 'z')"
        )


def strange_names(path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE tickets (id INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL,"
            " run_id TEXT NOT NULL UNIQUE); INSERT INTO tickets (lane, run_id) VALUES"
            " ('cpu', '/etc'), ('cpu', '../x'), ('cpu', x'ff00'), (x'00', 'a/b'), ('cpu', '')"
        )


SPOILED_QUEUES = {
    "noise": lambda path: path.write_bytes(b"not a database" * 1000),
    "header-alone": lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 20),
    "empty": lambda path: path.touch(),
    "zeros": lambda path: path.write_bytes(bytes(8192)),
    "folder": lambda path: (path / "inner").mkdir(parents=True),
    "pipe": os.mkfifo,
    "link-out": lambda path: path.symlink_to(path.parent.parent / "made-by-the-lab"),
    "link-loop": lambda path: path.symlink_to(path.name),
    "other-table": other_table,
    "last-number": last_number,
    "strange-names": strange_names,
}


def _must_not_wait(num_ahead: int) -> None:
    pytest.fail(f"{num_ahead} runs are ahead.")


@pytest.mark.parametrize("spoil", SPOILED_QUEUES.values(), ids=SPOILED_QUEUES)
def test_a_spoiled_queue_holds_nobody_up(tmp_path, spoil):
    mine = tmp_path / "runs" / "mine"
    mine.mkdir(parents=True)
    spoil(mine.parent / ".queue.db")
    with hold_lock(mine), wait_for_turn(mine, "cpu", _must_not_wait):
        pass
    assert not (tmp_path / "made-by-the-lab").exists()


def test_a_queue_that_is_spoiled_meanwhile_still_lets_one_train(home):
    first, second = (create_run(replace(tiny_experiment(), name=name)) for name in ("a", "b"))
    told = []

    def leave(num_ahead: int) -> None:
        told.append(num_ahead)
        raise CancelledError("")

    lane = lane_of(read_experiment(first).device)
    with hold_lock(first), wait_for_turn(first, lane, _must_not_wait):
        (first.parent / ".queue.db").write_bytes(b"noise" * 1000)
        with hold_lock(second), pytest.raises(CancelledError), wait_for_turn(second, lane, leave):
            pass
    assert told == [1]
    assert list(first.parent.glob(".queue.db.damaged-*"))


KILLED_STARTER = """
import os, sys
from resnet_core.config import ExperimentConfig, config_from_json
from resnet_core.runs.queue import RUNS_AT_ONCE, draw_ticket, lane_of, wait_for_turn
from resnet_core.runs.status import create_run
draw_ticket(create_run(config_from_json(ExperimentConfig, sys.stdin.read())))
print("drawn", flush=True)
sys.stdin.close()
os.kill(os.getpid(), int(sys.argv[1]))
"""


def test_a_run_that_is_about_to_get_a_worker_keeps_its_place(home):
    first, second = (create_run(replace(tiny_experiment(), name=name)) for name in ("a", "b"))
    lane = lane_of(read_experiment(first).device)
    draw_ticket(first)  # this process lives and has just said that it starts the worker
    draw_ticket(second)
    told = []

    def leave(num_ahead: int) -> None:
        told.append(num_ahead)
        raise CancelledError("")

    with hold_lock(second), pytest.raises(CancelledError), wait_for_turn(second, lane, leave):
        pass
    assert told == [1]
    with hold_lock(first), wait_for_turn(first, lane, _must_not_wait):
        pass


def test_a_starter_that_was_killed_holds_nobody_up(home):
    done = subprocess.run(
        [sys.executable, "-c", KILLED_STARTER, str(int(signal.SIGKILL))],
        input=config_to_json(tiny_experiment()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "drawn\n"), done.stderr
    mine = create_run(replace(tiny_experiment(), name="mine"))
    draw_ticket(mine)
    lane = lane_of(read_experiment(mine).device)
    with hold_lock(mine), wait_for_turn(mine, lane, _must_not_wait):
        pass


def test_ten_quick_starts_train_in_their_order(start):
    endless = tiny_experiment(steps=1_000_000, evaluate_every=100_000)
    run_ids = [start(replace(endless, name=f"run {number}", seed=number)) for number in range(10)]
    for place, run_id in enumerate(run_ids[1:], start=1):
        runs = "1 run is" if place == 1 else f"{place} runs are"
        wait_for(run_id, lambda s, says=f"{runs} ahead on this device.": s.message == says)
