"""Arms in threads of their own: bit by bit what they are one after another."""

import dataclasses
import threading

import pytest
import torch

from resnet_core.config import ExperimentConfig
from resnet_core.config.plugins import VARIABLE
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.side_by_side import run_each, share_threads
from resnet_core.training.state import load_state, read_state_header, save_state
from tests.training.conftest import tiny_data, tiny_experiment

CPU = torch.device("cpu")


@pytest.fixture
def four_threads():
    torch.set_num_threads(4)  # the fixture of every test here sets it back


def trained(steps: int, **changes) -> Lockstep:
    lockstep = Lockstep(dataclasses.replace(tiny_experiment(), **changes), tiny_data(), CPU)
    for _ in range(steps):
        lockstep.advance()
    return lockstep


def weights(lockstep: Lockstep) -> list[torch.Tensor]:
    return [p.detach().clone() for arm in lockstep.arms for p in arm.model.parameters()]


def measured(lockstep: Lockstep) -> list[tuple[float, ...]]:
    rows, _ = lockstep.drain()
    return [(row.step, row.arm, row.loss, row.gradient_norm) for row in rows]


@pytest.mark.usefixtures("four_threads")
def test_arms_side_by_side_are_bit_by_bit_those_that_take_turns():
    together = trained(6)
    assert together.arm_threads == 2
    torch.set_num_threads(2)
    in_turn = trained(6, num_threads=2)
    assert in_turn.arm_threads is None
    assert all(map(torch.equal, weights(together), weights(in_turn)))
    assert measured(together) == measured(in_turn)


@pytest.mark.usefixtures("four_threads")
def test_resumed_arms_keep_the_threads_that_they_began_with(tmp_path):
    whole = trained(8)
    cut = trained(3)
    cut.drain()
    save_state(tmp_path, cut)
    torch.set_num_threads(1)  # a smaller machine
    resumed = trained(0)
    assert load_state(tmp_path, resumed)
    assert resumed.arm_threads == 2
    for _ in range(5):
        resumed.advance()
    assert all(map(torch.equal, weights(whole), weights(resumed)))


@pytest.mark.usefixtures("four_threads")
def test_state_of_an_earlier_version_goes_on_taking_turns(tmp_path):
    former = trained(2)
    former.drain()
    former.arm_threads = None  # what an earlier version wrote says nothing of threads
    save_state(tmp_path, former)
    header = read_state_header(tmp_path)
    assert header is not None
    assert header.arm_threads is None
    resumed = trained(0)
    assert resumed.arm_threads == 2
    load_state(tmp_path, resumed)
    assert resumed.arm_threads is None


@pytest.mark.usefixtures("four_threads")
def test_threads_are_shared_by_the_arms_of_a_processor_alone():
    two = tiny_experiment()
    many = dataclasses.replace(
        two, arms=tuple(dataclasses.replace(two.arms[0], label=f"{n}") for n in range(5))
    )
    assert share_threads(two, CPU) == 2
    assert share_threads(many, CPU) == 1
    assert share_threads(dataclasses.replace(two, arms=two.arms[:1]), CPU) is None
    assert share_threads(dataclasses.replace(two, num_threads=4), CPU) is None
    assert share_threads(two, torch.device("cuda")) is None


@pytest.mark.usefixtures("four_threads")
def test_results_keep_the_order_of_the_arms_and_an_error_comes_through():
    assert list(run_each([3, 1, 2], lambda arm: (arm, torch.get_num_threads()), 1)) == [
        (3, 1),
        (1, 1),
        (2, 1),
    ]
    with pytest.raises(ZeroDivisionError):
        list(run_each([1, 0], lambda arm: 1 // arm, 1))


@pytest.mark.usefixtures("four_threads")
@pytest.mark.parametrize("num_threads", [None, 1])
def test_what_comes_of_an_arm_is_there_while_the_next_is_going(num_threads):
    goes_on = threading.Event()

    def work(arm: int) -> int:
        assert arm != 2 or goes_on.wait(600)
        return arm

    found = run_each([1, 2], work, num_threads)
    assert next(found) == 1
    goes_on.set()
    assert list(found) == [2]


def test_a_plugin_that_draws_finds_the_same_numbers_for_every_arm(monkeypatch):
    monkeypatch.setenv(VARIABLE, "tests.plugins.lab_plugin")
    torch.set_num_threads(4)

    def draw(arm: ExperimentConfig) -> float:
        torch.manual_seed(7)
        return sum(torch.rand(1).item() for _ in range(2000))

    drawn = list(run_each([tiny_experiment()] * 4, draw, 1))
    assert len(set(drawn)) == 1
