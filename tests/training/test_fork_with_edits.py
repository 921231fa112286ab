"""A fork of a run that was edited has the edits made until then, and those alone."""

import shutil
from dataclasses import replace

import pytest
import torch

from resnet_core.edits import Edit, read_edits
from resnet_core.edits.log import append_to_log
from resnet_core.runs.fork_sentences import left_out_sentence
from resnet_core.runs.kept import KEPT_NAME
from resnet_core.runs.status import create_run
from tests.training.conftest import tiny_experiment
from tests.training.forking import assert_same_end, make_fork, rows_of, state_of, train, trained_run

CONFIG = tiny_experiment(steps=24, evaluate_every=8)
LABEL = CONFIG.arms[0].label


def edit(number: int, step: int, before: float, after: float) -> Edit:
    return Edit(
        number=number,
        step=step,
        arm=LABEL,
        what="skip_strength",
        blocks="all",
        before=before,
        after=after,
    )


CUT, BACK = edit(1, 7, 1.0, 0.0), edit(2, 15, 0.0, 1.0)


def edited_run(*edits: Edit):
    folder = create_run(CONFIG)
    for each in edits:
        append_to_log(folder, each)
    train(folder, CONFIG)
    return folder


@pytest.mark.parametrize(
    ("step", "made"),
    [(6, ()), (7, (CUT,)), (10, (CUT,)), (15, (CUT, BACK)), (20, (CUT, BACK))],
)
def test_fork_ends_as_a_run_with_the_edits_made_until_then(home, step, made):
    parent = edited_run(CUT, BACK)
    child = make_fork(parent, step)
    assert read_edits(child.name) == made
    train(child, CONFIG)
    assert_same_end(child, edited_run(*made))
    if made != (CUT, BACK):
        ends = [state_of(folder)[f"0/model/{_A_WEIGHT}"] for folder in (child, parent)]
        assert not ends[0].equal(ends[1])


LONGER = Edit(
    number=1, step=24, arm=None, what="steps", blocks=None, before=24.0, after=36.0, rate=0.01
)


def test_fork_of_a_run_that_was_made_longer_is_as_long(home):
    parent = edited_run(LONGER)
    child = make_fork(parent, 10)
    assert read_edits(child.name) == (replace(LONGER, step=10),)
    train(child, CONFIG)
    mine, expected = state_of(child), state_of(parent)
    assert all(torch.equal(value, expected[key]) for key, value in mine.items())


def test_fork_past_the_former_end_replays_beyond_that(home):
    parent = edited_run(LONGER)
    shutil.rmtree(parent / KEPT_NAME)
    child = make_fork(parent, 30, arm=0)
    lockstep = train(child, CONFIG)
    assert [arm.stopped for arm in lockstep.arms] == [None, left_out_sentence(30)]
    assert rows_of(child, arm=0) == rows_of(parent, arm=0)
    left_out = [row for row in rows_of(parent, arm=1)["curves"] if row[2] + row[3] <= 30]
    assert rows_of(child, arm=1)["curves"] == left_out


def test_run_that_nobody_edited_is_forked_as_before(home):
    parent = trained_run(CONFIG)
    child = make_fork(parent, 10)
    assert read_edits(child.name) == ()


_A_WEIGHT = "stem.conv.weight"
