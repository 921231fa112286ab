"""Ticks of a logarithmic axis: powers of ten over many decades, numbers in full over few."""

import numpy as np
import pytest

from resnet_core.figures.gradient_layout import log_ticks


@pytest.mark.parametrize("values, dtick", [([1e-3, 1e3], 1), ([1e-12, 1e12], 4)])
def test_log_ticks_over_many_decades_are_powers_of_ten(values, dtick):
    assert log_ticks(np.array(values)) == {"dtick": dtick, "exponentformat": "power"}


@pytest.mark.parametrize(
    "values, within",
    [
        ([0.3, 20.0], [0.5, 1, 2, 5, 10, 20]),
        ([0.61, 1.2], [0.8, 1, 1.2]),
        ([1.0, 1.01], [1, 1.005, 1.01]),
        ([4.0, 4.0], [4]),
        ([], [0.1, 0.2, 0.5, 1]),
    ],
)
def test_log_ticks_over_few_decades_are_numbers_in_full(values, within):
    ticks = log_ticks(np.array(values))
    low, high = (min(values), max(values)) if values else (0.1, 1)
    shown = [tick for tick in ticks["tickvals"] if low <= tick <= high]
    assert shown == pytest.approx(within)
    assert ticks["ticktext"] == [f"{tick:g}" for tick in ticks["tickvals"]]
