"""`fork` as a person meets it."""

import json

import pytest
from typer.testing import CliRunner

from resnet_core.cli import app
from resnet_core.runs import launcher
from resnet_core.runs.kept import list_kept
from resnet_core.runs.status import list_runs, run_dir
from tests.cli.test_training_commands import TINY, here, lab
from tests.training.conftest import home, picture_folder, tiny_experiment  # noqa: F401 - fixtures
from tests.training.forking import trained_run

KEYS = {
    "run_id",
    "parent",
    "step",
    "kept_step",
    "replay_steps",
    "replay_s",
    "verdict",
    "arm",
    "damaged_steps",
    "takes_place",
    "phase",
    "message",
}


def invoke(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.slow
def test_a_fork_is_followed_to_its_end(home, picture_folder):  # noqa: F811
    recipe = [*TINY[:2], "--steps", "20", *TINY[4:]]
    train = here("train", "--arms", "plain8", "--data", str(picture_folder), *recipe, "--json")
    parent = json.loads(train.stdout)["run_id"]
    done = lab("fork", parent, "--step", "11", "--arm", "plain8", "--json")
    assert done.returncode == 0, done.stderr
    kept = max(each.step for each in list_kept(run_dir(parent)) if each.step <= 11)
    replayed = 11 - kept  # every second state is kept, unless the disk is too busy for that
    told = f"The fork begins with the state of step {kept} and replays {replayed} step"
    assert done.stderr.startswith(told)
    fork = json.loads(done.stdout)
    assert fork.keys() == KEYS
    expected = {"step": 11, "kept_step": kept, "replay_steps": replayed, "arm": 0}
    assert fork["parent"] == parent
    assert {key: fork[key] for key in expected} == expected
    assert (fork["phase"], fork["takes_place"], fork["damaged_steps"]) == ("finished", False, [])
    assert fork["verdict"]["sentence"].endswith(
        "trains alone: there is nothing to compare it with."
    )
    child, listed = json.loads(here("runs", "--json").stdout)
    assert (child["run_id"], child["parent"], child["fork_step"]) == (fork["run_id"], parent, 11)
    assert (listed["run_id"], listed["parent"], listed["fork_step"]) == (parent, None, None)
    assert child["step"] == 20
    last = [entry for entry in listed["evaluations"] if entry["split"] == "test"]
    assert last == [entry for entry in child["evaluations"] if entry["split"] == "test"]
    changed = here(
        "fork", parent, "--step", "11", "--set", "freeze=on", "--blocks", "stage1", "--json"
    )
    assert changed.returncode == 0, changed.stderr
    (edit,) = json.loads(here("edits", json.loads(changed.stdout)["run_id"], "--json").stdout)
    assert (edit["step"], edit["what"], edit["blocks"], edit["to"]) == (11, "freeze", "stage1", 1)
    verdict = json.loads(changed.stdout)["verdict"]["sentence"]
    assert verdict.startswith("After stage 1 was frozen at step 11"), "what `--set` did"
    count = len(list_runs())
    wrong = invoke("fork", parent, "--step", "11", "--set", "freeze=on", "--blocks", "stage9")
    assert "stage9" in wrong.stderr
    assert len(list_runs()) == count
    left = json.loads(invoke("fork", parent, "--step", "11", "--detach", "--json").stdout)
    assert (left["parent"], left["phase"]) == (parent, "preparing")
    launcher.kill_run(left["run_id"])


def test_a_fork_that_is_left_to_itself_is_told_at_once(home):  # noqa: F811
    parent = trained_run(tiny_experiment()).name  # whose pictures no worker finds
    done = invoke("fork", parent, "--step", "6", "--detach", "--json")
    assert done.exit_code == 1
    assert "error" in json.loads(done.stdout)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--step", "13"), "has taken 12 steps, so it cannot be forked at 13"),
        (("--step", "-1"), "got -1"),
        (("--step", "6", "--arm", "resnet8"), "'resnet8' is no net of tiny"),
        (("--step", "6", "--blocks", "stage1"), "Blocks belong to a change"),
        (("--step", "6", "--set", "wings=2"), "is no edit"),
        (("--step", "6", "--set", "drop=on", "--arm", "0", "--blocks", ""), "has no block ''"),
        (("--step", "6", "--set", "skip_strength=5", "--arm", "0"), "between 0 and 1, got 5"),
    ],
)
def test_what_cannot_be_forked_is_one_sentence(home, options, says):  # noqa: F811
    parent = trained_run(tiny_experiment()).name
    done = invoke("fork", parent, *options, "--json")
    assert done.exit_code == 1
    sentence = json.loads(done.stdout)["error"]
    assert says in sentence
    assert sentence.count("\n") == 0
    assert done.stderr == "", "nothing is said of a fork that will not be"
    assert [status.run_id for status in list_runs()] == [parent]


def test_an_unknown_run_is_not_forked(home):  # noqa: F811
    done = invoke("fork", "20260101-000000-tiny-0000", "--step", "0", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"].startswith("There is no run")
    assert invoke("fork", "20260101-000000-tiny-0000", "--step", "many").exit_code == 2
