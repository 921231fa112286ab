"""Two arms from several seeds: paired differences, their intervals, and what is said of them."""

import csv
import dataclasses
import re

import pytest

from resnet_core.comparing.comparison import WINDOW, Comparison, OverSeeds, compare_arms
from resnet_core.comparing.pair_reports import comparison_csv, report_pairs
from resnet_core.comparing.seed_pairs import SeedPairs, pair_evaluations
from resnet_core.comparing.seed_sentences import WITHIN_NOISE, seed_accuracy_sentences
from resnet_core.comparing.shared_steps import SharedEvaluation
from resnet_core.comparing.verdict import judge_run, sentences_of
from resnet_core.runs.status import read_status
from tests.comparing.measured_runs import write_run, write_seeds
from tests.comparing.test_verdict import BASE

SEEDS = (5, 6, 7)
FIRST, SECOND = (0.80, 0.84, 0.82), (0.70, 0.71, 0.75)
PAIRS = SeedPairs(step=400, seeds=SEEDS, first=FIRST, second=SECOND)
LOSSES = SeedPairs(step=300, seeds=SEEDS, first=(0.4, 0.5, 0.6), second=(1.4, 1.6, 1.7))


def over(**changes) -> Comparison:
    found = OverSeeds(
        num_seeds=3,
        losses=LOSSES,
        accuracies=PAIRS,
        start_ratios=(0.2, 0.25, 0.3125),
        recent_ratios=(2.0, 4.0, 8.0),
    )
    return dataclasses.replace(BASE, over_seeds=dataclasses.replace(found, **changes))


def constant(values: dict[str, float], count: int = WINDOW) -> dict[str, dict[int, list[float]]]:
    """Losses that differ between seeds by a tenth."""
    return {
        label: {seed: [value + 0.1 * place] * count for place, seed in enumerate(SEEDS)}
        for label, value in values.items()
    }


def shares(step: int = WINDOW) -> dict[str, dict[int, dict[int, float]]]:
    return {
        label: {seed: {step: share} for seed, share in zip(SEEDS, values, strict=True)}
        for label, values in (("residual", FIRST), ("plain", SECOND))
    }


def test_seed_pairs_are_students_paired_ones():
    # Differences of 0.10, 0.13 and 0.07: a standard deviation of 0.03, two degrees of freedom.
    error = 0.03 / 3**0.5
    assert PAIRS.difference == pytest.approx(0.1)
    low, high = 0.1 - 4.302653 * error, 0.1 + 4.302653 * error
    assert PAIRS.interval == pytest.approx((low, high))
    t = 0.1 / error
    assert PAIRS.p_value == pytest.approx(1 - t / (2 + t**2) ** 0.5)
    assert PAIRS.is_more_than_noise
    turned = dataclasses.replace(PAIRS, first=SECOND, second=FIRST)
    assert turned.interval == pytest.approx((-high, -low))
    assert turned.is_more_than_noise


def test_seeds_without_spread_tell_nothing():
    same = dataclasses.replace(PAIRS, first=(0.5, 0.6, 0.7), second=(0.4, 0.5, 0.6))
    assert not same.has_spread
    assert same.interval == pytest.approx((0.1, 0.1))
    assert (same.p_value, same.is_more_than_noise) == (None, False)
    alone = SeedPairs(step=1, seeds=(5,), first=(0.9,), second=(0.1,))
    assert (alone.interval, alone.p_value, alone.is_more_than_noise) == (None, None, False)


def test_pair_evaluations_takes_the_newest_step_that_all_live_seeds_have():
    found = [
        SharedEvaluation(30, 5, (0.9, 0.1)),  # seed 6 is being evaluated just now
        SharedEvaluation(20, 5, (0.8, 0.2)),
        SharedEvaluation(20, 6, (0.7, 0.3)),
    ]
    both = pair_evaluations(found, [5, 6])
    assert both is not None
    assert (both.step, both.first, both.second) == (20, (0.8, 0.7), (0.2, 0.3))
    alone = pair_evaluations(found, [5])
    assert alone is not None
    assert (alone.step, alone.seeds) == (30, (5,))
    assert pair_evaluations(found, [5, 6, 7]) is None
    assert pair_evaluations(found, []) is None


def test_judge_run_of_seeds_says_what_its_comparison_does(home):
    folder = write_seeds(constant({"plain": 2.0, "residual": 0.5}), shares())
    status = read_status(folder.name)
    verdict, (report,) = judge_run(status), report_pairs(status)
    assert (report.first, report.second, report.step) == ("residual", "plain", WINDOW)
    assert verdict.accuracy_difference == report.difference == pytest.approx(0.1)
    assert report.interval_95 == pytest.approx(PAIRS.interval)
    assert (verdict.seeds, report.seeds, report.test) == (3, 3, "paired t")
    assert verdict.p_value == report.p_value == pytest.approx(PAIRS.p_value)
    assert verdict.loss_difference == pytest.approx(-1.5)
    (found,) = compare_arms(status)
    # Norms of the second arm over the first: 2, 4 and 8.
    assert found.start_ratio == pytest.approx(4.0)
    assert found.over_seeds is not None
    assert found.over_seeds.start_ratios == (2.0, 4.0, 8.0)


def test_one_seed_says_that_seeds_are_not_known(home):
    answers = {"residual": {20: [True] * 9 + [False]}, "plain": {20: [False] * 8 + [True] * 2}}
    losses = {"plain": [2.3] * 20, "residual": [0.5] * 20}
    (report,) = report_pairs(read_status(write_run(losses, answers=answers).name))
    assert (report.seeds, report.test) == (1, "exact McNemar")
    assert report.difference == pytest.approx(0.7)
    assert report.interval_95 is not None
    assert 0 < report.interval_95[0] < 0.7 < report.interval_95[1]
    assert report.sentence.endswith("One seed: how much seeds differ is not known.")


