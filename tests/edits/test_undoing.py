"""Edits taken back."""

import dataclasses

import pytest

from resnet_core.config import ArmConfig, block_states
from resnet_core.edits import Edit, Wish, interventions_after, put_back
from resnet_core.edits.log import append_to_log
from resnet_core.edits.undoing import wishes_before
from resnet_core.errors import ConfigError, RunError
from resnet_core.runs import status as runs
from resnet_core.runs.files import WorkerState
from tests.training.conftest import tiny_experiment, tiny_model

NET = tiny_model(stage_blocks=(2, 2))
CONFIG = dataclasses.replace(tiny_experiment(), arms=(ArmConfig(label="net", model=NET),))


def edit(number, what, after, blocks: str | None = "stage2", **facts):
    fields = {"arm": "net", "blocks": blocks, "before": 1.0, "step": number}
    return Edit(number=number, what=what, after=after, **(fields | facts))


def of_all(number, what, after, before=None):
    return edit(number, what, after, blocks=None, arm=None, before=before)


@pytest.mark.parametrize(
    "earlier",
    [
        (),
        (edit(1, "skip_strength", 0.5), edit(2, "skip_strength", 0.0, "stage2.1")),
        (edit(1, "drop", 1.0, "all"), edit(2, "skip_strength", 0.3, "stage1")),
    ],
)
@pytest.mark.parametrize("blocks", ["all", "stage2", "stage2.1"])
def test_what_an_edit_changed_is_as_it_was(earlier, blocks):
    last = edit(5, "skip_strength", 0.1, blocks)
    wishes = wishes_before(CONFIG, earlier, last)
    undone = [
        edit(6 + place, "skip_strength", wish.value, wish.blocks or "all")
        for place, wish in enumerate(wishes)
    ]
    states = [
        block_states(NET, interventions_after(done, "net"))
        for done in (earlier, (*earlier, last, *undone))
    ]
    assert states[0] == states[1]


def test_all_that_were_alike_are_asked_for_at_once():
    assert wishes_before(CONFIG, (), edit(1, "drop", 1.0)) == (
        Wish(what="drop", value=0.0, arm="net", blocks="stage2"),
    )


def test_a_rate_goes_back_to_what_decided_before_it():
    first, second = of_all(1, "learning_rate", 0.01, 0.1), of_all(2, "learning_rate_factor", 2.0)
    assert wishes_before(CONFIG, (), first) == (Wish(what="learning_rate_factor", value=1.0),)
    assert wishes_before(CONFIG, (first,), second) == (Wish(what="learning_rate", value=0.01),)


def test_a_setting_goes_back_to_its_former_value():
    changed = of_all(1, "augmentation", "none", "crop_flip")
    assert wishes_before(CONFIG, (), changed) == (Wish(what="augmentation", value="crop_flip"),)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [("redraw", "weights that were there before are gone"), ("steps", "taken")],
)
def test_what_nothing_takes_back_is_told(what, sentence):
    with pytest.raises(ConfigError, match=sentence):
        wishes_before(CONFIG, (), edit(1, what, 1.0))


def test_it_is_asked_for_like_any_other_edit(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    folder = runs.create_run(CONFIG)
    runs.write_state(folder, WorkerState(phase="stopped", num_steps=12))
    with pytest.raises(RunError, match="has no edit 1 that was done; it has none"):
        put_back(folder.name, 1)
    append_to_log(folder, edit(1, "skip_strength", 0.0))
    (asked,) = put_back(folder.name, 1)
    assert (asked.number, asked.before, asked.after) == (2, 0.0, 1.0)
