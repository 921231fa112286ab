"""Runs that commit 5e5141a made: opened, measured and taken up as if it had."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import safetensors.torch
import torch

from resnet_core.checkpoints import list_checkpoints, load_checkpoint
from resnet_core.config import DataConfig
from resnet_core.evaluation import evaluate_checkpoint
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.runs.csv import metrics_csv
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.store import STORE_NAME
from resnet_core.training.flow import read_flow
from resnet_core.training.state import STATE_NAME, read_state_header
from tests.training.conftest import wait_for

FIXTURES = Path(__file__).parent / "fixtures"
FINISHED = "20261127-225605-finished-at-5e5141a-55c3"
STOPPED = "20261127-225612-stopped-at-5e5141a-2c99"
RESUMED = FIXTURES / "stopped-run-resumed-to-step-12.safetensors"
"""The state in which 5e5141a itself, torch 2.14.1, left a copy of the stopped run at step 12."""


@pytest.fixture(autouse=True)
def _both_runs(home: Path) -> None:
    for name in (FINISHED, STOPPED):
        shutil.copytree(FIXTURES / name, home / "runs" / name)


def test_former_runs_are_listed_as_they_were_left():
    stopped, finished = runs.list_runs()
    assert (finished.phase, finished.step, finished.num_steps) == ("finished", 6, 6)
    assert (stopped.phase, stopped.step, stopped.checkpoint_step) == ("stopped", 5, 5)
    assert stopped.is_resumable
    assert finished.name == "finished at 5e5141a"
    assert [arm.label for arm in finished.arms] == ["residual", "plain"]
    assert finished.message == ""


def test_former_measurements_are_read():
    folder = runs.run_dir(FINISHED)
    chunk = read_curves(folder)
    assert [arm.step.tolist() for arm in chunk.arms] == [list(range(1, 7))] * 2
    assert {(e.arm, e.step, e.split) for e in chunk.evaluations} >= {(0, 6, "test"), (1, 6, "test")}
    seed = runs.read_config(FINISHED).seed
    assert {arm.seed for arm in chunk.arms} == {e.seed for e in chunk.evaluations} == {seed}
    assert f",{seed}," in "".join(metrics_csv(folder))
    assert [flow.label for flow in read_flow(FINISHED, "update_ratio")] == ["residual", "plain"]


def test_former_checkpoints_are_loaded_and_measure_what_they_did():
    folder = runs.run_dir(FINISHED) / "checkpoints"
    cards = [card for card in list_checkpoints(folder) if card.step == 6]
    assert [card.name for card in cards] == ["0-residual-0000006", "1-plain-0000006"]
    for card in cards:
        model, _ = load_checkpoint(folder / f"{card.name}.safetensors")
        assert all(torch.isfinite(p).all() for p in model.parameters())
    score, card = evaluate_checkpoint(
        str(folder / cards[0].name), DataConfig(source="synthetic", image_size_px=8), device="cpu"
    )
    assert score.accuracy == pytest.approx(card.metrics["test_accuracy"], abs=0.002)
    assert score.loss == pytest.approx(card.metrics["test_loss"], rel=1e-4)


def test_a_former_run_is_taken_up_and_ends_with_the_same_weights():
    folder = runs.run_dir(STOPPED)
    header = read_state_header(folder / "checkpoints")
    assert header is not None
    assert header.arm_steps == (5, 5)
    launcher.resume_run(STOPPED)
    status = wait_for(STOPPED, lambda status: not status.is_live)
    assert (status.phase, status.step) == ("finished", 12), status.message
    with closing(sqlite3.connect(folder / STORE_NAME)) as connection:
        for table in ("curves", "evaluations", "profiles"):
            seeds = connection.execute(f"SELECT DISTINCT seed FROM {table}").fetchall()
            assert seeds == [(runs.read_config(STOPPED).seed,)], table
    assert [arm.step.tolist() for arm in read_curves(folder).arms] == [list(range(1, 13))] * 2
    expected = safetensors.torch.load_file(RESUMED)
    found = safetensors.torch.load_file(folder / "checkpoints" / STATE_NAME)
    assert found.keys() == expected.keys()
    for key, value in found.items():
        # The same build on the same machine gives the same bits; others add up in another order.
        torch.testing.assert_close(value, expected[key], rtol=1e-3, atol=1e-4, msg=key)
