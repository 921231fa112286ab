"""The step on static buffers: without a graph its bits are today's, on a card it is recorded."""

import dataclasses

import numpy as np
import pytest
import torch

from resnet_core.config import ArmConfig, DataConfig
from resnet_core.training.captured_step import CapturedStep
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.recording import WARM_UPS
from resnet_core.training.state import load_state, save_state
from resnet_core.training.step_tables import BLOCK_STEPS, StepSource, StepTables
from tests.training.conftest import tiny_experiment, tiny_model
from tests.training.steps import (
    EDITS,
    NETS,
    RECIPES,
    as_today,
    assert_same,
    assert_same_edited,
    captured,
    edits_of,
    one_net,
    states,
    trained,
)

CPU = torch.device("cpu")
NUM_STEPS = BLOCK_STEPS + 6  # so that the tables are filled twice


def on_buffers(config) -> Lockstep:
    return captured(config, CPU, graph=False)


@pytest.mark.parametrize("net", NETS)
def test_static_buffers_train_bit_for_bit_as_today(net):
    config = one_net(net)
    assert_same(on_buffers(config), as_today(config, CPU), NUM_STEPS)


@pytest.mark.parametrize("training", RECIPES, ids=lambda training: ", ".join(training))
def test_every_recipe_trains_bit_for_bit_as_today(training):
    config = one_net("residual", **training)
    assert_same(on_buffers(config), as_today(config, CPU), NUM_STEPS)


def test_resnet20_trains_bit_for_bit_as_today_for_fifty_steps():
    slim = tiny_model(stage_blocks=(3, 3, 3), stage_widths=(4, 8, 16), name="resnet20")
    config = dataclasses.replace(
        tiny_experiment(steps=400), arms=(ArmConfig(label="slim", model=slim),)
    )
    assert_same(on_buffers(config), as_today(config, CPU), 50)


def test_arms_and_seeds_share_batches_as_today():
    config = dataclasses.replace(tiny_experiment(steps=30), seeds=2, num_threads=1)
    assert_same(on_buffers(config), as_today(config, CPU), 12)


def test_pictures_without_augmentation_are_those_of_today():
    config = one_net("residual")
    config = dataclasses.replace(config, data=DataConfig(source="tiny", augmentation="none"))
    assert_same(on_buffers(config), as_today(config, CPU), 9)


def test_a_step_that_is_jumped_to_is_the_step_of_that_number():
    """As after a state was loaded; what was measured before is not lost by it."""
    config = one_net("residual")
    lockstep, reference = on_buffers(config), as_today(config, CPU)
    for one in (lockstep, reference):
        for step in (0, 1, 2, 100, 101, 5):
            one.step = step
            one.advance()
    found, expected = (torch.stack(x.arms[0].pending) for x in (lockstep, reference))
    assert len(found) == 6
    assert torch.equal(found, expected)


def test_measurements_that_nobody_fetches_are_kept_when_rows_are_used_again():
    config = one_net("residual", statistics_every=1000)
    lockstep, reference = on_buffers(config), as_today(config, CPU)
    for one in (lockstep, reference):
        for _ in range(2 * BLOCK_STEPS + 3):
            one.advance()
    found, expected = (torch.stack(x.arms[0].pending) for x in (lockstep, reference))
    assert torch.equal(found, expected)


@pytest.mark.parametrize("first", [0, 5])
@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_is_taken_up(kind, first):
    config = one_net("residual")
    lockstep, reference = on_buffers(config), as_today(config, CPU)
    assert_same_edited(lockstep, reference, edits_of(kind, first), first + 5)
    untouched = as_today(config, CPU)
    trained(untouched, first + 5)
    changed = states(reference)
    assert any(not torch.equal(v, changed[k]) for k, v in states(untouched).items())


def test_an_arm_that_stopped_is_left_alone():
    lockstep = on_buffers(tiny_experiment())
    lockstep.advance()
    lockstep.arms[1].stopped = "It diverged."
    weights = lockstep.arms[1].model.classifier.weight.clone()
    lockstep.advance()
    assert [len(arm.pending) for arm in lockstep.arms] == [2, 1]
    assert torch.equal(lockstep.arms[1].model.classifier.weight, weights)


def test_measurements_are_fetched_as_often_as_the_steps_are_long():
    lockstep = on_buffers(one_net("residual"))
    for _ in range(8):
        assert not lockstep.is_full
        lockstep.advance()
    assert lockstep.is_full
    lockstep.drain()
    lockstep._count_time_between(launched_at=0.0, count=1)  # one step of an age
    lockstep.step += 8
    for _ in range(8):
        lockstep.advance()
    assert lockstep.is_full


def test_time_between_launches_counts_as_training():
    lockstep = on_buffers(one_net("residual"))
    lockstep.advance()
    before = lockstep._launched_at
    lockstep.advance()
    assert lockstep._launched_at == before
    lockstep.drain()
    assert lockstep._launched_at is None
    assert lockstep.time_s > 0


def test_tables_are_drawn_once_for_a_block_and_ahead_of_it():
    asked = []

    def draws(seed: int, step: int) -> np.ndarray:
        asked.append(step)
        return np.full((4, 2), 1000 * seed + step)

    tables = StepTables(StepSource(draws=draws, rate=float), seed=3, device=CPU)
    for step in range(BLOCK_STEPS):
        assert tables.row_of(step) == step
    place = tables.draws.data_ptr()
    assert len(set(asked)) == 2 * BLOCK_STEPS
    asked.clear()
    assert tables.row_of(BLOCK_STEPS) == 0
    assert set(asked) == {2 * BLOCK_STEPS}, "the second block was there already"
    assert tables.draws.data_ptr() == place, "a graph reads from where it was recorded"
    assert tables.draws[:, 0, 0].tolist() == [3064 + k for k in range(BLOCK_STEPS)]
    assert tables.rates.tolist() == [64.0 + k for k in range(BLOCK_STEPS)]
    assert tables.row_of(500) == 0
    assert tables.draws[5, 0, 0] == 3505


def test_a_state_that_is_loaded_is_recorded_anew(tmp_path):
    """A recording goes on with the tensors it was made of; a loaded state has others."""
    lockstep = on_buffers(one_net("residual", statistics_every=1000))
    arm, captured_steps = lockstep.arms[0], lockstep.captured
    assert captured_steps is not None

    def record(work):
        made_of = [state["momentum_buffer"] for state in arm.optimizer.state.values()]

        def repeat() -> None:
            now = [state["momentum_buffer"] for state in arm.optimizer.state.values()]
            assert all(one is other for one, other in zip(made_of, now, strict=True))
            work()

        return repeat

    tables = captured_steps._tables[arm.replica.seed]
    step = CapturedStep(arm, lockstep.step_work(), tables, None, lambda: record)
    captured_steps._steps[arm.index] = step
    trained(lockstep, 2 * WARM_UPS)
    save_state(tmp_path, lockstep)
    assert step._recordings[False].is_recorded
    assert load_state(tmp_path, lockstep)
    trained(lockstep, 2 * WARM_UPS)
    assert step._recordings[False].is_recorded
