import itertools
import math

import pytest

from resnet_core.comparing.significance import mcnemar_p, paired_t_p
from resnet_core.shares import newcombe_interval, newcombe_paired_interval, wilson_interval
from resnet_core.students import mean_interval, t_beyond, t_quantile_95, t_within


@pytest.mark.parametrize(
    ("right", "total", "interval"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3.
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_interval_is_the_published_one(right, total, interval):
    assert wilson_interval(right, total) == pytest.approx(interval, abs=5e-5)


def test_wilson_interval_is_mirrored_and_stays_between_0_and_1():
    low, high = wilson_interval(3, 20)
    assert wilson_interval(17, 20) == pytest.approx((1 - high, 1 - low))
    assert wilson_interval(20, 20)[1] == 1.0
    assert wilson_interval(0, 1)[0] == 0.0


@pytest.mark.parametrize(
    ("first", "second", "interval"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table II, method 10.
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_newcombe_interval_is_the_published_one(first, second, interval):
    assert newcombe_interval(first, second) == pytest.approx(interval, abs=5e-5)
    low, high = newcombe_interval(second, first)
    assert (-high, -low) == pytest.approx(interval, abs=5e-5)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        (0, 0, 1.0),  # nothing to tell them apart
        (0, 5, 2 / 32),
        (1, 7, 2 * (1 + 8) / 256),
        (2, 8, 2 * (1 + 10 + 45) / 1024),
        (4, 4, 1.0),
        (4, 5, 1.0),
    ],
)
def test_mcnemar_p_is_the_binomial_by_hand(only_first, only_second, p):
    assert mcnemar_p(only_first, only_second) == pytest.approx(p)
    assert mcnemar_p(only_second, only_first) == mcnemar_p(only_first, only_second)


def test_mcnemar_p_counts_every_way_to_split():
    splits = [sum(way) for way in itertools.product((0, 1), repeat=9)]
    as_uneven = sum(min(count, 9 - count) <= 2 for count in splits)
    assert mcnemar_p(7, 2) == pytest.approx(as_uneven / len(splits))


def test_mcnemar_p_holds_for_many_pictures():
    assert 0 < mcnemar_p(400, 3) < 1e-100
    assert mcnemar_p(5_010, 4_990) == pytest.approx(0.85, abs=0.01)


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    # Fisher and Yates' table of t, 5 % column, to which more digits were added since.
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (10, 2.2281), (23, 2.0687)],
)
def test_t_quantile_95_is_that_of_the_tables(degrees, quantile):
    assert t_quantile_95(degrees) == pytest.approx(quantile, abs=5e-5)


def test_paired_t_by_hand():
    # Mean 3, standard deviation 1, so a standard error of 1 / sqrt 3 with two degrees of freedom.
    low, high = mean_interval([2.0, 3.0, 4.0])
    assert (low, high) == pytest.approx((3 - 4.30265 / 3**0.5, 3 + 4.30265 / 3**0.5), abs=1e-4)
    # With two degrees of freedom P(|T| > t) is 1 - t / sqrt(2 + t^2).
    t = 3 * 3**0.5
    assert paired_t_p([2.0, 3.0, 4.0]) == pytest.approx(1 - t / (2 + t**2) ** 0.5)
    assert paired_t_p([-4.0, -3.0, -2.0]) == paired_t_p([2.0, 3.0, 4.0])
    assert paired_t_p([-1.0, 1.0]) == pytest.approx(1.0)


def test_paired_t_interval_and_p_value_agree_about_zero():
    for shift in (0.0, 0.5, 1.0, 1.2, 1.3, 2.0, 4.0):
        differences = [shift - 1, shift, shift + 0.7, shift + 0.1]
        low, high = mean_interval(differences)
        assert (low <= 0 <= high) == (paired_t_p(differences) >= 0.05)


def test_newcombe_paired_interval_is_the_published_one_and_mirrored():
    # Newcombe 1998, Statistics in Medicine 17, 2635-2650: 36 both, 12 and 2 alone, 0 neither.
    interval = newcombe_paired_interval((48, 38), (12, 2), 50)
    assert interval == pytest.approx((0.0569, 0.3404), abs=5e-5)
    low, high = newcombe_paired_interval((38, 48), (2, 12), 50)
    assert (-high, -low) == pytest.approx(interval)


def test_newcombe_paired_interval_is_the_unpaired_one_of_answers_that_do_not_agree():
    # 48 both, 32 and 12 alone, 8 neither: no correlation.
    pairs = newcombe_paired_interval((80, 60), (32, 12), 100)
    assert pairs == pytest.approx(newcombe_interval((80, 100), (60, 100)))
    assert newcombe_paired_interval((10, 10), (0, 0), 10) == pytest.approx(
        (-0.2775, 0.2775), abs=1e-3
    )


@pytest.mark.parametrize("bound", [0.5, 1.5, 3.0, 40.0, 1e6, 1e9])
def test_students_tail_is_that_of_one_and_two_degrees_in_closed_form(bound):
    assert t_beyond(bound, 1) == pytest.approx(2 / math.pi * math.atan2(1, bound), rel=1e-9)
    root = math.sqrt(2 + bound**2)
    assert t_beyond(bound, 2) == pytest.approx(2 / (root * (root + bound)), rel=1e-9)


@pytest.mark.parametrize(
    ("degrees", "bound", "p"),
    [(4, 8.610, 0.001), (5, 6.869, 0.001), (9, 4.781, 0.001), (4, 2.776, 0.05), (9, 2.262, 0.05)],
)
def test_students_tail_is_the_published_one(degrees, bound, p):
    assert t_beyond(bound, degrees) == pytest.approx(p, rel=1e-3)
    assert t_beyond(bound, degrees) == pytest.approx(1 - t_within(bound, degrees), rel=1e-9)


@pytest.mark.parametrize("count", [3, 4, 5, 6, 10])
def test_a_tiny_p_value_is_no_zero(count):
    differences = [0.5 + 1e-9 * (place % 2) for place in range(count)]
    assert 0 < paired_t_p(differences) < 1e-9
