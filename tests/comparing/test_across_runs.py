import dataclasses

import numpy as np
import pytest

from resnet_core.comparing import across_runs
from resnet_core.comparing.across_runs import NetResult, differing_settings, last_results
from resnet_core.comparing.across_sentence import results_sentence
from resnet_core.comparing.shared_steps import opened_store
from resnet_core.config import ArmConfig, DataConfig
from resnet_core.models import model_config
from resnet_core.recipes.files import load_recipe
from resnet_core.runs.status import create_run, read_status
from resnet_core.runs.store import MetricsWriter
from tests.comparing.measured_runs import write_run, write_seeds
from tests.training.conftest import home, tiny_experiment  # noqa: F401


def result(accuracy: float, **changes) -> NetResult:
    one = NetResult(
        run_id="a",
        run_name="First",
        net="ResNet-20",
        split="test",
        step=100,
        seeds=(0,),
        accuracies=(accuracy,),
        num_pictures=2000,
        pictures=DataConfig(),
    )
    return dataclasses.replace(one, **changes)


def plain(accuracy: float, **changes) -> NetResult:
    return result(accuracy, **{"net": "Plain-20", **changes})


def test_only_settings_that_differ_are_listed_with_their_words():
    first = load_recipe("cifar10-20-short")
    second = dataclasses.replace(
        load_recipe("cifar10-56-short"),
        seed=3,
        training=dataclasses.replace(first.training, steps=100, nesterov=False),
    )
    rows = {row.title: row.words for row in differing_settings([first, second, first])}
    assert rows["Nets"] == ("ResNet-20, Plain-20", "ResNet-56, Plain-56", "ResNet-20, Plain-20")
    assert rows["Seed"] == ("0", "3", "0")
    assert rows["Steps"] == ("not set", "100", "not set")
    assert rows["Net 1: Blocks in each stage"] == ("3-3-3", "9-9-9", "3-3-3")
    assert all(len(set(words)) > 1 for words in rows.values())
    assert differing_settings([first]) == differing_settings([first, first]) == ()


def test_a_setting_of_a_net_that_only_one_run_has_is_a_dash_in_the_others():
    both = load_recipe("cifar10-20-short")
    alone = dataclasses.replace(
        both,
        arms=(both.arms[0], both.arms[1], ArmConfig(label="x", model=model_config("resnet32"))),
    )
    rows = {row.title: row.words for row in differing_settings([both, alone])}
    assert rows["Net 3: Blocks in each stage"] == ("–", "5-5-5")
    assert not [title for title in rows if title.startswith("Net 1")]


def test_last_results_are_the_test_s_where_there_are_some(home):  # noqa: F811
    assert last_results(read_status(create_run(tiny_experiment()).name)) == ()
    right, wrong = [True] * 3 + [False], [False] * 4
    answers = {"residual": {4: wrong, 8: right}, "plain": {8: wrong}}
    folder = write_run({"residual": [1.0], "plain": [1.0]}, answers=answers)
    writer = MetricsWriter(folder)
    with writer.transaction():
        writer.add_evaluation(6, 1, "test", loss=1.0, accuracy=0.5)
        writer.add_answers(6, 1, "test", np.array([True, False]))
        writer.add_evaluation(8, 9, "test", loss=1.0, accuracy=0.5)
    writer.close()
    first, second = last_results(read_status(folder.name))
    assert (first.net, first.split, first.step, first.accuracy) == (
        *("residual", "validation"),
        *(8, 0.75),
    )
    assert (second.net, second.split, second.step, second.num_pictures) == ("plain", "test", 6, 2)
    assert first.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)


def of_seeds(*accuracies: float, **changes) -> NetResult:
    return result(0.0, accuracies=accuracies, seeds=tuple(range(len(accuracies))), **changes)


def test_last_results_are_of_every_seed(home):  # noqa: F811
    folder = create_run(dataclasses.replace(tiny_experiment(), seeds=3))
    writer = MetricsWriter(folder)
    with writer.transaction():
        for arm, accuracies in enumerate([(0.5, 0.7, 0.9), (0.2, 0.3)]):
            for seed, accuracy in enumerate(accuracies):
                writer.add_evaluation(4, arm, "validation", loss=1.0, accuracy=0.9, seed=seed)
                writer.add_evaluation(8, arm, "test", loss=1.0, accuracy=accuracy, seed=seed)
    writer.close()
    first, second = last_results(read_status(folder.name))
    assert (first.seeds, first.accuracies) == ((0, 1, 2), (0.5, 0.7, 0.9))
    assert (second.seeds, second.accuracies, second.split) == ((0, 1), (0.2, 0.3), "test")
    # Student's 4.3027 with two degrees of freedom, times 0.2 / sqrt(3), and no more than all.
    assert first.interval == pytest.approx((0.7 - 0.49683, 1.0), abs=1e-4)


def test_two_nets_of_the_same_seeds_are_paired():
    apart = results_sentence([of_seeds(0.9, 0.8, 0.7), of_seeds(0.8, 0.71, 0.6, net="Plain-20")])
    assert "Highest: ResNet-20 with 80.0\u00a0% of 2,000 test pictures (mean of 3 seeds" in apart
    assert "is more than noise between seeds (95 % interval" in apart and "Newcombe" not in apart
    near = results_sentence([of_seeds(0.9, 0.8, 0.7), of_seeds(0.7, 0.9, 0.6, net="Plain-20")])
    assert "is not more than noise between seeds (95 % interval -" in near
    same = results_sentence([of_seeds(0.9, 0.9), of_seeds(0.8, 0.8, net="Plain-20")])
    assert "is not more than noise" in same  # seeds that tell no spread tell nothing


