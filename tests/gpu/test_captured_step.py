"""Steps that are recorded as CUDA graphs, beside the same steps one operation at a time."""

import dataclasses

import pytest
import torch

from resnet_core.config import ArmConfig
from resnet_core.models.operations import Addition
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.state import load_state, save_state
from resnet_core.training.step_tables import BLOCK_STEPS
from tests.training.conftest import tiny_data, tiny_experiment, tiny_model
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

pytestmark = pytest.mark.gpu
NUM_STEPS = BLOCK_STEPS + 6


def is_recorded(lockstep: Lockstep, *, with_profile: bool = False) -> bool:
    assert lockstep.captured is not None
    steps = lockstep.captured._steps.values()
    return all(step._recordings[with_profile].is_recorded for step in steps)


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_graph_gives_the_bits_of_its_operations(exact, net, precision):
    config = one_net(net, precision=precision)
    graph = captured(config, exact, graph=True)
    assert_same(graph, captured(config, exact, graph=False), NUM_STEPS)
    assert graph.notice == ""
    assert is_recorded(graph) and is_recorded(graph, with_profile=True)


@pytest.mark.parametrize("training", RECIPES, ids=lambda training: ", ".join(training))
def test_every_recipe_can_be_recorded(exact, training):
    config = one_net("residual", **training)
    graph = captured(config, exact, graph=True)
    assert_same(graph, captured(config, exact, graph=False), NUM_STEPS)
    assert graph.notice == ""


@pytest.mark.parametrize("kind", EDITS)
@pytest.mark.parametrize("first", [0, 9])
def test_an_edit_is_recorded_anew(exact, kind, first):
    config = one_net("residual")
    graph = captured(config, exact, graph=True)
    eager = captured(config, exact, graph=False)
    assert_same_edited(graph, eager, edits_of(kind, first), first + 12)
    assert graph.notice == ""
    assert is_recorded(graph)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_fifty_recorded_steps_stay_near_those_of_today(exact, precision):
    """The learning rate is a float32 on the device: a last bit of each update may differ."""
    slim = tiny_model(stage_blocks=(3, 3, 3), stage_widths=(4, 8, 16), name="resnet20")
    config = dataclasses.replace(
        tiny_experiment(steps=400, learning_rate=0.02, precision=precision),
        arms=(ArmConfig(label="slim", model=slim),),
    )
    (rows, _), (expected, _) = (
        trained(lockstep, 50)
        for lockstep in (captured(config, exact, graph=True), as_today(config, exact))
    )
    tolerance = 1e-3 if precision == "float32" else 0.05
    assert [r.loss for r in rows] == pytest.approx([r.loss for r in expected], rel=tolerance)


def test_a_lockstep_on_a_card_records_by_itself(card):
    lockstep = Lockstep(tiny_experiment(steps=100, statistics_every=4), tiny_data(), card)
    rows, profiles = trained(lockstep, 20)
    assert lockstep.notice == ""
    assert is_recorded(lockstep) and is_recorded(lockstep, with_profile=True)
    assert [row.step for row in rows if row.arm == 0] == list(range(1, 21))
    assert [p.step for p in profiles if p.arm == 1] == [1, 5, 9, 13, 17]


def test_arms_on_streams_of_their_own_train_as_each_alone(exact):
    pair = dataclasses.replace(tiny_experiment(steps=200), seeds=2)
    together = captured(pair, exact, graph=True)
    trained(together, 30)
    for place, arm in enumerate(pair.arms):
        alone = captured(dataclasses.replace(pair, arms=(arm,), seeds=1), exact, graph=True)
        trained(alone, 30)
        mine = together.arms[place].model.state_dict()
        for name, value in alone.arms[0].model.state_dict().items():
            assert torch.equal(value, mine[name]), name


def test_validation_between_steps_reads_the_weights_after_them(exact):
    graph, eager = (captured(one_net("residual"), exact, graph=g) for g in (True, False))
    for _ in range(4):
        for lockstep in (graph, eager):
            trained(lockstep, 5)
        found, expected = (lockstep.evaluate("validation")[0][1] for lockstep in (graph, eager))
        assert (found.loss, found.num_correct) == (expected.loss, expected.num_correct)
    assert is_recorded(graph)


def test_evaluation_is_recorded_and_gives_the_bits_of_its_operations(exact, monkeypatch):
    monkeypatch.setattr("resnet_core.training.lockstep.EVALUATION_BATCH", 5)
    graph, eager = (captured(one_net("residual"), exact, graph=g) for g in (True, False))
    for _ in range(3):
        for lockstep in (graph, eager):
            trained(lockstep, 5)
        (_, found), (_, expected) = (
            lockstep.evaluate("validation")[0] for lockstep in (graph, eager)
        )
        assert found.score == expected.score
        assert found.is_right.tolist() == expected.is_right.tolist()
    assert graph.notice == ""
    assert graph.captured is not None
    (step,) = graph.captured._steps.values()
    assert step._evaluations["validation"]._batch.is_recorded


def test_a_run_that_is_taken_up_goes_on_as_one_that_never_stopped(exact, tmp_path):
    config = one_net("stochastic depth")
    whole, first, second = (captured(config, exact, graph=True) for _ in range(3))
    trained(whole, 40)
    trained(first, 17)
    save_state(tmp_path, first)
    assert load_state(tmp_path, second)
    trained(second, 23)
    expected = states(whole)
    for name, value in states(second).items():
        assert torch.equal(value, expected[name]), name


def test_a_run_that_is_put_back_goes_on_as_one_that_never_went_further(exact, tmp_path):
    """As a fork that replays, whose state is loaded once more by its session."""
    config = one_net("residual")
    whole, back = (captured(config, exact, graph=True) for _ in range(2))
    trained(whole, 40)
    trained(back, 17)
    save_state(tmp_path, back)
    trained(back, 10)
    assert load_state(tmp_path, back)
    trained(back, 23)
    expected = states(whole)
    for name, value in states(back).items():
        assert torch.equal(value, expected[name]), name


def test_a_changed_net_is_recorded_anew(exact):
    graph, eager = (captured(one_net("residual"), exact, graph=g) for g in (True, False))
    for lockstep in (graph, eager):
        trained(lockstep, 10)
        for module in lockstep.arms[0].model.modules():
            if isinstance(module, Addition):
                module.skip_strength = 0.5
        assert lockstep.captured is not None
        lockstep.captured.invalidate()
    assert not is_recorded(graph)
    assert_same(graph, eager, 10)
    assert is_recorded(graph)


def test_a_net_that_waits_for_the_card_trains_one_operation_at_a_time(exact):
    def wait(_module, _inputs, output):
        output.sum().item()

    graph, eager = (captured(one_net("residual"), exact, graph=g) for g in (True, False))
    for lockstep in (graph, eager):
        lockstep.arms[0].model.get_submodule("stem.conv").register_forward_hook(wait)
    assert_same(graph, eager, 12)
    assert graph.notice.startswith("residual trains one operation at a time")


def test_a_compiled_net_is_recorded(card):
    lockstep = captured(one_net("residual", compile=True), card, graph=True)
    trained(lockstep, 12)
    assert lockstep.notice.startswith("The first step of residual took")
    assert "could not be recorded" not in lockstep.notice
    assert is_recorded(lockstep)
