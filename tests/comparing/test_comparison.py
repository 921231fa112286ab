import sqlite3
from contextlib import closing

import pytest

from resnet_core.comparing import shared_steps
from resnet_core.comparing.comparison import WINDOW, Accuracies, Comparison, compare_arms, pair_arms
from resnet_core.comparing.significance import mcnemar_p
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.errors import RunError
from resnet_core.runs.status import ArmStatus, read_status
from resnet_core.runs.store import STORE_NAME, MetricsWriter
from resnet_core.shares import newcombe_interval
from tests.comparing.measured_runs import step_row, write_run

LONG = WINDOW + 10


def compare(folder) -> tuple[Comparison, ...]:
    return compare_arms(read_status(folder.name))


def change_store(folder, command: str) -> None:
    with closing(sqlite3.connect(folder / STORE_NAME)) as connection, connection:
        connection.execute(command)


def arm(label: str) -> ArmStatus:
    return ArmStatus(label=label, is_plain=label.startswith("plain"), stopped_message=None)


@pytest.mark.parametrize(
    ("labels", "pairs"),
    [
        (["residual"], ()),
        (["residual", "plain"], ((0, 1),)),
        (["plain", "residual"], ((1, 0),)),
        (["a", "b"], ((0, 1),)),
        (["plain a", "plain b"], ((0, 1),)),
        (["a", "b", "plain"], ((0, 2), (0, 1))),
        (["plain a", "plain b", "residual"], ((2, 0), (2, 1))),
    ],
)
def test_pair_arms_sets_the_residual_net_before_the_plain_one(labels, pairs):
    assert pair_arms([arm(label) for label in labels]) == pairs


def accuracies_of(comparison: Comparison) -> Accuracies:
    assert comparison.accuracies is not None
    return comparison.accuracies


def test_compare_arms_takes_the_median_of_the_newest_losses(home):
    residual = [9.0] * 10 + [1.0] * 15 + [50.0] * 5
    plain = [0.0] * 10 + [2.0] * 20
    (found,) = compare(write_run({"plain": plain, "residual": residual}))
    assert (found.first, found.second) == ("residual", "plain")
    assert (found.step, found.num_losses) == (LONG, WINDOW)
    assert (found.first_loss, found.second_loss) == (1.0, 2.0)
    assert found.loss_difference == -1.0
    assert found.is_over


def test_compare_arms_takes_what_there_is_of_a_young_run(home):
    (found,) = compare(write_run({"residual": [3.0, 2.0, 1.0], "plain": [2.0, 2.0, 2.0]}))
    assert (found.num_losses, found.first_loss) == (3, 2.0)
    assert found.accuracies is None


def test_compare_arms_of_a_run_without_a_step_or_a_store(home):
    folder = write_run({"residual": [], "plain": []})
    (found,) = compare(folder)
    assert (found.step, found.num_losses, found.first_loss, found.start_ratio) == (0, 0, None, None)
    (folder / STORE_NAME).unlink()
    assert compare(folder) == (found,)


def test_compare_arms_of_one_arm_is_nothing(home):
    assert compare(write_run({"residual": [1.0] * LONG})) == ()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_compare_arms_takes_no_loss_beside_one_of_an_arm_that_diverged(home, bad):
    reason = "Loss became NaN at step 25; lower the learning rate."
    losses = {"residual": [1.0] * LONG, "plain": [2.0] * 24 + [bad]}
    (found,) = compare(write_run(losses, stopped={"plain": reason}))
    assert found.stopped == (("plain", reason),)
    assert (found.num_losses, found.first_loss, found.second_loss) == (0, None, None)
    assert found.recent_ratio is None
    assert found.start_ratio == 1.0


def test_compare_arms_divides_gradient_norms_of_the_same_step(home):
    norms = {"residual": [2.0] + [3.0] * (LONG - 1), "plain": [8.0] + [1.0] * (LONG - 1)}
    losses = {"residual": [1.0] * LONG, "plain": [1.0] * LONG}
    (found,) = compare(write_run(losses, norms=norms))
    assert (found.start_ratio, found.recent_ratio) == (0.25, 3.0)


def test_compare_arms_counts_pictures_that_one_alone_answers(home):
    first, second = [True] * 7 + [False] * 3, [False] * 4 + [True] * 4 + [False] * 2
    answers = {
        "residual": {10: second, 20: first, 30: first},  # the second's of step 30 is still missing
        "plain": {10: second, 20: second},
    }
    losses = {"residual": [1.0] * LONG, "plain": [1.0] * LONG}
    (found,) = compare(write_run(losses, answers=answers))
    seen = accuracies_of(found)
    assert (seen.step, seen.first, seen.second) == (20, 0.7, 0.4)
    assert (seen.num_pictures, seen.only_first, seen.only_second) == (10, 4, 1)
    assert seen.p_value == mcnemar_p(4, 1)


