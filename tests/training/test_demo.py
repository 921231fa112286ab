"""The demo of the first page, and runs of the one that stood there before."""

import dataclasses

import pytest

from resnet_core.comparing.comparison import WINDOW, compare_arms
from resnet_core.comparing.verdict import judge_run
from resnet_core.config import (
    FIRST_RESIZING,
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    TrainingConfig,
    fingerprint,
)
from resnet_core.models import model_config
from resnet_core.recipes.presets import demo_experiment
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.runs.control import request
from tests.training.conftest import wait_for

FORMER = ExperimentConfig(
    name="Demo: residual against plain",
    arms=(
        ArmConfig(label="ResNet-20", model=model_config("resnet20")),
        ArmConfig(label="Plain-20", model=model_config("plain20")),
    ),
    data=DataConfig(source="synthetic", max_validation=500, resizing=FIRST_RESIZING),
    training=TrainingConfig(
        learning_rate=0.1,
        nesterov=True,
        weight_decay=5e-4,
        schedule="one_cycle",
        warmup_share=0.25,
        batch_size=64,
        steps=600,
        evaluate_every=100,
        statistics_every=20,
        checkpoint_every_s=10.0,
    ),
)


def test_run_of_the_former_demo_keeps_its_name_and_its_nets(home):
    assert fingerprint(FORMER) == "8dfc346c2a0fd711"
    run_id = runs.create_run(FORMER).name
    assert runs.read_config(run_id) == FORMER
    assert [arm.label for arm in runs.read_status(run_id).arms] == ["ResNet-20", "Plain-20"]
    assert fingerprint(demo_experiment()) != fingerprint(FORMER), "two demos, two experiments"


@pytest.mark.slow
def test_real_demo_is_not_yet_apart_while_it_warms_up(home):
    config = dataclasses.replace(demo_experiment(), device="cpu", num_threads=1)
    run_id = launcher.start_experiment(config)
    try:
        wait_for(run_id, lambda status: status.step >= WINDOW or not status.is_live)
        request(runs.run_dir(run_id), "stop")
        status = wait_for(run_id, lambda status: not status.is_live)
    finally:
        launcher.kill_run(run_id)
    assert status.phase == "stopped", status.message
    (found,) = compare_arms(status)
    assert (found.first, found.second) == ("ResNet-56 narrow", "Plain-56 narrow")
    assert found.start_ratio is not None
    assert found.start_ratio < 1, "before the first step batch norm makes the plain net's explode"
    assert judge_run(status).sentence.startswith("Not apart after")
