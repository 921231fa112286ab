"""What a run says of how its steps are done: recorded, compiled, and in which precision."""

import dataclasses
import os

import pytest
import torch

from resnet_core.config import DataConfig
from resnet_core.processors import bfloat16_sentence, has_bfloat16
from resnet_core.runs.control import ControlReader
from resnet_core.runs.status import read_state
from resnet_core.training.captured_step import (
    CapturedStep,
    capture_steps,
    compiled_sentence,
    not_recorded_sentence,
)
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.preparation import prepare
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


def test_a_run_says_what_compiling_took():
    lockstep = on_buffers(tiny_experiment())
    residual, _ = lockstep.arms
    residual.forward = torch.compile(residual.model, backend="eager")
    trained(lockstep, 3)  # the first measures inside the net, and does not use the compiled form
    assert lockstep.captured is not None
    compile_s = lockstep.captured._steps[0].compile_s
    assert compile_s is not None and compile_s > 0
    assert lockstep.notice == compiled_sentence("residual", compile_s)


def test_the_seconds_of_compiling_are_told_whole():
    assert compiled_sentence("ResNet-18", 41.7) == (
        "The first step of ResNet-18 took 42 s, in which the net was compiled."
    )


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


def test_what_is_compiled_is_kept_in_the_lab_s_home(home, picture_folder, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")  # so that it is put back
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    data = DataConfig(source=str(picture_folder), validation_share=0.2)
    plain, compiled = (
        dataclasses.replace(tiny_experiment(compile=wanted), data=data, device="cpu")
        for wanted in (False, True)
    )
    prepare(plain)
    assert "TORCHINDUCTOR_CACHE_DIR" not in os.environ
    prepare(compiled)
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(home / "compiled")
