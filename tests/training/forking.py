"""Forks made and trained in this very process, and what must be equal of two runs."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import safetensors.torch
import torch

from resnet_core.config import ExperimentConfig
from resnet_core.edits.log import read_log
from resnet_core.progress import ignore_progress
from resnet_core.runs.control import ControlReader
from resnet_core.runs.fork_files import furnish_fork
from resnet_core.runs.fork_plan import plan_fork
from resnet_core.runs.kept import STATE_NAME
from resnet_core.runs.status import create_run, read_config
from resnet_core.training import kept_states
from resnet_core.training.live_edits import follow_script
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.replay import catch_up
from resnet_core.training.session import Session
from tests.training.conftest import tiny_data

CPU = torch.device("cpu")
MEASURED = "arm, seed, width, start, loss, accuracy, learning_rate, gradient_norm, layer_norms"
QUERIES = {
    "curves": f"SELECT {MEASURED} FROM curves ORDER BY width, start, arm, seed",
    "evaluations": "SELECT * FROM evaluations ORDER BY step, arm, split, seed",
    "answers": "SELECT * FROM answers ORDER BY step, arm, split, seed",
    "profiles": "SELECT * FROM profiles ORDER BY step, arm, quantity, seed",
}
"""All that a store holds but how long it took."""


def never() -> bool:
    return False


def train(folder: Path, config: ExperimentConfig, leave: Callable[[], bool] = never) -> Lockstep:
    """Trains what lies in a run's folder, as its worker does."""
    lockstep = Lockstep(config, tiny_data(), CPU)
    follow_script(folder, lockstep, read_log(folder))
    catch_up(folder, lockstep, ignore_progress)
    with pytest.MonkeyPatch.context() as patch:
        # Which states there are must not hang on how busy the disk is.
        patch.setattr(kept_states, "_SHORT_S", 600.0)
        Session(folder, lockstep, ControlReader(folder), leave).run()
    return lockstep


def trained_run(config: ExperimentConfig) -> Path:
    folder = create_run(config)
    train(folder, config)
    return folder


def make_fork(parent: Path, step: int, arm: str | int | None = None) -> Path:
    """Makes a fork's folder and nothing more."""
    plan = plan_fork(parent.name, step, arm)
    return create_run(read_config(parent.name), lambda made: furnish_fork(made, parent, plan))


def state_of(folder: Path) -> dict[str, torch.Tensor]:
    """Weights and optimizers."""
    return safetensors.torch.load_file(folder / "checkpoints" / STATE_NAME)


def rows_of(folder: Path, arm: int | None = None) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(folder / "metrics.db")) as store:
        found = {name: store.execute(query).fetchall() for name, query in QUERIES.items()}
    places = {"curves": 0, "evaluations": 1, "answers": 1, "profiles": 1}
    return {
        name: [row for row in rows if arm is None or row[places[name]] == arm]
        for name, rows in found.items()
    }


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file of a run, but what SQLite keeps beside a store for its readers."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("metrics.db-")
    }


def assert_same_end(folder: Path, other: Path, arm: int | None = None) -> None:
    """Compares two runs bit for bit: weights, optimizers and all that was measured."""
    mine, expected = state_of(folder), state_of(other)
    assert mine.keys() == expected.keys()
    for key, value in mine.items():
        if arm is None or key.startswith(f"{arm}/"):
            assert torch.equal(value, expected[key]), key
    assert rows_of(folder, arm) == rows_of(other, arm)
