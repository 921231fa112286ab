"""The stored demo is a real run of today's demo, reads back, and cannot be changed."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from resnet_core import paths
from resnet_core.cli import app
from resnet_core.comparing.verdict import judge_run
from resnet_core.config import fingerprint
from resnet_core.data import load_dataset
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.errors import ConfigError, RunError
from resnet_core.recipes.presets import demo_experiment
from resnet_core.recipes.stored_demo import find_stored_demo, read_conditions
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import (
    RunStatus,
    create_run,
    delete_run,
    list_runs,
    read_config,
    rename_run,
    run_dir,
)
from resnet_core.shipping import ship_demo
from resnet_core.shipping.demo import MOST_BYTES
from resnet_core.training.lockstep import Lockstep
from tests.training.conftest import home  # noqa: F401 - a fixture


@pytest.fixture
def stored(home) -> RunStatus:  # noqa: F811
    found = find_stored_demo()
    assert found is not None, "`store-demo` a run of today's demo"
    return found


def test_stored_demo_is_a_whole_run_of_todays_demo(stored: RunStatus):
    demo = demo_experiment()
    assert fingerprint(read_config(stored.run_id)) == fingerprint(demo)
    assert (stored.phase, stored.step) == ("finished", demo.training.steps)
    chunk = read_curves(run_dir(stored.run_id))
    assert [arm.label for arm in chunk.arms] == [arm.label for arm in demo.arms]
    for arm in chunk.arms:
        assert arm.step.tolist() == list(range(1, stored.step + 1))
    ends = {(e.arm, e.split) for e in chunk.evaluations if e.step == stored.step}
    assert ends == {(arm, split) for arm in (0, 1) for split in ("validation", "test")}


def test_stored_demo_measured_what_the_code_of_today_measures(stored: RunStatus):
    config = dataclasses.replace(demo_experiment(), device="cpu")
    lockstep = Lockstep(config, load_dataset(config.data), torch.device("cpu"))
    lockstep.advance()
    rows, _ = lockstep.drain()
    arms = read_curves(run_dir(stored.run_id)).arms
    # Rounding alone differs at the first step: by the processor, and by the number of threads.
    for row, arm in zip(rows, arms, strict=True):
        assert row.loss == pytest.approx(float(arm.scalars["loss"][0]), rel=1e-3)
        norm = float(arm.scalars["gradient_norm"][0])
        assert row.gradient_norm == pytest.approx(norm, rel=0.05)


def test_stored_demo_shows_the_effect(stored: RunStatus):
    verdict = judge_run(stored)
    assert verdict.loss_difference is not None
    assert verdict.loss_difference < -0.3
    assert verdict.accuracy_difference is not None
    assert verdict.accuracy_difference > 0.3
    assert verdict.p_value is not None
    assert verdict.p_value < 1e-4


def test_stored_demo_says_its_conditions_and_is_small(stored: RunStatus):
    card = read_conditions(stored.run_id)
    assert card is not None
    assert card.seed == read_config(stored.run_id).seed
    assert card.step == stored.step
    assert card.date
    assert card.hardware
    assert {"python", "torch"} <= card.libraries.keys()
    assert card.training_time_s
    files = [path for path in paths.shipped_runs_dir().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES


def test_shipped_run_is_no_persons_own_and_cannot_be_changed(stored: RunStatus):
    assert list_runs() == ()
    for change in (delete_run, lambda run_id: rename_run(run_id, "Mine")):
        with pytest.raises(RunError, match="came with the lab"):
            change(stored.run_id)
    assert find_stored_demo() == stored


def test_without_a_run_of_todays_demo_none_is_shown(home, monkeypatch):  # noqa: F811
    monkeypatch.setattr(paths, "shipped_runs_dir", lambda: home / "shipped")
    assert find_stored_demo() is None
    former = create_run(dataclasses.replace(demo_experiment(), seed=1))
    (home / "shipped").mkdir()
    shutil.copytree(former, home / "shipped" / former.name)
    assert find_stored_demo() is None


def test_stored_run_reads_back_as_the_run_that_it_was(stored: RunStatus, home: Path):  # noqa: F811
    own = home / "runs" / stored.run_id
    shutil.copytree(run_dir(stored.run_id), own)
    target = ship_demo(stored.run_id, home / "shipped")
    before, after = read_curves(own), read_curves(target)
    assert after.to_bytes({}) == before.to_bytes({})
    assert {path.name for path in target.iterdir()} == {
        "config.json",
        "state.json",
        "metrics.db",
        "checkpoints",
    }


@pytest.mark.parametrize(
    ("experiment", "says"),
    [
        (dataclasses.replace(demo_experiment(), seed=1), "no run of today's demo"),
        (demo_experiment(), "not finished"),
    ],
)
def test_command_stores_nothing_but_a_finished_demo(home, experiment, says):  # noqa: F811
    run_id = create_run(experiment).name
    done = CliRunner().invoke(app, ["store-demo", run_id, "--into", str(home / "shipped")])
    assert done.exit_code == 1
    assert says in " ".join(done.output.split())
    assert not (home / "shipped").exists()


def test_a_demo_that_was_changed_is_not_the_demo(stored: RunStatus, home: Path):  # noqa: F811
    own = home / "runs" / stored.run_id
    shutil.copytree(run_dir(stored.run_id), own)
    cut = {"what": "skip_strength", "before": 1.0, "after": 0.0, "blocks": "all"}
    append_to_log(own, Edit(number=1, step=300, arm="ResNet-56 narrow", **cut))
    with pytest.raises(RunError, match="was changed while it trained"):
        ship_demo(stored.run_id, home / "shipped")
    assert not (home / "shipped").exists()


def test_a_demo_that_cannot_be_read_leaves_what_was_stored(stored: RunStatus, home: Path):  # noqa: F811
    own = home / "runs" / stored.run_id
    shutil.copytree(run_dir(stored.run_id), own)
    target = ship_demo(stored.run_id, home / "shipped")
    before = (target / "metrics.db").read_bytes()
    (own / "metrics.db").write_bytes(before[: len(before) // 2])
    with pytest.raises(RunError, match="cannot be read"):
        ship_demo(stored.run_id, home / "shipped")
    assert (target / "metrics.db").read_bytes() == before
    assert [path.name for path in (home / "shipped").iterdir()] == [stored.run_id]
    with pytest.raises(ConfigError, match="is the run's own folder"):
        ship_demo(stored.run_id, home / "runs")
    assert own.is_dir()


def test_report_of_the_stored_demo_is_its_verdict(stored: RunStatus):
    done = CliRunner().invoke(app, ["report", stored.run_id, "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report["verdict"] == judge_run(stored).sentence
    assert [net["label"] for net in report["results"]] == [arm.label for arm in stored.arms]
