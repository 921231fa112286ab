"""Nets that torch compiles: what it took, where it is kept, and what happens where it cannot."""

import dataclasses
import os

import pytest
import torch

from resnet_core.config import DataConfig
from resnet_core.training.captured_step import compiled_sentence
from resnet_core.training.compiled import CompiledNet, not_compiled_sentence
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.preparation import prepare
from tests.training.conftest import tiny_experiment
from tests.training.steps import as_today, assert_same, captured, one_net, trained

CPU = torch.device("cpu")


def refuse(_graph, _inputs):
    """A compiler that is not there."""
    raise RuntimeError("Failed to find C compiler. Please specify via CC environment variable.")


def compiled_by(backend) -> Lockstep:
    lockstep = captured(one_net("residual"), CPU, graph=False)
    (arm,) = lockstep.arms
    arm.forward = CompiledNet(arm.model, torch.compile(arm.model, backend=backend))
    return lockstep


def test_a_net_that_cannot_be_compiled_trains_as_it_is_and_says_so():
    lockstep = compiled_by(refuse)
    assert_same(lockstep, as_today(one_net("residual"), CPU), 5)
    assert lockstep.notice == (
        "residual trains uncompiled, as torch could not compile it: Failed to find C compiler. "
        "Please specify via CC environment variable."
    )


def test_a_net_that_can_be_compiled_is():
    lockstep = compiled_by("eager")
    assert_same(lockstep, as_today(one_net("residual"), CPU), 5)
    assert "uncompiled" not in lockstep.notice


def test_an_error_of_the_net_itself_stays_what_it_is():
    def fail(_images):
        raise RuntimeError("shapes do not agree")

    net = CompiledNet(torch.nn.Identity(), fail)
    with pytest.raises(RuntimeError, match="shapes do not agree"):
        net(torch.zeros(1))
    assert net.problem is None


def test_a_net_that_is_not_compiled_is_told_with_the_reason():
    assert not_compiled_sentence("ResNet-18", "no compiler is there.") == (
        "ResNet-18 trains uncompiled, as torch could not compile it: no compiler is there."
    )


def test_a_run_says_what_compiling_took():
    lockstep = captured(tiny_experiment(), CPU, graph=False)
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