def test_pairs_of_seeds_without_a_spread_give_no_interval():
    seeds = {"seeds": (0, 1, 2)}
    said = results_sentence(
        [
            result(0.95, accuracies=(0.95, 0.96, 0.94), **seeds),
            plain(0.94, accuracies=(0.94, 0.95, 0.93), **seeds),
        ]
    )
    assert "of 1.0 points is not more than noise between seeds: all 3 give the same" in said
    assert "1.0 to 1.0" not in said


def test_seeds_of_other_runs_are_not_paired():
    other = {"run_id": "b", "run_name": "Second"}
    both = results_sentence([of_seeds(0.9, 0.8, 0.7), of_seeds(0.1, 0.2, 0.15, **other)])
    assert "Their intervals do not overlap. An interval of several seeds" in both
    mixed = results_sentence([of_seeds(0.9, 0.8, 0.7), result(0.8, **other)])
    assert "Their intervals overlap" in mixed and "one of a single seed" in mixed


def test_one_result_is_said_with_its_interval():
    words = results_sentence([result(0.984)])
    assert words.startswith(
        "ResNet-20 with 98.4\u00a0% of 2,000 test pictures (95 % interval 97.8 to 98"
    )
    assert "Nothing has been measured" in results_sentence([])


def test_seeds_that_stopped_early_and_steps_that_differ_are_said():
    three = {"seeds": (0, 1), "accuracies": (0.8, 0.9), "num_stopped": 1}
    words = results_sentence([result(0.85, **three), plain(0.5)])
    told = "(of the 2 of 3 seeds from which it did not stop early, 95 % interval"
    assert told in words and "after step" not in words
    assert "of the 1 of 2 seeds" in results_sentence([result(0.85, num_stopped=1)])
    early = results_sentence([result(0.9, step=1200), plain(0.5, step=300)])
    assert "2,000 test pictures after step 1,200 (95" in early
    assert "2,000 test pictures after step 300 (95" in early


def test_last_results_know_the_seeds_from_which_a_net_stopped(home):  # noqa: F811
    losses = {label: {5: [1.0], 6: [1.0]} for label in ("residual", "plain")}
    known = {
        "residual": {5: {10: 0.8}, 6: {10: 0.9}},
        "plain": {5: {10: 0.5}, 6: {4: 0.1}},
    }
    folder = write_seeds(losses, known, stopped={"plain, seed 6": "Loss became NaN at step 7."})
    both, one = last_results(read_status(folder.name))
    assert (both.seeds, both.num_stopped) == ((5, 6), 0)
    assert (one.seeds, one.num_stopped) == ((5,), 1)


def test_two_results_are_apart_or_not_by_the_interval_of_their_difference():
    apart = results_sentence([plain(0.80), result(0.90)])
    assert apart.startswith("Highest: ResNet-20 with 90.0\u00a0%")
    assert "The difference of 10.0 points is more than chance in the pictures" in apart
    chance = results_sentence([plain(0.985), result(0.984)])
    assert chance.startswith("Highest: Plain-20 with 98.5\u00a0%")
    assert "is not more than chance (95 % interval -0" in chance


def test_equal_results_have_no_winner():
    words = results_sentence([plain(0.9), result(0.9)])
    assert words == "Both are right equally often: 90.0\u00a0% of 2,000 test pictures."
    assert results_sentence([plain(0.9), result(0.9), result(0.9)]).startswith("All 3 are right")


def test_the_ends_of_a_row_of_results_are_not_tested_as_a_pair():
    far = results_sentence([result(0.9), plain(0.8), plain(0.5)])
    near = results_sentence([result(0.9), plain(0.9), plain(0.891)])
    assert "do not overlap" in far and "more than chance" not in far
    assert "Their intervals overlap" in near


def test_results_of_other_pictures_or_of_unknown_number_are_not_compared():
    other = plain(0.8, pictures=DataConfig(source="cifar10"), run_id="b", run_name="Second")
    words = results_sentence([result(0.9), other])
    assert "do not rank" in words and "(First)" in words
    assert "do not rank" in results_sentence([result(0.9), plain(0.8, split="validation")])
    assert "was not kept" in results_sentence([result(0.9), plain(0.8, num_pictures=None)])


def test_last_results_of_a_run_twice_as_long_take_no_more_than_twice_the_work(tmp_path):
    """One of its nets stopped early, so that its last evaluation lies far from the end."""

    def work(folder, steps: int) -> int:
        folder.mkdir()
        writer, count = MetricsWriter(folder), 0
        with writer.transaction():
            for step in range(1, steps + 1):
                for arm in range(2 if step <= steps // 2 else 1):
                    writer.add_evaluation(step, arm, "validation", loss=1.0, accuracy=0.5)
        writer.close()

        def tell() -> int:
            nonlocal count
            count += 1
            return 0

        with opened_store(folder) as connection:
            connection.set_progress_handler(tell, 10)
            found = across_runs._last_evaluations(connection)
        assert [(split, step) for split, step, _ in found.values()] == [
            ("validation", steps),
            ("validation", steps // 2),
        ]
        return count

    assert work(tmp_path / "long", 400) < 2.5 * work(tmp_path / "short", 200)
