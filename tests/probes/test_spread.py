"""Intervals over seeds: Student's quantile, coverage by simulation, words."""

import math

import numpy as np
import pytest

from resnet_core.probes.spread import distinct, factor_over_seeds, interval_95, readable

NUM_SIMULATIONS = 1000


def test_interval_is_students():
    assert interval_95([1.0]) is None
    values = np.array([1.0, 2.0, 4.0])
    half = 4.302653 * values.std(ddof=1) / math.sqrt(3)
    assert interval_95(values) == pytest.approx((values.mean() - half, values.mean() + half))


@pytest.mark.parametrize(("count", "quantile"), [(31, 2.0423), (32, 2.0395), (61, 2.0003)])
def test_the_quantile_goes_on_beyond_the_table(count, quantile):
    low, high = interval_95(np.arange(float(count))) or (0, 0)
    half = quantile * np.arange(count).std(ddof=1) / math.sqrt(count)
    assert (high - low) / 2 == pytest.approx(half, rel=1e-4)


@pytest.mark.parametrize("num_seeds", [3, 5, 10, 40])
def test_the_interval_of_a_factor_covers_the_true_one_in_95_of_100_cases(num_seeds):
    """Ratios spread like those of plain-56 over seeds: normal logarithms, deviation 0.6."""
    random, truth = np.random.default_rng(num_seeds), 1629.0
    ratios = truth * np.exp(0.6 * random.standard_normal((NUM_SIMULATIONS, num_seeds)))
    found = [factor_over_seeds(row).interval or (0, 0) for row in ratios]
    share = np.mean([low <= truth <= high for low, high in found])
    assert 0.935 <= share <= 0.965


def test_a_factor_says_its_interval_or_that_there_is_none():
    assert factor_over_seeds([2.0]).words == "×2 (one seed)"
    assert factor_over_seeds([2.0, 2.0, 2.0]).words == "×2 (95 % interval 2 to 2, 3 seeds)"
    assert factor_over_seeds([2.0, 2.0, 2.0]).short_words == "×2 (2 to 2)"
    assert factor_over_seeds([2.0]).short_words == "×2"
    wide = factor_over_seeds([1e-9, 1e9])
    assert wide.interval is not None
    assert all(np.isfinite(wide.interval))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (999.4, "999"),
        (999.7, "1,000"),
        (99_949.0, "99,900"),
        (99_960.0, "1.0e5"),
        (0.009996, "0.01"),
        (-9630.0, "-9,630"),
        (-0.5, "-0.5"),
    ],
)
def test_a_number_is_written_as_what_three_digits_make_of_it(number, words):
    assert readable(number) == words


def test_factors_are_readable():
    cases = {0.0: "0", 0.0123: "0.0123", 743.33: "743", 8397.6: "8,400", 1.2e7: "1.2e7"}
    assert {value: readable(value) for value in cases} == cases


def test_numbers_keep_the_digits_that_tell_them_apart():
    assert distinct((0.551, -0.0159)) == ("0.55", "-0.02")
    assert distinct((-4.1234, -4.1221)) == ("-4.123", "-4.122")
    assert distinct((1.0, 1.0)) == ("1.00", "1.00")
    assert distinct((0.0, 1e-9)) == ("0.000000", "0.000000")
