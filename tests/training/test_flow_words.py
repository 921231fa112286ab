"""What is said of a run's profile over depth follows its numbers, whichever way they go."""

import numpy as np
import pytest

from resnet_core.training.flow import FLOW_QUANTITIES, ArmFlow
from resnet_core.training.flow_words import flow_sentence


def _flow(label: str, *values: float) -> ArmFlow:
    return ArmFlow(
        label=label,
        is_plain=label == "Plain",
        steps=np.array([1, 8]),
        positions=tuple(f"place{index}" for index in range(len(values))),
        values=np.array([[1.0] * len(values), values], dtype=np.float32),
    )


def _said(name: str, *flows: ArmFlow, step: int = 8) -> str:
    return flow_sentence(flows, FLOW_QUANTITIES[name], step)


def test_an_even_profile_and_a_steep_one_are_told_apart():
    said = _said("gradient_norm", _flow("Residual", 3, 9, 2), _flow("Plain", 48, 5, 1))
    assert said.startswith("Gradient norm at step 8, first over last layer: Residual ×1.5 (about")
    assert "(about even); Plain ×48 (larger at the input)." in said
    assert "Even is good" in said
    assert said.endswith("One seed: how much seeds differ is not known.")


def test_the_opposite_profile_is_larger_at_the_output():
    assert "Plain ×0.02 (larger at the output)." in _said("gradient_norm", _flow("Plain", 1, 5, 50))


def test_the_step_is_the_one_that_was_measured():
    assert "at step 1, " in _said("update_ratio", _flow("Plain", 9, 1), step=7)


@pytest.mark.parametrize("values", [(0.0, 1.0), (1.0, 0.0), (np.nan, 1.0)])
def test_a_ratio_that_is_not_finite_is_not_told(values):
    assert "Plain no finite ratio." in _said("gradient_norm", _flow("Plain", *values))


def test_dead_units_are_told_with_where_they_are_most():
    said = _said("dead_share", _flow("Plain", 0.0, 0.25, 0.5))
    assert "Plain 25.0\u00a0% in the median activation, at most 50.0\u00a0% (place2)." in said
    assert "Few is good" in said
    assert "0.0\u00a0% in the median" in _said("dead_share", _flow("Residual", 0.0, 0.0, 0.5))


def test_where_the_gradient_came_back_is_counted():
    said = _said("skip_gradient_share", _flow("Residual", 0.2, 0.7, 1.3))
    assert "sends the larger part of the gradient back through the skip in 2 of 3 blocks" in said
    assert "and in 1 the branch works against it" in said
    assert "the skip in 0 of 2 blocks," in _said("skip_gradient_share", _flow("R", 0.1, 0.2))


def test_cosines_tell_how_often_the_two_disagree():
    said = _said("skip_cosine", _flow("Residual", -0.25, 0.5))
    assert "from -0.25 to 0.50, below zero in 1 of 2 blocks" in said


def test_every_quantity_of_the_lab_is_told():
    for name, quantity in FLOW_QUANTITIES.items():
        assert quantity.title in _said(name, _flow("Residual", 0.5, 0.25))
