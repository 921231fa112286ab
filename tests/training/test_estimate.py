import dataclasses

import pytest

from resnet_core.errors import DeviceError
from resnet_core.training.estimate import (
    PictureShape,
    measure_step_time,
    measure_step_time_in_child,
)
from tests.training.conftest import tiny_experiment

SHAPE = PictureShape(channels=1, image_size_px=8, num_classes=4)


def test_measure_step_time_grows_with_the_batch():
    small = measure_step_time(tiny_experiment(batch_size=4), SHAPE)
    large = measure_step_time(tiny_experiment(batch_size=2048), SHAPE)
    assert small.num_steps > 1
    assert large.seconds_per_step > 3 * small.seconds_per_step
    assert "CPU" in small.device or "GPU" in small.device or "NVIDIA" in small.device


def test_measure_step_time_in_child_answers_in_numbers_or_in_words():
    assert 0 < measure_step_time_in_child(tiny_experiment(), SHAPE).seconds_per_step < 60
    nowhere = dataclasses.replace(tiny_experiment(), device="cuda:99")
    with pytest.raises(DeviceError, match="There is no device cuda:99"):
        measure_step_time_in_child(nowhere, SHAPE)
