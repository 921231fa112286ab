import pytest

from resnet_core.errors import CancelledError, DeviceError
from resnet_core.models import model_config
from resnet_core.models import speed as speed_module
from resnet_core.models.speed import BATCH_SIZES, measure_speed
from resnet_core.models.speed_child import measure_speed_in_child

TINY = {"stage_blocks": (1, 1), "stage_widths": (4, 8), "stem_width": 4}


def test_sweep_measures_every_batch():
    points = list(measure_speed(model_config("resnet8", **TINY), 8))
    assert tuple(p.batch_size for p in points) == BATCH_SIZES[: len(points)]
    assert len(points) >= 3
    assert all(0 < p.forward_s < p.step_s for p in points[-1:])
    assert all(p.num_repeats >= 1 for p in points)
    assert len({p.device for p in points}) == 1


def test_sweep_leaves_out_batches_that_need_too_much_memory(monkeypatch):
    monkeypatch.setattr(speed_module, "SPEED_MEMORY_LIMIT_MIB", 0)
    points = list(measure_speed(model_config("resnet8", **TINY), 8))
    assert [p.batch_size for p in points] == [1]


def test_maps_of_one_pixel_start_at_two_pictures(monkeypatch):
    # Batch norm refuses to train on a single number.
    monkeypatch.setattr(speed_module, "SPEED_MEMORY_LIMIT_MIB", 0.01)
    points = measure_speed(model_config("resnet8", stem="imagenet", **TINY), 2)
    assert next(points).batch_size == 2


def test_child_gives_what_it_measured_and_tells_how_far_it_is():
    messages = []
    points = measure_speed_in_child(
        model_config("resnet8", **TINY), 8, lambda message, fraction=None: messages.append(message)
    )
    assert [p.batch_size for p in points] == list(BATCH_SIZES[: len(points)])
    assert messages[0] == "starting a process of its own"
    assert "batch 1 done" in messages


def test_child_that_cannot_says_why():
    with pytest.raises(DeviceError, match="at least 2 px"):
        measure_speed_in_child(
            model_config("densenet40_12", stage_blocks=(1, 1), stage_widths=(4, 4)), 1
        )


def test_child_ends_when_it_is_cancelled():
    told = []

    def progress(message, fraction=None):
        told.append(message)
        if len(told) == 2:
            raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        measure_speed_in_child(model_config("resnet110"), 224, progress)
    # It told this while nothing was measured yet, and waited for no batch to end.
    assert told == ["starting a process of its own"] * 2
