"""What holds after some edits, as a pure function of them."""

import pytest

from resnet_core.config import TrainingConfig
from resnet_core.edits import Edit, rate_after, steps_after, warmup_after


def edit(number, step, what, after, before=None, rate=None):
    return Edit(
        number=number,
        step=step,
        arm=None,
        what=what,
        blocks=None,
        before=before,
        after=after,
        rate=rate,
    )


CONSTANT = edit(1, 10, "learning_rate", 0.5)
DOUBLE = edit(2, 20, "learning_rate_factor", 2.0)
MORE = edit(3, 30, "steps", 60.0, before=40.0, rate=0.01)
EVEN_MORE = edit(4, 50, "steps", 80.0, before=60.0, rate=0.02)
LATE = edit(5, 45, "learning_rate_factor", 3.0)


@pytest.mark.parametrize(
    ("edits", "step", "rate"),
    [
        ([], 10, 0.1),
        ([CONSTANT], 9, 0.1),
        ([CONSTANT], 10, 0.5),
        ([CONSTANT, DOUBLE], 19, 0.5),
        ([CONSTANT, DOUBLE], 20, 0.2),
        ([CONSTANT, DOUBLE, MORE], 39, 0.2),
        ([CONSTANT, DOUBLE, MORE], 40, 0.01),
        ([MORE, EVEN_MORE], 59, 0.01),
        ([MORE, EVEN_MORE], 60, 0.02),
        ([MORE, LATE], 44, 0.01),
        ([MORE, LATE], 45, 0.03),
    ],
)
def test_the_last_edit_that_speaks_of_a_step_decides_its_rate(edits, step, rate):
    assert rate_after(0.1, step, edits) == pytest.approx(rate)


def test_the_longest_wish_is_the_length():
    assert steps_after(40, []) == 40
    assert steps_after(40, [MORE, EVEN_MORE]) == 80


def test_a_warm_up_is_that_of_the_planned_run_and_ends_with_an_edit_of_the_rate():
    training = TrainingConfig(warmup_share=0.25)
    assert warmup_after(training, 40, []) == 10
    assert warmup_after(training, 60, [MORE]) == 10
    assert warmup_after(training, 60, [CONSTANT, MORE]) == 0
