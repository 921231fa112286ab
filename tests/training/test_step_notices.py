"""What a run says of how its steps are done: recorded or not, and in which precision."""

import pytest
import torch

from resnet_core.processors import bfloat16_sentence, has_bfloat16
from resnet_core.runs.control import ControlReader
from resnet_core.runs.status import read_state
from resnet_core.training.captured_step import (
    CapturedStep,
    capture_steps,
    not_recorded_sentence,
)
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.session import Session
from tests.training.conftest import tiny_data, tiny_experiment
from tests.training.steps import (
    as_today,
    captured,
    states,
    trained,
)

CPU = torch.device("cpu")


def on_buffers(config) -> Lockstep:
    return captured(config, CPU, graph=False)


def test_a_run_says_that_its_steps_could_not_be_recorded(tmp_path):
    """And trains on as if nothing had been tried."""

    def refuse(_work):
        raise RuntimeError("operation not permitted when stream is capturing")

    lockstep = on_buffers(tiny_experiment())
    assert lockstep.captured is not None
    for arm in lockstep.arms:
        tables = lockstep.captured._tables[arm.replica.seed]
        step = CapturedStep(arm, lockstep.step_work(), tables, None, lambda: refuse)
        lockstep.captured._steps[arm.index] = step
    (tmp_path / "checkpoints").mkdir()
    Session(tmp_path, lockstep, ControlReader(tmp_path), lambda: False).run()

    state = read_state(tmp_path)
    assert state.phase == "finished"
    assert state.message.startswith("residual trains one operation at a time")
    assert "plain trains one operation at a time" in state.message
    reference = as_today(tiny_experiment(), CPU)
    trained(reference, 12)
    expected = states(reference)
    for name, value in states(lockstep).items():
        assert torch.equal(value, expected[name]), name


def test_a_person_is_told_which_net_is_not_recorded_and_why():
    assert not_recorded_sentence("ResNet-20", "operation not permitted.") == (
        "ResNet-20 trains one operation at a time, as its steps could not be recorded as a CUDA "
        "graph: operation not permitted."
    )


def test_nothing_is_recorded_on_the_cpu_nor_said_of_it():
    lockstep = Lockstep(tiny_experiment(), tiny_data(), CPU)
    assert lockstep.captured is None
    assert lockstep.notice == ""


def test_a_plugin_s_code_is_never_recorded(monkeypatch):
    lockstep = Lockstep(tiny_experiment(), tiny_data(), CPU)
    monkeypatch.setenv("RESNET_LAB_PLUGINS", "tests.plugins.lab_plugin")
    steps, notice = capture_steps(lockstep.arms, lockstep.step_work(), torch.device("cuda"))
    assert steps is None
    assert notice.endswith("graph: a plugin's code runs in each step.")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_run_in_bfloat16_says_where_the_cpu_has_no_such_instructions(precision):
    lockstep = Lockstep(tiny_experiment(precision=precision), tiny_data(), CPU)
    expected = bfloat16_sentence(has_bfloat16()) if precision == "bfloat16" else ""
    assert lockstep.notice == expected
