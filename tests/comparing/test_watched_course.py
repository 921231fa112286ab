"""What is said of a watched run is what was measured, and its opposite where that was measured."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
import torch
from torch import nn

from resnet_core import watch
from resnet_core.comparing.measured import WINDOW
from resnet_core.comparing.verdict import judge_run, tell_run
from resnet_core.comparing.watched_course import (
    WatchedCourse,
    read_watched_course,
    watched_sentences,
)
from resnet_core.runs.status import read_status, run_dir
from tests.watching.conftest import home, loss_of, small_net, stored_norms  # noqa: F401

_COURSE = WatchedCourse(
    label="mine",
    step=1234,
    num_recent=20,
    losses=(2.5, 0.75),
    first_layer="stem",
    last_layer="head",
    ratio=40.0,
    num_layers=9,
    num_silent=0,
    num_skipped=0,
    num_losses=(20, 20),
    num_ratios=20,
)


def test_sentences_say_what_was_measured():
    assert watched_sentences(_COURSE) == (
        "mine has taken 1,234 steps, and its loss fell from 2.5 to 0.75 (medians of the first and "
        "the last 20).",
        "The gradient of the first layer, stem, is ×40 that of the last, head, in the median of "
        "the last 20 steps: larger at the input.",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"losses": (0.75, 2.5)}, "rose from 0.75 to 2.5"),
        ({"losses": (2.0, 2.0)}, "stayed at 2 "),
        ({"losses": None}, "mine has taken 1,234 steps."),
        (
            {"num_losses": (20, 3)},
            "(medians of the first and the last 20, of which 20 and 3 have a finite loss).",
        ),
        ({"num_ratios": 4}, "in the median of 4 of the last 20 steps: larger at the input."),
        ({"ratio": 0.01}, "larger at the output"),
        (
            {"ratio": 1.2},
            "×1.2 that of the last, head, in the median of the last 20 steps: about even.",
        ),
        ({"num_silent": 3}, "3 of 9 layers got no gradient in these steps."),
        (
            {"num_silent": 3, "num_losses": (20, 7)},
            "3 of 9 layers got no gradient that is a finite number in these steps.",
        ),
        ({"num_skipped": 1}, "1 step was skipped, as the scaled gradient was not finite."),
        ({"num_skipped": 1200}, "1,200 steps were skipped"),
        ({"num_recent": 0, "step": 0}, "mine has not logged a step yet."),
    ],
)
def test_sentences_say_the_opposite_of_the_opposite(changes, words):
    assert words in " ".join(watched_sentences(replace(_COURSE, **changes)))


def test_a_ratio_that_is_not_there_is_not_said():
    assert "gradient" not in " ".join(watched_sentences(replace(_COURSE, ratio=None)))


def test_a_run_is_judged_by_its_own_numbers():
    model = small_net()
    model[2].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="mine") as run:
        for step in range(2 * WINDOW):
            optimizer.zero_grad()
            loss_of(model, step).backward()
            optimizer.step()
            run.log(loss=10.0 - step)
    status = read_status(str(run.run_id))
    course = read_watched_course(status)
    assert course.losses == (10.0 - (WINDOW - 1) / 2, 10.0 - WINDOW - (WINDOW - 1) / 2)
    assert (course.first_layer, course.last_layer) == ("0", "4")
    assert (course.num_layers, course.num_silent) == (3, 1)
    rows = stored_norms(run)[-WINDOW:]
    ratios = torch.tensor([row["0"] / row["4"] for row in rows])
    assert course.ratio == pytest.approx(float(ratios.log().quantile(0.5).exp()), rel=1e-4)
    assert tell_run(status) == (watched_sentences(course),)
    verdict = judge_run(status)
    assert verdict.sentence == " ".join(watched_sentences(course))
    assert verdict.loss_difference is None


def test_first_and_newest_steps_are_not_compared_where_skipped_ones_make_them_meet():
    model = nn.Linear(8, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="mine") as run:
        for _ in range(2 * WINDOW):
            model(torch.ones(4, 8)).sum().backward()
            optimizer.step()
            run.log(loss=1.0)
    status = read_status(str(run.run_id))
    assert read_watched_course(status).losses == (1.0, 1.0)
    with closing(sqlite3.connect(run_dir(status.run_id) / "metrics.db")) as store, store:
        store.execute("DELETE FROM curves WHERE width = 1 AND start = 5")
    assert read_watched_course(status).losses is None


def test_losses_that_are_not_finite_are_counted_out():
    model = nn.Linear(8, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="mine") as run:
        for step in range(2 * WINDOW):
            model(torch.ones(4, 8)).sum().backward()
            optimizer.step()
            run.log(loss=1.0 if step < WINDOW else 0.5 if step == WINDOW else float("nan"))
    course = read_watched_course(read_status(str(run.run_id)))
    assert (course.losses, course.num_losses) == ((1.0, 0.5), (WINDOW, 1))
    assert "of which 20 and 1 have a finite loss" in watched_sentences(course)[0]


def test_a_run_without_a_step_has_not_logged_one():
    model = nn.Linear(2, 2)
    run = watch(model, torch.optim.SGD(model.parameters(), lr=0.1), name="mine")
    assert tell_run(read_status(str(run.run_id))) == (("mine has not logged a step yet.",),)
    run.finish()
