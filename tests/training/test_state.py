import dataclasses

import pytest
import torch

from resnet_core.config import ArmConfig
from resnet_core.errors import CheckpointError, DataError
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.state import (
    STATE_NAME,
    load_state,
    read_state_header,
    save_state,
    saved_weights,
)
from tests.training.conftest import tiny_data, tiny_experiment, tiny_model

CPU = torch.device("cpu")
NETS = {
    "residual": tiny_model(),
    "bottleneck": tiny_model(block="bottleneck", shortcut="B", activation_order="pre"),
    "stochastic": tiny_model(stochastic_depth=0.5),
    "bare": tiny_model(norm="none", skip_strength=0.5, initialisation="small"),
}


def build(nets=("residual",), **training) -> Lockstep:
    arms = tuple(ArmConfig(label=net, model=NETS[net]) for net in nets)
    return Lockstep(dataclasses.replace(tiny_experiment(**training), arms=arms), tiny_data(), CPU)


def advance(lockstep: Lockstep, steps: int) -> Lockstep:
    for _ in range(steps):
        lockstep.advance()
    lockstep.drain()
    return lockstep


@pytest.mark.parametrize("cut", [0, 1, 4, 5, 11])
@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize(
    "recipe",
    [
        {"optimizer": "sgd", "nesterov": True},
        {"optimizer": "sgd", "momentum": 0.0, "channels_last": False},
        {"optimizer": "adamw", "schedule": "one_cycle", "warmup_share": 0.3},
    ],
    ids=["nesterov", "plain-sgd", "adamw"],
)
def test_resumed_weights_are_bit_identical(tmp_path, net, cut, recipe):
    whole = advance(build([net], **recipe), 12)
    save_state(tmp_path, advance(build([net], **recipe), cut))
    resumed = build([net], **recipe)
    assert load_state(tmp_path, resumed)
    advance(resumed, 12 - cut)
    expected = whole.arms[0].model.state_dict()
    for key, value in resumed.arms[0].model.state_dict().items():
        assert torch.equal(value, expected[key]), key


def test_load_state_without_a_file_starts_from_the_beginning(tmp_path):
    lockstep = build()
    assert not load_state(tmp_path, lockstep)
    assert lockstep.step == 0


def test_save_state_keeps_the_last_finite_weights_of_a_diverged_arm(tmp_path):
    lockstep = advance(build(["residual", "bare"]), 2)
    save_state(tmp_path, lockstep)
    finite = {k: v.clone() for k, v in lockstep.arms[1].model.state_dict().items()}
    with torch.no_grad():
        lockstep.arms[1].model.classifier.weight.fill_(float("inf"))
    advance(lockstep, 2)
    save_state(tmp_path, lockstep)
    header = read_state_header(tmp_path)
    assert header is not None
    assert (header.step, header.arm_steps) == (4, (4, 2))
    kept = saved_weights(tmp_path, lockstep.arms[1])
    assert kept.keys() == finite.keys()
    assert all(torch.equal(kept[key], finite[key]) for key in finite)

    resumed = build(["residual", "bare"])
    load_state(tmp_path, resumed)
    assert [arm.config.label for arm in resumed.active_arms] == ["residual"]


def test_load_state_refuses_another_configuration(tmp_path):
    save_state(tmp_path, build(learning_rate=0.1))
    with pytest.raises(CheckpointError, match="another configuration"):
        load_state(tmp_path, build(learning_rate=0.2))


def test_load_state_refuses_changed_data(tmp_path):
    lockstep = build()
    save_state(tmp_path, lockstep)
    changed = build()
    card = dataclasses.replace(changed.data.card, sha256="1" * 64)
    changed.data = dataclasses.replace(changed.data, card=card)
    with pytest.raises(DataError, match="has changed"):
        load_state(tmp_path, changed)


@pytest.mark.parametrize("keep", [0, 7, 100, 0.5, 0.99])
def test_load_state_names_a_truncated_file(tmp_path, keep):
    save_state(tmp_path, build())
    content = (tmp_path / STATE_NAME).read_bytes()
    size = int(keep * len(content)) if isinstance(keep, float) else keep
    (tmp_path / STATE_NAME).write_bytes(content[:size])
    with pytest.raises(CheckpointError, match="damaged"):
        load_state(tmp_path, build())
