"""States that a run keeps for forks: how many, at what cost, and that each can be gone on from."""

import itertools
from types import SimpleNamespace

import pytest
import torch

from resnet_core.errors import DiskFullError
from resnet_core.runs.kept import is_whole, list_kept
from resnet_core.runs.status import create_run
from resnet_core.training import kept_states
from resnet_core.training.kept_states import StateKeeper
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.state import STATE_NAME, load_state, save_state
from tests.training import forking
from tests.training.conftest import tiny_data, tiny_experiment

CPU = torch.device("cpu")


def build(**training) -> Lockstep:
    return Lockstep(tiny_experiment(**training), tiny_data(), CPU)


def kept_steps(folder) -> list[int]:
    return [kept.step for kept in list_kept(folder)]


@pytest.fixture
def folder(home):
    return create_run(tiny_experiment())


@pytest.mark.parametrize("num_steps", [12, 60])
def test_a_run_keeps_states_so_that_a_replay_is_a_twentieth_of_it(folder, num_steps):
    forking.train(folder, tiny_experiment(steps=num_steps, evaluate_every=1000))
    steps = [0, *kept_steps(folder), num_steps]
    assert all(is_whole(kept) for kept in list_kept(folder))
    longest = max(late - early for early, late in itertools.pairwise(steps)) - 1
    assert longest <= 0.05 * num_steps


def test_a_kept_state_ends_with_the_weights_of_the_run(folder, tmp_path):
    whole = forking.train(folder, tiny_experiment())
    for kept in list_kept(folder)[::4]:
        beside = tmp_path / str(kept.step)
        beside.mkdir()
        (beside / STATE_NAME).write_bytes(kept.path.read_bytes())
        resumed = build()
        assert load_state(beside, resumed)
        assert resumed.step == kept.step
        while not resumed.is_done:
            resumed.advance()
        for mine, other in zip(resumed.arms, whole.arms, strict=True):
            expected = other.model.state_dict()
            for key, value in mine.model.state_dict().items():
                assert torch.equal(value, expected[key]), key


def test_a_resumed_run_gives_up_what_it_kept_past_its_state(folder):
    lockstep = build()
    keeper = StateKeeper(folder, lockstep)
    for _ in range(6):
        lockstep.advance()
        lockstep.drain()
        keeper.keep()
    assert kept_steps(folder) == [1, 2, 3, 4, 5, 6]
    resumed = build()
    for _ in range(4):
        resumed.advance()
    resumed.drain()
    keeper = StateKeeper(folder, resumed)
    assert kept_steps(folder) == [1, 2, 3, 4]
    assert not keeper.is_due()
    resumed.advance()
    assert keeper.is_due()


def test_keeping_stops_where_it_would_take_too_much_of_the_time(folder, monkeypatch):
    lockstep = build(steps=100)
    keeper = StateKeeper(folder, lockstep)
    encode, now = kept_states.encode_state, [0.0]

    def slowly(*arguments) -> bytes:
        now[0] += 0.3
        return encode(*arguments)

    monkeypatch.setattr(kept_states, "encode_state", slowly)
    monkeypatch.setattr(kept_states, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    for _ in range(99):
        lockstep.advance()
        lockstep.drain()
        if keeper.is_due():
            keeper.keep()
    assert kept_steps(folder) == [6]  # two would take more than half a second
    lockstep.time_s += 31.0  # 2 % of which are 0.62 s
    assert keeper.is_due()


def test_a_state_that_cannot_be_gone_on_from_is_not_kept(folder):
    lockstep = build()
    keeper = StateKeeper(folder, lockstep)
    lockstep.advance()
    lockstep.drain()
    with torch.no_grad():
        lockstep.arms[1].model.classifier.weight.fill_(float("inf"))
    keeper.keep()
    assert list_kept(folder) == ()


def test_a_full_disk_keeps_nothing_and_stops_nothing(folder, monkeypatch):
    def refuse(*_arguments) -> None:
        raise DiskFullError("full")

    monkeypatch.setattr(kept_states, "write_kept", refuse)
    whole = forking.train(folder, tiny_experiment())
    assert whole.is_done
    assert list_kept(folder) == ()


def test_a_state_has_the_last_finite_weights_of_an_arm_that_diverged(folder, tmp_path):
    lockstep = build()
    lockstep.advance()
    lockstep.drain()
    save_state(folder / "checkpoints", lockstep)
    with torch.no_grad():
        lockstep.arms[1].model.classifier.weight.fill_(float("inf"))
    lockstep.advance()
    lockstep.drain()
    StateKeeper(folder, lockstep).keep()
    (kept,) = list_kept(folder)
    (tmp_path / STATE_NAME).write_bytes(kept.path.read_bytes())
    resumed = build()
    assert load_state(tmp_path, resumed)
    assert resumed.step == kept.step == 2
    assert [arm.stopped is None for arm in resumed.arms] == [True, False]
    assert torch.isfinite(resumed.arms[1].model.classifier.weight).all()
