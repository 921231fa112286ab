"""What the last edit did, beside what the opposite measurement says."""

import dataclasses

import pytest

from resnet_core.comparing.edit_effect import EditEffect, read_edit_effect
from resnet_core.comparing.edit_sentences import edit_loss_sentence, edit_sentences
from resnet_core.comparing.verdict import judge_run, tell_run
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.runs.status import read_status
from resnet_core.runs.store import MetricsWriter
from tests.comparing.measured_runs import write_run

LOW, HIGH = (0.4, 0.45, 0.5, 0.55, 0.6), (2.1, 2.15, 2.2, 2.25, 2.3)
CUT = EditEffect(
    label="ResNet-56",
    deeds=("the skips of stage 2 were cut",),
    step=300,
    num_later=100,
    before=LOW,
    after=HIGH,
    now=HIGH,
    accuracies=(0.768, 0.1),
    num_pictures=500,
)


def told(**changes):
    return edit_loss_sentence(dataclasses.replace(CUT, **changes))


def test_a_rise_that_stays_and_its_opposites():
    start = "After the skips of stage 2 were cut at step 300, the training loss of ResNet-56 "
    low, high = "single steps before lay between 0.40 and 0.60", "lay between 2.10 and 2.30"
    assert told() == (
        f"{start}rose from 0.50 to 2.20 and did not come back in 100 steps (medians of 5 steps; "
        f"{low})."
    )
    assert told(now=LOW) == (
        f"{start}rose from 0.50 to 2.20 and came back to 0.50 in 100 steps (medians of 5 steps; "
        f"{low})."
    )
    assert told(before=HIGH, after=LOW, now=LOW).startswith(
        f"{start}fell from 2.20 to 0.50 and did not come back in 100 steps"
    )
    assert high in told(before=HIGH, after=LOW, now=LOW)
    assert told(after=LOW, now=LOW).startswith(
        f"{start}stayed among those of the steps before: 0.50 then, 0.50 in the newest"
    )


def test_small_losses_are_told_apart():
    low, high = (tuple(value / 5000 for value in each) for each in (LOW, HIGH))
    words = told(before=low, after=high, now=(0.0123,) * 5)
    assert "rose from 1.0e-4 to 4.4e-4 and did not come back in 100 steps, at 0.012" in words
    assert "0.00" not in words


def test_a_rise_that_ends_lower_than_it_began_is_no_coming_back():
    below = (0.1, 0.15, 0.2, 0.25, 0.3)
    assert "rose from 0.50 to 2.20, and is 0.20 after 100 steps" in told(now=below)


def test_a_rise_within_the_spread_of_single_steps_is_not_claimed():
    wide = (0.4, 0.45, 0.5, 0.55, 2.4)
    assert "stayed among those of the steps before" in told(before=wide)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"before": ()}, "only 0 steps before it tell of it"),
        ({"before": LOW[:1]}, "only 1 step before it tells of it"),
        ({"after": HIGH[:2], "num_later": 2}, "has trained 2 steps: too few to say"),
        ({"stopped": "Loss became NaN at step 305."}, "trains no more: Loss became NaN at step"),
        ({"num_seeds": 3}, "medians of 5 steps, means of 3 seeds"),
    ],
)
def test_what_cannot_be_said_is_not(changes, words):
    assert words in told(**changes)


def test_what_was_done_at_one_step_is_named_together():
    cut, rate = CUT.deeds[0], "the learning rate was set to 1"
    assert told(deeds=(cut, rate)).startswith(f"After {cut} and {rate} at step 300, the training")
    many = told(deeds=(*"abc", cut), stopped="Loss became NaN at step 305.")
    assert many.startswith(f"After {cut} and 3 other edits were done at step 300, ResNet-56 trains")


def test_what_a_loss_may_owe_to_something_else_is_said():
    fell, later = {"before": HIGH, "after": LOW}, {"later": (("momentum became 0.5", 350),)}

    def caveats(**changes):
        return edit_sentences(dataclasses.replace(CUT, accuracies=None, **changes))[1:]

    learns = (
        "A loss falls while a net learns, edited or not: a fork without the edit tells how much."
    )
    since = "Since then momentum became 0.5 at step 350: what the loss did after that is not one "
    assert caveats() == ()
    assert caveats(**fell) == (learns,)
    assert caveats(**later) == (f"{since}edit's alone.",)
    assert caveats(**fell, **later) == (learns, f"{since}edit's alone.")
    assert caveats(**later, after=HIGH[:2]) == (), "nothing was claimed"


def test_answers_are_told_where_they_were_measured():
    assert edit_sentences(CUT)[1] == (
        "On the same 500 validation pictures it was right on 76.8\u00a0% just before and "
        "10.0\u00a0% just after."
    )
    assert len(edit_sentences(dataclasses.replace(CUT, accuracies=None))) == 1
    assert edit_sentences(None) == ()


def test_the_verdict_names_the_last_edit_of_a_net(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    steady, broken = [0.5] * 60, [0.9] * 10 + [0.5] * 20 + [2.2] * 30
    folder = write_run({"residual": broken, "plain": steady}, num_steps=60)
    before = judge_run(read_status(folder.name)).sentence
    cut = Edit(
        number=2,
        step=30,
        what="skip_strength",
        before=1.0,
        after=0.0,
        arm="residual",
        blocks="stage2",
    )
    early = dataclasses.replace(cut, number=1, step=10, what="freeze", before=0.0, after=1.0)
    rate = Edit(number=3, step=40, arm=None, what="momentum", blocks=None, before=0.9, after=0.5)
    for edit in (early, cut, rate):
        append_to_log(folder, edit)
    writer = MetricsWriter(folder)
    with writer.transaction():
        for split, share in (("before_edit", 0.75), ("after_edit", 0.25)):
            writer.add_evaluation(30, 0, split, loss=1.0, accuracy=share)
    writer.close()
    found = read_edit_effect(read_status(folder.name))
    assert found is not None
    assert (found.before, found.after, found.now) == ((0.5,) * 20, (2.2,) * 20, (2.2,) * 20)
    assert (found.num_later, found.accuracies) == (30, None), "nobody says of how many pictures"
    told = tell_run(read_status(folder.name))
    assert " ".join(told[1]) == before
    assert judge_run(read_status(folder.name)).sentence == f"{' '.join(told[0])} {before}"
    assert told[0] == (
        "After the skips of stage 2 were cut at step 30, the training loss of residual rose from "
        "0.50 to 2.20 and did not come back in 30 steps (medians of 20 steps; single steps before "
        "lay between 0.50 and 0.50).",
        "Since then momentum became 0.5 at step 40: what the loss did after that is not one edit's "
        "alone.",
    )


def test_edits_of_one_step_are_read_as_one(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    folder = write_run({"residual": [0.5] * 60, "plain": [0.5] * 60}, num_steps=60)
    cut = {"what": "skip_strength", "before": 1.0, "after": 0.0}
    for edit in (
        Edit(number=1, step=30, arm="residual", blocks="stage1", **cut),
        Edit(number=2, step=30, arm="plain", what="freeze", blocks="all", before=0.0, after=1.0),
        Edit(number=3, step=30, arm=None, what="momentum", blocks=None, before=0.9, after=0.5),
        Edit(number=4, step=30, arm="residual", blocks="stage2", **cut),
    ):
        append_to_log(folder, edit)
    found = read_edit_effect(read_status(folder.name))
    assert found is not None
    assert found.deeds == (
        "the skips of stage 1 were cut",
        "momentum became 0.5",
        "the skips of stage 2 were cut",
    )
    assert found.later == ()