def test_more_arms_are_each_set_beside_the_first(home):
    folder = write_seeds(constant({"plain": 2.0, "residual": 0.5, "other": 1.0}), shares())
    found = [(each.first, each.second) for each in report_pairs(read_status(folder.name))]
    assert found == [("plain", "residual"), ("plain", "other")]
    assert report_pairs(read_status(write_run({"plain": [1.0]}).name)) == ()


def test_comparison_csv_has_a_row_for_each_seed_and_one_for_all(home):
    folder = write_seeds(constant({"plain": 2.0, "residual": 0.5}), shares())
    rows = list(csv.DictReader(comparison_csv(read_status(folder.name)).splitlines()))
    assert [row["seed"] for row in rows] == ["5", "6", "7", "all"]
    differences = [float(row["difference"]) for row in rows]
    assert differences == pytest.approx([0.10, 0.13, 0.07, 0.10])
    last = rows[-1]
    assert PAIRS.interval == pytest.approx(
        (float(last["interval_low"]), float(last["interval_high"]))
    )
    assert (last["seeds"], last["test"]) == ("3", "paired t")


def test_a_seed_that_diverged_is_left_out_and_named(home):
    losses = constant({"plain": 2.0, "residual": 0.5})
    losses["plain"][6] = [2.0] * 4 + [float("nan")]
    reason = "Loss became NaN at step 5; lower the learning rate."
    known = shares()
    del known["plain"][6]
    folder = write_seeds(losses, known, stopped={"plain, seed 6": reason})
    status = read_status(folder.name)
    assert status.stopped_replicas == ((0, 6),)
    assert status.arms[0].stopped_message == f"Seed 6: {reason}"
    (report,) = report_pairs(status)
    assert (report.seeds, report.difference) == (2, pytest.approx((0.10 + 0.07) / 2))
    assert "of the 2 of 3 seeds from which both train" in report.sentence, "as the verdict says"
    sentence = judge_run(status).sentence
    assert f"plain trains no more from some seeds. Seed 6: {reason}" in sentence
    assert "of the 2 of 3 seeds from which both train" in sentence


def test_sentences_of_seeds_beside_the_opposite_measurement():
    words = sentences_of(over())
    assert words[0] == (
        "At step 300 of 400 the training loss of Residual is lower by 1.07: 0.50 against 1.57 with "
        "Plain, in the mean of 3 seeds (medians of the last 20 steps). The 95 % interval of "
        "Residual minus Plain is -1.21 to -0.92 nats (paired t over 3 seeds)."
    )
    assert words[1] == (
        "On the same validation pictures, at step 400, in the mean of 3 seeds Residual is right on "
        "82.0\u00a0%, Plain on 72.0\u00a0%: 10.0 points more."
    )
    assert words[2] == (
        "The 95 % interval of Residual minus Plain is 2.5 to 17.5 points (paired t over 3 seeds)."
    )
    assert words[3] == (
        "At step 1 the gradient norm of Plain was 4 times that of Residual (geometric mean of 3 "
        "seeds; Residual over Plain is 0.2 to 0.312)."
    )
    assert WITHIN_NOISE not in " ".join(words)
    turned = dataclasses.replace(PAIRS, first=SECOND, second=FIRST)
    opposite = seed_accuracy_sentences(BASE, turned)
    assert "Plain is right on 82.0\u00a0%, Residual on 72.0\u00a0%" in opposite[0]
    assert "-17.5 to -2.5 points" in opposite[1]


NO_SPREAD = f"All 3 seeds give the same difference and tell no spread: {WITHIN_NOISE}."
WIDE = f"is -12.1 to 18.1 points (paired t over 3 seeds): it contains 0, {WITHIN_NOISE}."


@pytest.mark.parametrize(
    ("first", "ending"),
    [((0.80, 0.70, 0.75), WIDE), (SECOND, NO_SPREAD), ((0.80, 0.81, 0.85), NO_SPREAD)],
)
def test_a_difference_within_its_interval_is_not_yet_more_than_noise(first, ending):
    words = seed_accuracy_sentences(BASE, dataclasses.replace(PAIRS, first=first))
    assert words[-1].endswith(ending)


def test_losses_within_their_interval_begin_with_that():
    near = dataclasses.replace(LOSSES, second=(0.3, 0.6, 0.7))
    words = sentences_of(over(losses=near))[0]
    assert words.startswith(
        "Not yet more than noise at step 300 of 400: training loss 0.50 with Residual, 0.53 with "
        "Plain, in the mean of 3 seeds (medians of the last 20 steps). The 95 % interval of "
    )
    assert words.endswith(f"it contains 0, {WITHIN_NOISE}.")
    turned = dataclasses.replace(near, first=near.second, second=near.first)
    assert "0.50 with Plain, 0.53 with Residual" in sentences_of(over(losses=turned))[0]


def test_sentences_of_seeds_hold_no_number_that_was_not_measured():
    text = " ".join(sentences_of(over()))
    numbers = set(re.findall(r"-?[0-9][0-9.,]*[0-9]|[0-9]", text))
    measured = {"300", "400", "3", "1.07", "0.50", "1.57", "-1.21", "-0.92", "82.0", "72.0", "10.0"}
    measured |= {"2.5", "17.5", "4", "0.2", "0.312", "2", "8", str(WINDOW), "95", "1"}
    assert numbers == measured


def test_seeds_wait_for_enough_steps(home):
    folder = write_seeds(constant({"plain": 2.0, "residual": 0.5}, count=3))
    sentence = judge_run(read_status(folder.name)).sentence
    assert sentence.startswith("Too short for a verdict: it takes 20 steps of both nets")
    assert "points" not in sentence
