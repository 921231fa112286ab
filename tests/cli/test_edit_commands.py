"""`edit` and `edits` as a person meets them."""

import json

import pytest
from typer.testing import CliRunner

from resnet_core.cli import app
from resnet_core.runs import status as runs
from resnet_core.runs.files import WorkerState
from tests.training.conftest import home, tiny_experiment  # noqa: F401 - fixtures

KEYS = ["run_id", "step", "arm", "what", "blocks", "from", "to"]


@pytest.fixture
def run_id(home):  # noqa: F811
    folder = runs.create_run(tiny_experiment())
    runs.write_state(folder, WorkerState(phase="stopped", num_steps=12))
    return folder.name


def lab(*arguments):
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def edit(run_id, *arguments):
    return lab("edit", run_id, *arguments)


CUT = ("--arm", "residual", "--set", "skip_strength=0", "--blocks", "stage2")


def test_an_edit_of_a_stopped_run_waits_and_says_so(run_id):
    asked = json.loads(edit(run_id, *CUT, "--json").stdout)
    assert list(asked) == KEYS
    assert asked == {
        "run_id": run_id,
        "step": None,
        "arm": "residual",
        "what": "skip_strength",
        "blocks": "stage2",
        "from": 1.0,
        "to": 0.0,
    }
    assert edit(run_id, *CUT).stdout.strip() == (
        "Edit 2 is kept: it waits until the run is resumed."
    )
    listed = json.loads(lab("edits", run_id, "--json").stdout)
    assert [(each["number"], each["step"], each["from"]) for each in listed] == [
        (1, None, 1.0),
        (2, None, 0.0),
    ]
    assert "Asked for: skips of stage 2 cut" in lab("edits", run_id).stdout, "it is not done"
    assert lab("edits", run_id, "--csv").stdout == "number,step,arm,what,blocks,from,to,rate\n"
    (described,) = json.loads(lab("runs", "--json").stdout)
    assert described["num_edits"] == 0, "none was done"


def test_a_setting_needs_no_place_and_more_steps_a_rate(run_id):
    rate = json.loads(edit(run_id, "--set", "learning_rate=0.01", "--json").stdout)
    assert (rate["arm"], rate["blocks"], rate["from"], rate["to"]) == (None, None, None, 0.01)
    more = edit(run_id, "--set", "steps=20", "--rate", "0.001", "--json")
    assert json.loads(more.stdout)["from"] == 12.0
    (_, listed) = json.loads(lab("edits", run_id, "--json").stdout)
    assert listed["rate"] == 0.001


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--set", "skips=0"), "'skips=0' is no edit"),
        (("--set", "skip_strength=0"), "Say which net is meant"),
        (("--arm", "9", *CUT[2:]), "'9' is no net of tiny"),
        ((*CUT[:4], "--blocks", "stage9"), "has no block 'stage9'"),
        (("--arm", "residual", "--set", "skip_strength=2"), "must lie between 0 and 1"),
        (("--arm", "plain", *CUT[2:]), "is a plain net"),
        ((*CUT, "--rate", "0.1"), "A rate belongs to more steps"),
        (("--set", "steps=20"), "Say at which learning rate"),
    ],
)
def test_what_cannot_be_is_one_sentence(run_id, arguments, sentence):
    refused = edit(run_id, *arguments, "--json")
    assert refused.exit_code == 1
    assert sentence in json.loads(refused.stdout)["error"]
    assert json.loads(lab("edits", run_id, "--json").stdout) == []


def test_runs_that_are_not_there_or_have_ended_are_told(run_id):
    assert "There is no run" in json.loads(edit("nothing", *CUT, "--json").stdout)["error"]
    runs.write_state(runs.run_dir(run_id), WorkerState(phase="finished", num_steps=12))
    assert "ended at step 0" in json.loads(edit(run_id, *CUT, "--json").stdout)["error"]
    assert lab("edits", run_id).stdout.strip() == f"Nothing was changed in {run_id}."
    both = lab("edits", run_id, "--json", "--csv")
    assert "not both" in json.loads(both.stdout)["error"]


def test_ship_finds_its_net_by_label_and_tells_one_that_is_not_there(run_id):
    refused = lab("ship", run_id, "--arm", "nobody", "--name", "mine")
    assert refused.exit_code == 1
    assert "'nobody' is no net of tiny: name one of 0 (residual), 1 (plain)." in refused.output
    unfinished = lab("ship", run_id, "--arm", "plain", "--name", "mine")
    assert "has no final weights of arm 1" in unfinished.output
