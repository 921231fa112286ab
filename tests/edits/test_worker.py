"""Real workers, edited from outside while they train, killed at any moment, and replayed."""

import dataclasses
import os
import random
import shutil
import signal
import time

import pytest
import safetensors.torch

from resnet_core.checkpoints import read_card
from resnet_core.edits import Wish, done_and_pending_edits, read_edits, request_edit, wait_for_edit
from resnet_core.edits.log import LOG_NAME
from resnet_core.errors import RunError
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.runs.control import request
from resnet_core.runs.launch import starting_worker
from resnet_core.runs.metrics import read_curves, read_profiles
from resnet_core.training.state import STATE_NAME
from tests.training.conftest import take_steps, tiny_experiment, wait_for

LONG = {"steps": 600, "evaluate_every": 200, "checkpoint_every_s": 0.2, "num_snapshots": 3}
CUT = Wish(what="skip_strength", value=0, arm="residual", blocks="stage2")
WISHES = (
    CUT,
    Wish(what="freeze", value=1, arm="plain", blocks="stage1"),
    Wish(what="redraw", value=1, arm="residual", blocks="stage1.0"),
    Wish(what="momentum", value=0.5),
    dataclasses.replace(CUT, value=1),
    Wish(what="drop", value=1, arm="residual", blocks="stage2"),
    Wish(what="freeze", value=0, arm="plain"),
    Wish(what="learning_rate_factor", value=0.5),
)


def tensors_of(run_id):
    state = runs.run_dir(run_id) / "checkpoints" / STATE_NAME
    found = safetensors.torch.load_file(state)
    return {name: tensor.numpy().tobytes() for name, tensor in found.items()}


def measured(run_id):
    folder = runs.run_dir(run_id)
    curves = read_curves(folder)
    losses = [(arm.scalars["loss"].tobytes(), arm.layer_norms.tobytes()) for arm in curves.arms]
    profiles = read_profiles(folder, 0, "skip_norm")
    return losses, curves.evaluations, profiles.steps.tolist(), profiles.values.tobytes()


def cards_of(run_id):
    folder = runs.run_dir(run_id) / "checkpoints"
    cards = [read_card(path) for path in sorted(folder.glob("*.json"))]
    return [(c.name, c.weights_sha256, c.interventions, c.edits, dict(c.metrics)) for c in cards]


def replay(run_id, start, config):
    """Trains a run's configuration from step 0 with nothing but its log, on the same pictures."""
    again = start(dataclasses.replace(config, name="again"))
    launcher.kill_run(again)
    folder = runs.run_dir(again)
    for path in (folder / "checkpoints").iterdir():
        path.unlink()
    shutil.copy(runs.run_dir(run_id) / LOG_NAME, folder)
    launcher.resume_run(again)
    wait_for(again, lambda status: not status.is_live, timeout_s=1_500)
    return again


def kill_now(run_id):
    worker = starting_worker(runs.run_dir(run_id))
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    wait_for(run_id, lambda status: not status.is_live)


def assert_same(run_id, again):
    assert tensors_of(again) == tensors_of(run_id)
    assert measured(again) == measured(run_id)
    assert cards_of(again) == cards_of(run_id)


@pytest.mark.slow
def test_a_run_edited_and_killed_while_it_trains_is_its_configuration_and_its_log(start):
    config = tiny_experiment(**LONG)
    run_id = start(config)
    # While it loads torch: a quick machine would else be through before the first edit.
    request(runs.run_dir(run_id), "pause")
    for wish in WISHES[:4]:
        before = take_steps(run_id, 3)
        asked = request_edit(run_id, wish)
        assert asked.step is None
        done = wait_for_edit(run_id, asked, timeout_s=240)
        assert done.step == before.step
    take_steps(run_id, 2)
    kill_now(run_id)
    waiting = request_edit(run_id, WISHES[4])
    assert done_and_pending_edits(run_id)[1] == (waiting,)
    launcher.resume_run(run_id)
    request(runs.run_dir(run_id), "pause")
    assert wait_for_edit(run_id, waiting, timeout_s=240).step is not None
    paused = take_steps(run_id, 2)
    dropped = wait_for_edit(run_id, request_edit(run_id, WISHES[5]), timeout_s=240)
    assert dropped.step == paused.step
    kill_now(run_id)
    for wish in WISHES[6:]:
        request_edit(run_id, wish)
    launcher.resume_run(run_id)
    finished = wait_for(run_id, lambda status: not status.is_live)
    assert (finished.phase, finished.step) == ("finished", 600)
    log = read_edits(run_id)
    assert [edit.number for edit in log] == list(range(1, 9))
    assert done_and_pending_edits(run_id)[1] == ()
    assert {(e.step, e.split) for e in read_curves(runs.run_dir(run_id)).evaluations} >= {
        (dropped.step, "before_edit"),
        (dropped.step, "after_edit"),
    }
    with pytest.raises(RunError, match="ended at step 600"):
        request_edit(run_id, CUT)
    assert_same(run_id, replay(run_id, start, config))


@pytest.mark.slow
def test_a_finished_run_is_given_more_steps(start):
    config = tiny_experiment(steps=30, num_snapshots=2)
    run_id = start(config)
    wait_for(run_id, lambda status: status.phase == "finished")
    before = measured(run_id)
    request_edit(run_id, Wish(what="steps", value=50, rate=0.002))
    launcher.resume_run(run_id)
    longer = wait_for(run_id, lambda status: not status.is_live)
    assert (longer.phase, longer.step, longer.num_steps) == ("finished", 50, 50)
    curves = read_curves(runs.run_dir(run_id))
    assert curves.arms[0].scalars["learning_rate"][30:].tolist() == pytest.approx([0.002] * 20)
    assert curves.arms[0].scalars["loss"][:30].tobytes() == before[0][0][0]
    assert [card[0] for card in cards_of(run_id) if card[0].startswith("0-")] == [
        "0-residual-0000000",
        "0-residual-0000001",
        "0-residual-0000030",
        "0-residual-0000050",
    ]


@pytest.mark.soak
def test_twenty_kills_around_edits_lose_nothing(start):
    config = tiny_experiment(**(LONG | {"steps": 4_000}))
    run_id, random_state = start(config), random.Random(0)
    wait_for(run_id, lambda status: status.step > 20)
    for kill in range(20):
        request_edit(run_id, WISHES[kill % len(WISHES)])
        time.sleep(random_state.uniform(0, 0.4))
        kill_now(run_id)
        launcher.resume_run(run_id)
        wait_for(run_id, lambda status: status.phase == "training", timeout_s=240)
    wait_for(run_id, lambda status: not status.is_live, timeout_s=1_500)
    assert [edit.number for edit in read_edits(run_id)] == list(range(1, 21))
    assert_same(run_id, replay(run_id, start, config))
