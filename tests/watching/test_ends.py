"""How a watched run ends, goes on, and what is refused to it."""

import gc
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from resnet_core import watch
from resnet_core.cli import app
from resnet_core.config import FOREIGN_NET, fingerprint
from resnet_core.edits import parse_wish, request_edit
from resnet_core.errors import RunError
from resnet_core.runs.fork_plan import plan_fork
from resnet_core.runs.launcher import kill_run, resume_run
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import delete_run, list_runs, read_config, read_status, run_dir
from resnet_core.watching import WatchedRun
from tests.watching.conftest import loss_of, small_net

ROOT = Path(__file__).resolve().parents[2]
_LOOP = """
import sys, time, torch
from resnet_core import watch
from tests.watching.conftest import loss_of, small_net
model = small_net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
run = watch(model, optimizer, name="{name}", num_steps=10)
for step in range(5):
    loss_of(model, step).backward()
    optimizer.step()
    run.log(loss=step)
"""


def steps(run: WatchedRun, model: nn.Module, optimizer: torch.optim.Optimizer, count: int) -> None:
    for step in range(count):
        loss_of(model, step).backward()
        optimizer.step()
        run.log(loss=10.0 + run.step, accuracy=0.5)


def watched(name: str = "mine", count: int = 3) -> str:
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = watch(model, optimizer, name=name)
    steps(run, model, optimizer, count)
    run_id = str(run.run_id)
    run.finish()
    return run_id


_ENDS = {
    "left": ("", "finished", ""),
    "failed": ("1 / 0", "interrupted", "The program ended with an error after step 5."),
    "killed": (
        "print(); sys.stdout.flush(); time.sleep(600)",
        "interrupted",
        "The program in which it was watched ended at step ",
    ),
}


@pytest.mark.slow
def test_leaving_the_process_ends_the_run():
    children = {
        name: subprocess.Popen(
            [sys.executable, "-c", _LOOP.format(name=name) + last_line],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for name, (last_line, *_) in _ENDS.items()
    }
    killed = children["killed"]
    assert killed.stdout is not None
    killed.stdout.readline()  # it is through
    (live,) = [status for status in list_runs() if status.name == "killed"]
    assert (live.phase, live.num_steps, live.is_watched) == ("training", 10, True)
    assert not kill_run(live.run_id)  # it is somebody's own program
    with pytest.raises(RunError, match="still going"):
        delete_run(live.run_id)
    killed.send_signal(signal.SIGKILL)
    for child in children.values():
        child.communicate(timeout=600)
    found = {status.name: status for status in list_runs()}
    for name, (_, phase, words) in _ENDS.items():
        status = found[name]
        assert (status.phase, status.message[: len(words)]) == (phase, words), status
        assert "esume" not in status.message
        assert not status.is_resumable
        assert name == "killed" or status.step == 5


def test_an_error_inside_of_its_context_interrupts_the_run():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ZeroDivisionError), watch(model, optimizer, name="mine") as run:
        steps(run, model, optimizer, 2)
        raise ZeroDivisionError
    status = read_status(str(run.run_id))
    assert status.message == "The program ended with an error after step 2."
    assert (status.phase, status.step) == ("interrupted", 2)


@pytest.mark.parametrize(
    ("code", "phase"), [(None, "finished"), (0, "finished"), (1, "interrupted")]
)
def test_a_program_that_leaves_its_context_says_how_it_ended(code, phase):
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(SystemExit), watch(model, optimizer, name="mine") as run:
        steps(run, model, optimizer, 2)
        raise SystemExit(code)
    assert read_status(str(run.run_id)).phase == phase


def test_a_net_that_is_gone_ends_its_run():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = watch(model, optimizer, name="mine")
    steps(run, model, optimizer, 2)
    run_id = str(run.run_id)
    del run, model, optimizer
    gc.collect()
    status = read_status(run_id)
    assert (status.phase, status.step) == ("finished", 2)


def test_a_new_run_of_the_same_net_ends_the_one_before():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    first = watch(model, optimizer, name="first")
    second = watch(model, optimizer, name="second")
    steps(first, model, optimizer, 2)
    steps(second, model, optimizer, 1)
    assert read_status(str(first.run_id)).phase == "finished"
    assert read_status(str(second.run_id)).phase == "training"
    second.finish()
    assert (first.step, second.step) == (0, 1)


def test_a_run_goes_on_where_it_is_told_to():
    run_id = watched(count=6)
    model = small_net(seed=1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, resume=run_id, step=4) as run:
        assert run.run_id == run_id
        assert (run.step, read_status(run_id).phase) == (4, "training")
        loss_of(model, 0).backward()
        optimizer.step()
        run.log(loss=99.0)
    (arm,) = read_curves(run_dir(run_id)).arms
    assert arm.step.tolist() == [1, 2, 3, 4, 5]
    assert arm.scalars["loss"].tolist() == [10.0, 11.0, 12.0, 13.0, 99.0]
    assert (arm.scalars["time_s"][1:] >= arm.scalars["time_s"][:-1]).all()
    assert read_status(run_id).name == "mine"
    with watch(model, optimizer, resume=run_id) as run:
        assert run.step == 5


def test_a_run_trained_by_the_lab_is_not_taken_up(home):
    run_id = watched()
    folder = run_dir(run_id)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"kind": "trained"} | _ARMS))
    model = small_net()
    with pytest.raises(RunError, match="is trained by the lab"):
        watch(model, torch.optim.SGD(model.parameters(), lr=0.1), resume=run_id)


_ARMS = {"arms": [{"label": "a", "model": {"name": "resnet20"}}]}


def test_its_configuration_says_what_is_known_and_no_more():
    run_id = watched()
    text = (run_dir(run_id) / "config.json").read_text()
    assert json.loads(text) == {"name": "mine", "kind": "watched", "arms": [{"label": "mine"}]}
    config = read_config(run_id)
    assert (config.kind, config.arms[0].model) == ("watched", FOREIGN_NET)
    assert config.arms[0].is_plain is None
    assert fingerprint(config) != fingerprint(read_config(watched("other")))


def test_it_is_listed_with_its_kind():
    run_id = watched()
    (row,) = json.loads(CliRunner().invoke(app, ["runs", "--json"]).output)
    assert (row["run_id"], row["kind"], row["phase"], row["step"]) == (
        *(run_id, "watched", "finished"),
        3,
    )
    assert row["arms"] == [{"label": "mine", "is_plain": None, "stopped_message": None}]
    assert "3/" not in CliRunner().invoke(app, ["runs"]).output


@pytest.mark.parametrize(
    "command",
    [
        ["pause"],
        ["stop"],
        ["stop", "--force"],
        ["resume"],
        ["fork", "--step", "1"],
        ["edit", "--set", "learning_rate=0.1"],
    ],
    ids=" ".join,
)
def test_what_needs_a_worker_is_refused_in_one_sentence(command):
    run_id = watched()
    done = CliRunner().invoke(app, [command[0], run_id, *command[1:]])
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert f"Run {run_id} is only watched: its own program trains it" in said
    assert said.count(". ") == 0


def test_the_core_refuses_it_too():
    run_id = watched()
    for ask in (
        lambda: resume_run(run_id),
        lambda: plan_fork(run_id, 1),
        lambda: request_edit(run_id, parse_wish("learning_rate=0.1")),
    ):
        with pytest.raises(RunError, match="only watched"):
            ask()
