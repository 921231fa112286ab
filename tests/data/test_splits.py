import numpy as np
import pytest

from resnet_core.data.splits import hold_out, stratified_order

LABELS = np.repeat(np.arange(4), [400, 300, 200, 100])


@pytest.mark.parametrize("prefix", [10, 50, 333, 900])
def test_stratified_order_keeps_proportions_in_every_prefix(prefix):
    order = stratified_order(LABELS, 1, 0)
    counts = np.bincount(LABELS[order[:prefix]], minlength=4)
    expected = prefix * np.array([0.4, 0.3, 0.2, 0.1])
    assert np.all(np.abs(counts - expected) <= 1.01)


def test_stratified_order_is_a_permutation_and_depends_on_the_seed():
    first, again, other = (stratified_order(LABELS, 1, seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(np.sort(other), np.arange(1000))


def test_stratified_order_does_not_look_at_the_place_in_the_file():
    first = stratified_order(LABELS, 1, 0)[:100]
    assert 300 < first[LABELS[first] == 0].mean() * 2 < 500


def test_hold_out_takes_the_share_of_each_class():
    held, kept = hold_out(LABELS, 0.1, 3)
    assert np.bincount(LABELS[held]).tolist() == [40, 30, 20, 10]
    assert sorted([*held, *kept]) == list(range(1000))


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 0), (2, 1), (3, 1)])
def test_hold_out_leaves_something_on_both_sides_of_few(count, expected):
    held, kept = hold_out(np.zeros(count, np.int64), 0.1, 3)
    assert (len(held), len(kept)) == (expected, count - expected)
