"""Whatever happens to the watcher, the loop trains on and is told once."""

import shutil
import sqlite3
import warnings

import pytest
import torch
from torch import nn

from resnet_core import paths, watch
from resnet_core.errors import ConfigError, DiskFullError, RunBusyError, RunError
from resnet_core.runs.lock import is_held
from resnet_core.runs.status import read_status, run_dir
from resnet_core.runs.store import MetricsWriter
from resnet_core.watching import WatchedRun
from tests.watching.conftest import loss_of, small_net


def trained(model: nn.Module, steps: int, run: WatchedRun | None = None) -> list[torch.Tensor]:
    """Trains, and gives the weights at the end."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = run or watch(model, optimizer, name="mine")
    for step in range(steps):
        optimizer.zero_grad()
        loss = loss_of(model, step)
        loss.backward()
        optimizer.step()
        run.log(loss=loss)
    run.finish()
    return [value.detach().clone() for value in model.parameters()]


@pytest.fixture
def unwatched() -> list[torch.Tensor]:
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(200):
        optimizer.zero_grad()
        loss_of(model, step).backward()
        optimizer.step()
    return [value.detach().clone() for value in model.parameters()]


def assert_equal(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> None:
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_a_watched_net_learns_what_an_unwatched_one_does(unwatched):
    assert_equal(trained(small_net(), 200), unwatched)


def test_a_full_disk_is_told_once(unwatched, monkeypatch):
    def refuse(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with pytest.warns(RuntimeWarning, match=r"disk is full.*goes on") as told:
        model = small_net()
        run = watch(model, torch.optim.SGD(model.parameters(), lr=0.1), name="mine")
        monkeypatch.setattr(MetricsWriter, "add_steps", refuse)
        run.finish()
        monkeypatch.undo()
        monkeypatch.setattr(MetricsWriter, "add_steps", refuse)
        weights = trained(small_net(), 200)
    assert len(told) == 1
    assert_equal(weights, unwatched)


@pytest.mark.parametrize("is_an_error", [False, True])
def test_a_deleted_folder_is_told_once(unwatched, is_an_error, home, caplog):
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = watch(model, optimizer, name="mine")
    shutil.rmtree(home / "runs")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("error" if is_an_error else "always")
        for step in range(200):
            optimizer.zero_grad()
            loss_of(model, step).backward()
            optimizer.step()
            run.log()
        run.finish()
    words = [str(each.message) for each in told] + [each.getMessage() for each in caplog.records]
    assert len(words) == 1
    assert "is gone. The training goes on." in words[0]
    assert_equal([value.detach() for value in model.parameters()], unwatched)
    assert not any(value._post_accumulate_grad_hooks for value in model.parameters())


def test_a_home_that_cannot_be_written_is_told_once(unwatched, home):
    (home / "runs").write_text("no folder")
    with pytest.warns(RuntimeWarning, match="does not watch mine: .*The training goes on") as told:
        weights = trained(small_net(), 200)
    assert len(told) == 1
    assert_equal(weights, unwatched)


def test_a_full_disk_at_the_start_is_told_once(unwatched, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise DiskFullError("Cannot write config.json: the disk is full; free some space.")

    monkeypatch.setattr("resnet_core.runs.folders.write_atomically", refuse)
    with pytest.warns(RuntimeWarning, match="the disk is full") as told:
        weights = trained(small_net(), 200)
    assert len(told) == 1
    assert_equal(weights, unwatched)


def test_what_is_no_number_is_told_once(unwatched):
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = watch(model, optimizer, name="mine")
    with pytest.warns(RuntimeWarning, match="watches mine no more") as told:
        for step in range(200):
            optimizer.zero_grad()
            loss_of(model, step).backward()
            optimizer.step()
            run.log(loss="low", picture=torch.zeros(3))
    assert len(told) == 1
    assert_equal([value.detach() for value in model.parameters()], unwatched)


def test_an_error_of_the_watcher_ends_the_run_as_interrupted(monkeypatch):
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = watch(model, optimizer, name="mine")
    run_id = str(run.run_id)
    with pytest.warns(RuntimeWarning):
        optimizer.step()
        run.log(loss="low")
    status = read_status(run_id)
    assert status.phase == "interrupted"
    assert status.message.startswith("Watching ended: ")
    assert not is_held(run_dir(run_id))
    assert run.run_id is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"every": 0}, "every must be at least 1, got 0"),
        ({"num_steps": 0}, "num_steps must be at least 1, got 0"),
        ({"step": -1}, "step must be at least 0, got -1"),
        ({"name": " "}, "needs a name"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments, words):
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ConfigError, match=words):
        watch(model, optimizer, **({"name": "mine"} | arguments))


def test_a_net_without_parameters_and_a_missing_optimizer_are_refused():
    model = small_net()
    with pytest.raises(ConfigError, match="no gradient to watch"):
        watch(nn.ReLU(), torch.optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ConfigError, match="needs the optimizer"):
        watch(model, [])


def test_runs_that_cannot_be_taken_up_are_refused(home):
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = watch(model, optimizer, name="mine")
    optimizer.step()
    run.log()
    with pytest.raises(RunBusyError, match="already going"):
        watch(small_net(), optimizer, resume=run.run_id)
    run_id = str(run.run_id)
    run.finish()
    other = nn.Sequential(nn.Linear(6, 8))
    with pytest.raises(RunError, match="watched another net"):
        watch(other, torch.optim.SGD(other.parameters(), lr=0.1), resume=run_id)
    with pytest.raises(RunError, match="There is no run"):
        watch(model, optimizer, resume="nothing")
    assert paths.runs_dir() == home / "runs"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError(), "an error without a text"),
        (KeyError("a key\nof two lines."), "a key"),
        (ValueError("one line\nand another."), "one line and another."),
    ],
)
def test_an_error_of_any_text_is_told_in_one_line(error, words):
    model = small_net()
    run = watch(model, torch.optim.SGD(model.parameters(), lr=0.1), name="mine")
    run_id = str(run.run_id)

    def fail() -> None:
        raise error

    with pytest.warns(RuntimeWarning) as told:
        run.guard(fail)
    for said in (str(told[0].message), read_status(run_id).message):
        assert words in said and "\n" not in said
        assert type(error).__name__ not in said
