import subprocess
import sys

import pytest

from resnet_core.errors import CancelledError, ConfigError
from resnet_core.training.lock import hold_lock
from resnet_core.training.queue import RUNS_AT_ONCE, lane_of, wait_for_turn

WAITER = """
import sys, time
from pathlib import Path
from resnet_core.training.lock import hold_lock
from resnet_core.training.queue import wait_for_turn
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