def test_compare_arms_of_three_sets_the_residual_one_beside_each(home):
    losses = {"plain a": [2.0] * LONG, "residual": [1.0] * LONG, "plain b": [3.0] * LONG}
    found = compare(write_run(losses))
    pairs = [(each.first, each.second, each.loss_difference) for each in found]
    assert pairs == [("residual", "plain a", -1.0), ("residual", "plain b", -2.0)]


@pytest.mark.parametrize(
    ("most", "interval"),
    [
        (10, newcombe_interval((8, 10), (3, 10))),
        (7, None),  # shares of seven pictures would be others: there were fewer
        (None, None),
    ],
)
def test_compare_arms_of_an_earlier_versions_run_gives_newcombes_interval(home, most, interval):
    answers = {"residual": {20: [True] * 8 + [False] * 2}, "plain": {20: [True] * 3 + [False] * 7}}
    losses = {"residual": [1.0] * LONG, "plain": [1.0] * LONG}
    folder = write_run(losses, answers=answers, max_validation=most)
    change_store(folder, "DROP TABLE answers")
    (found,) = compare(folder)
    assert (accuracies_of(found).first, accuracies_of(found).second) == (0.8, 0.3)
    assert (accuracies_of(found).p_value, accuracies_of(found).interval) == (None, interval)


def test_compare_arms_sees_what_was_added_at_the_same_step(home):
    folder = write_run({"residual": [1.0] * LONG, "plain": [1.0] * LONG})
    assert compare(folder)[0].accuracies is None
    writer = MetricsWriter(folder)
    for place in (0, 1):
        with writer.transaction():
            writer.add_evaluation(LONG, place, "validation", loss=1.0, accuracy=0.5)
    writer.close()
    assert accuracies_of(compare(folder)[0]).step == LONG


def test_compare_arms_reads_little_of_a_long_run(home, monkeypatch):
    folder = write_run({"residual": [1.0] * 3000, "plain": [2.0] * 3000})
    status = read_status(folder.name)
    rows = []
    ask = shared_steps._rows

    def count(*arguments):
        found = ask(*arguments)
        rows.append(len(found))
        return found

    monkeypatch.setattr(shared_steps, "_rows", count)
    compare_arms(status)
    assert sum(rows) <= 2 * (WINDOW + 1) + 4
    asked = len(rows)
    compare_arms(status)
    assert len(rows) == asked + 2, "what has not changed is not read again"


def test_compare_arms_says_until_when_the_rate_rises(home):
    folder = write_run(
        {"residual": [1.0], "plain": [1.0]}, schedule="one_cycle", warmup_share=0.25, num_steps=400
    )
    assert compare(folder)[0].warmup_steps == 100
    rate = {"what": "learning_rate", "blocks": None, "before": 1.0, "after": 0.1}
    append_to_log(
        folder, Edit(number=1, step=1, arm=None, **rate)
    )  # while the run is paused: no step tells of it
    assert compare(folder)[0].warmup_steps == 0


def test_damaged_store_is_told(home):
    folder = write_run({"residual": [1.0], "plain": [1.0]})
    status = read_status(folder.name)
    (folder / STORE_NAME).write_bytes(b"not a database, for sure" * 100)
    with pytest.raises(RunError, match="cannot be read"):
        compare_arms(status)


def test_losses_that_are_no_numbers_are_not_compared(home):
    folder = write_run({"residual": [1.0] * LONG, "plain": [1.0] * LONG})
    change_store(folder, "UPDATE curves SET loss = 'x'")
    (found,) = compare(folder)
    assert (found.first_loss, found.second_loss, found.start_ratio) == (None, None, None)


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE evaluations SET accuracy = 'x'",
        "UPDATE answers SET num_pictures = 99",
        "UPDATE answers SET num_pictures = 'x'",
        "UPDATE answers SET num_pictures = 9 WHERE arm = 1",
        "UPDATE answers SET bits = 'x'",
    ],
)
def test_answers_that_are_none_give_no_p_value(home, spoil):
    answers = {label: {20: [True] * 10} for label in ("residual", "plain")}
    folder = write_run({"residual": [1.0] * LONG, "plain": [1.0] * LONG}, answers=answers)
    change_store(folder, spoil)
    (found,) = compare(folder)
    assert found.accuracies is None or found.accuracies.p_value is None
    assert found.loss_difference == 0.0


def test_truncated_run_is_compared_at_its_new_end(home):
    answers = {label: {20: [True] * 3, 30: [True] * 3} for label in ("residual", "plain")}
    folder = write_run({"residual": [1.0] * LONG, "plain": [1.0] * LONG}, answers=answers)
    writer = MetricsWriter(folder)
    with writer.transaction():
        writer.truncate(25)
        writer.add_steps(step_row(26, place, 1.0) for place in (0, 1))
    writer.close()
    (found,) = compare(folder)
    assert (found.step, accuracies_of(found).step) == (26, 20)
    with closing(sqlite3.connect(folder / STORE_NAME)) as connection:
        assert connection.execute("SELECT max(step) FROM answers").fetchone() == (20,)
