import math

import pytest

from resnet_core.config import TrainingConfig
from resnet_core.training.schedules import (
    count_steps,
    learning_rate,
    snapshot_steps,
    steps_per_epoch,
)


def rates(config: TrainingConfig, num_steps: int = 100) -> list[float]:
    return [learning_rate(config, step, num_steps) for step in range(num_steps)]


def test_learning_rate_cosine_starts_at_the_peak_and_halves_in_the_middle():
    values = rates(TrainingConfig(schedule="cosine", learning_rate=0.4))
    assert values[0] == 0.4
    assert values[50] == pytest.approx(0.2)
    assert values[99] == pytest.approx(0.2 * (1 + math.cos(math.pi * 0.99)))
    assert values == sorted(values, reverse=True)


def test_learning_rate_step_divides_at_each_milestone():
    values = rates(TrainingConfig(schedule="step", learning_rate=1.0, milestones=(0.5, 0.75)))
    assert values[49] == 1.0
    assert values[50] == values[74] == pytest.approx(0.1)
    assert values[75] == pytest.approx(0.01)


def test_learning_rate_one_cycle_peaks_where_the_warm_up_ends():
    values = rates(TrainingConfig(schedule="one_cycle", learning_rate=1.0, warmup_share=0.25))
    assert values.index(max(values)) == 25
    assert values[25] == 1.0
    assert values[0] == pytest.approx(1 / 26)
    assert values[99] == pytest.approx(1 / 75)


def test_learning_rate_constant_stays():
    assert set(rates(TrainingConfig(schedule="constant", learning_rate=0.3))) == {0.3}


def test_count_steps_takes_steps_before_epochs():
    assert count_steps(TrainingConfig(epochs=2, batch_size=10), 105) == 21
    assert count_steps(TrainingConfig(epochs=2, batch_size=10, steps=7), 105) == 7
    assert count_steps(TrainingConfig(epochs=0.001, batch_size=128), 50) == 1
    assert steps_per_epoch(TrainingConfig(batch_size=128), 50) == 1


def test_snapshot_steps_hold_both_ends_and_are_dense_early():
    steps = sorted(snapshot_steps(TrainingConfig(num_snapshots=6), 1000))
    assert steps[0] == 0
    assert steps[-1] == 1000
    assert len(steps) == 6
    assert steps[2] - steps[1] < steps[-1] - steps[-2]
    assert snapshot_steps(TrainingConfig(num_snapshots=0), 10) == {10}
