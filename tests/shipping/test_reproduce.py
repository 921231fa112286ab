"""The plan carried out for real, with a few steps and pictures of 32 x 32."""

import json
import math
import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from resnet_core.checkpoints import list_checkpoints, load_checkpoint
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.errors import ConfigError
from resnet_core.recipes.files import list_recipes
from resnet_core.runs.launcher import kill_run, start_experiment
from resnet_core.runs.queue import RUNS_AT_ONCE
from resnet_core.runs.status import (
    RunStatus,
    WorkerState,
    create_run,
    list_runs,
    read_state,
    run_dir,
    write_state,
)
from resnet_core.shipping import (
    PLAN,
    PlannedRun,
    RunOutcome,
    Site,
    choose_runs,
    reproduce_plan,
)
from resnet_core.shipping.reproduce import _as_they_end, _find_run
from tests.cli.test_training_commands import lab
from tests.training.conftest import home, tiny_experiment, wait_for  # noqa: F401 - a fixture


@pytest.fixture
def pictures(tmp_path):
    generator = np.random.default_rng(0)
    for name in ("dark", "light"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for index in range(20):
            pixels = generator.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{index}.png")
    return tmp_path / "pictures"


@pytest.fixture
def site(home, pictures):  # noqa: F811
    return Site(
        cifar10=str(pictures),
        is_jpeg_copy=True,
        device="cpu",
        num_threads=1,
        num_steps=2,
        folder=home / "made",
        at_once=2,
    )


def test_plan_covers_the_papers_and_the_article():
    seeds = {recipe: set() for recipe in list_recipes() if not recipe.endswith("-cpu")}
    for planned in PLAN:
        seeds[planned.recipe].add(planned.seed)
    assert all(seeds.values()), seeds
    assert seeds["cifar10-20-paper"] == seeds["cifar10-56-paper"] == {0, 1, 2}
    assert choose_runs(["cifar10-20-paper"]) == tuple(
        planned for planned in PLAN if planned.recipe == "cifar10-20-paper"
    )
    with pytest.raises(ConfigError, match="choose cifar10-110-paper"):
        choose_runs(["cifar10-21-paper"])


def test_trial_does_not_ship():
    with pytest.raises(ConfigError, match="name another folder"):
        Site(num_steps=2)


def test_experiment_differs_from_its_recipe_in_place_alone(site):
    planned = PlannedRun(recipe="cifar10-20-paper", seed=2, keeps_weights=False)
    experiment = Site(cifar10="cifar10", device="cuda").experiment(planned)
    assert (experiment.seed, experiment.device, experiment.training.steps) == (2, "cuda", 64_000)
    assert site.experiment(planned).training.steps == 2
    assert site.net_name(planned, "plain20") == "plain20-cifar10-jpeg-paper-seed2"
    assert site.folder_of(planned) == site.folder / "results"
    clothes = PlannedRun(recipe="fashion-mnist-20-paper")
    assert site.net_name(clothes, "resnet20") == "resnet20-fashion-mnist-paper-seed0"


@pytest.mark.slow
def test_killed_run_is_taken_up_and_shipped_once(site):
    planned = PlannedRun(recipe="cifar10-20-paper", seed=1)
    killed = start_experiment(site.experiment(planned))
    wait_for(killed, lambda _: read_state(run_dir(killed)).phase == "preparing")
    assert kill_run(killed)

    said: list[str] = []
    (outcome,) = reproduce_plan([planned], site, said.append)
    assert (outcome.run_id, outcome.problem) == (killed, "")
    assert "cifar10-20-paper, seed 1: finished" in said
    names = {card.name for card in list_checkpoints(site.folder)}
    assert names == {"plain20-cifar10-jpeg-paper-seed1", "resnet20-cifar10-jpeg-paper-seed1"}
    _, card = load_checkpoint(outcome.shipped[0])
    assert (card.data_title, card.step, card.seed) == ("CIFAR-10 (JPEG copy)", 2, 1)

    written = [path.stat().st_mtime_ns for path in outcome.shipped]
    assert reproduce_plan([planned], site, said.append) == (outcome,)
    assert RUNS_AT_ONCE not in os.environ  # this process goes on with one run a device
    assert [path.stat().st_mtime_ns for path in outcome.shipped] == written
    assert len(list_runs()) == 1


@pytest.mark.slow
def test_runs_save_and_stop_when_the_time_is_up_and_are_taken_up_later(site):
    planned, said = PlannedRun(recipe="cifar10-20-fast"), []
    (outcome,) = reproduce_plan([planned], replace(site, num_minutes=0.0), said.append)
    assert outcome.shipped == ()
    assert outcome.problem.startswith("Stopped")
    (again,) = reproduce_plan([planned], site, said.append)
    assert (again.run_id, again.problem) == (outcome.run_id, "")
    assert len(again.shipped) == 2


@pytest.mark.slow
def test_command_says_what_failed_and_exits_with_1(home, tmp_path):  # noqa: F811
    done = lab(
        *("reproduce", "cifar10-resnet18-fast", "--cifar10", str(tmp_path / "nowhere")),
        *("--device", "cpu", "--steps", "1", "--into", str(home / "made"), "--json"),
    )
    assert done.returncode == 1
    (outcome,) = json.loads(done.stdout)
    assert "nowhere" in outcome["problem"]
    assert "cifar10-resnet18-fast, seed 0: There is no data set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_somebody_deletes_ends_alone(home):  # noqa: F811
    gone, kept = (PlannedRun(recipe="cifar10-20-paper", seed=seed) for seed in (0, 1))
    folder = create_run(tiny_experiment())
    write_state(folder, WorkerState(phase="finished", num_steps=4))
    going = {gone: "20261128-120000-gone-abcd", kept: folder.name}
    told = []
    ended = dict(_as_they_end(going, told.append, math.inf))
    alive, lost = ended[kept], ended[gone]
    assert isinstance(alive, RunStatus) and alive.phase == "finished"
    assert isinstance(lost, RunOutcome) and lost.problem.startswith("There is no run")
    assert told[0] == f"{gone.title}: {lost.problem}"


def test_a_run_that_somebody_changed_is_not_the_planned_one(home):  # noqa: F811
    experiment = tiny_experiment()
    sound, edited = create_run(experiment), create_run(experiment)
    rate = {"what": "learning_rate", "blocks": None, "before": 0.1, "after": 0.5}
    for folder in (sound, edited):
        write_state(folder, WorkerState(phase="finished", num_steps=4))
    append_to_log(edited, Edit(number=1, step=2, arm=None, **rate))
    found = _find_run(experiment)
    assert found is not None and found.run_id == sound.name
    append_to_log(sound, Edit(number=1, step=2, arm=None, **rate))
    assert _find_run(experiment) is None
