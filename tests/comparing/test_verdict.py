"""Each sentence beside the one that the opposite measurement gives."""

import dataclasses
import re

import pytest

from resnet_core.comparing.comparison import WINDOW, Accuracies, Comparison
from resnet_core.comparing.verdict import (
    APART,
    accuracy_sentences,
    gradient_sentences,
    judge_run,
    loss_sentence,
    sentences_of,
)
from resnet_core.runs.status import read_status
from tests.comparing.measured_runs import write_run

BASE = Comparison(
    first="Residual",
    second="Plain",
    step=300,
    num_steps=400,
    is_over=False,
    num_losses=WINDOW,
    first_loss=0.5,
    second_loss=2.3,
    warmup_steps=100,
    stopped=(),
    accuracies=None,
    start_ratio=0.25,
    recent_ratio=4.0,
)
SEEN = Accuracies(
    step=250, first=0.9, second=0.1, num_pictures=1500, only_first=1205, only_second=5
)


def compared(**changes) -> Comparison:
    return dataclasses.replace(BASE, **changes)


def told(**changes) -> tuple[str, ...]:
    return accuracy_sentences(dataclasses.replace(SEEN, **changes), BASE)


def test_loss_sentence_names_the_lower_loss():
    assert loss_sentence(BASE) == (
        "At step 300 of 400 the training loss of Residual is lower by 1.80: 0.50 against 2.30 with "
        "Plain (medians of the last 20 steps)."
    )
    assert loss_sentence(compared(first_loss=2.3, second_loss=0.5)) == (
        "At step 300 of 400 the training loss of Plain is lower by 1.80: 0.50 against 2.30 with "
        "Residual (medians of the last 20 steps)."
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_loss_sentence_waits_for_the_difference(sign):
    below, above = APART - 0.01, APART + 0.01
    near = loss_sentence(compared(first_loss=2.3 + sign * below, second_loss=2.3))
    assert near.startswith("Not yet apart at step 300 of 400: training loss ")
    better = "Plain" if sign > 0 else "Residual"
    far = loss_sentence(compared(first_loss=2.3 + sign * above, second_loss=2.3))
    assert f"training loss of {better} is lower by {above:.2f}" in far
    assert "Not yet" not in far


def test_loss_sentence_of_no_difference_and_of_a_run_that_is_over():
    same = loss_sentence(compared(first_loss=2.3, second_loss=2.3))
    assert "2.30 with Plain, 2.30 with Residual" in same
    over = loss_sentence(compared(first_loss=2.3, second_loss=2.3, is_over=True, step=400))
    assert over.startswith("Not apart after 400 steps: ")
    assert "yet" not in over


def test_loss_sentence_tells_the_warm_up_while_it_lasts():
    behind = {"first_loss": 2.58, "second_loss": 2.31}
    early = loss_sentence(compared(step=50, **behind))
    assert early.startswith("Not yet apart at step 50")
    assert early.endswith("The learning rate still rises, until step 100.")
    assert "rises" not in loss_sentence(compared(step=100, **behind))
    assert "rises" not in loss_sentence(compared(step=50, is_over=True, **behind))
    assert "rises" not in loss_sentence(compared(step=50, warmup_steps=0, **behind))


def test_loss_sentence_waits_for_enough_steps():
    young = {"num_losses": 3, "step": 3, "first_loss": 2.8, "second_loss": 2.3}
    words = loss_sentence(compared(**young))
    assert words == "Not yet apart: of the 20 steps that a verdict takes, 3 are made."
    assert loss_sentence(compared(is_over=True, **young)).startswith("Too short for a verdict")
    nothing = {"num_losses": 0, "step": 0, "first_loss": None, "second_loss": None}
    assert "0 are made" in loss_sentence(compared(**nothing))


@pytest.mark.parametrize(
    ("stopped", "alone"),
    [(["Plain"], "Residual"), (["Residual"], "Plain"), (["Plain", "Residual"], None)],
)
def test_loss_sentence_of_an_arm_that_diverged(stopped, alone):
    reason = "Loss became NaN at step 12; lower the learning rate."
    gone = {"num_losses": 0, "first_loss": None, "second_loss": None}
    words = loss_sentence(compared(stopped=tuple((each, reason) for each in stopped), **gone))
    for label in stopped:
        assert f"{label} trains no more: {reason}" in words
    assert (f"{alone} went on alone, to step 300." in words) == (alone is not None)
    assert words.endswith("no losses to set beside each other.")


def test_accuracy_sentences_name_who_is_right_more_often():
    assert told() == (
        "On the same 1,500 pictures, at step 250, Residual is right on 90.0\u00a0%, Plain on "
        "10.0\u00a0%: 80.0 points more.",
        "1,205 pictures only Residual gets right, 5 only Plain: chance splits them so unevenly "
        "with p < 0.0001 (exact McNemar).",
        "One seed: how much seeds differ is not known.",
    )
    turned = told(first=0.1, second=0.9, only_first=5, only_second=1205)
    assert "Plain is right on 90.0\u00a0%, Residual on 10.0\u00a0%" in turned[0]
    assert turned[1].startswith("5 pictures only Residual gets right, 1,205 only Plain")
    assert told(only_first=1)[1].startswith("1 picture only Residual gets right")


def test_accuracy_sentences_of_no_difference():
    even = told(first=0.5, second=0.5, only_first=8, only_second=8)
    assert even[0].endswith(": equally often.")
    assert even[1].endswith("p = 1 (exact McNemar), so this is no evidence of a difference.")
    near = told(first=0.503, second=0.5, only_first=7, only_second=2)
    assert "p = 0.18 (exact McNemar), so this is no evidence" in near[1]


def test_accuracy_sentences_without_an_evaluation_or_single_answers():
    assert accuracy_sentences(None, BASE) == ()
    unknown = {"only_first": None, "only_second": None}
    apart, near = told(**unknown), told(first=0.5, second=0.49, **unknown)
    assert "95 % interval of Residual minus Plain is 77." in apart[1]
    assert "Newcombe" in apart[1]
    assert "no evidence" not in apart[1]
    assert near[1].endswith("so this is no evidence of a difference.")
    nothing = told(num_pictures=None, **unknown)
    assert nothing[0].startswith("On the same validation pictures")
    assert "not known" in nothing[1]


def test_gradient_sentences_name_the_larger_norm():
    assert gradient_sentences(BASE) == (
        "At step 1 the gradient norm of Plain was 4 times that of Residual.",
        "In the median of the last 20 steps, up to 300, the gradient norm of Residual was 4 times "
        "that of Plain.",
    )
    turned = gradient_sentences(compared(start_ratio=1234.5, recent_ratio=1.0))
    assert turned[0] == "At step 1 the gradient norm of Residual was 1,230 times that of Plain."
    assert "were about equal (×1.000)" in turned[1]
    assert gradient_sentences(compared(start_ratio=None, recent_ratio=None)) == ()
    assert len(gradient_sentences(compared(num_losses=3))) == 1


def test_every_number_of_a_sentence_is_measured_or_a_limit():
    odd = compared(
        step=317,
        num_steps=419,
        first_loss=0.61,
        second_loss=1.97,
        start_ratio=1 / 7.31,
        recent_ratio=3.17,
        accuracies=dataclasses.replace(
            SEEN, step=313, first=0.713, second=0.137, only_first=911, only_second=47
        ),
    )
    known = {"317", "419", "0.61", "1.97", "1.36", "7.31", "3.17", "313", "71.3", "13.7", "57.6"}
    known |= {"911", "47", "1,500", str(WINDOW), "0.0001", "1"}
    assert set(re.findall(r"[0-9][0-9.,]*[0-9]|[0-9]", " ".join(sentences_of(odd)))) == known


def test_judge_run_gives_differences_of_the_last_step(home):
    answers = {"residual": {20: [True] * 9 + [False]}, "plain": {20: [False] * 8 + [True] * 2}}
    losses = {"plain": [2.3] * 20, "residual": [0.5] * 20}
    verdict = judge_run(read_status(write_run(losses, answers=answers).name))
    assert verdict.loss_difference == pytest.approx(-1.8)
    assert verdict.accuracy_difference == pytest.approx(0.7)
    assert verdict.p_value == pytest.approx(2 * (1 + 9) / 2**9)
    assert verdict.seeds == 1
    assert "lower by 1.80" in verdict.sentence
    assert "only residual gets right" in verdict.sentence

    later = {label: [*values, values[0]] for label, values in losses.items()}
    verdict = judge_run(read_status(write_run(later, answers=answers).name))
    assert (verdict.accuracy_difference, verdict.p_value) == (None, None)
    assert "at step 20, residual is right" in verdict.sentence


def test_judge_run_of_one_arm_and_of_three(home):
    alone = judge_run(read_status(write_run({"plain": [2.0] * 30}).name))
    assert alone.sentence == "plain trains alone: there is nothing to compare it with."
    assert alone.loss_difference is None
    losses = {"plain a": [2.0] * 30, "plain b": [1.0] * 30, "residual": [1.0] * 30}
    three = judge_run(read_status(write_run(losses).name))
    assert three.loss_difference == -1.0
    assert "is lower by 1.00: 1.00 against 2.00 with plain a" in three.sentence
    assert "Not apart after 30 steps: training loss 1.00 with plain b" in three.sentence
