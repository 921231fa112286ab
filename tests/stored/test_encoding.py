"""Results are stored to the last bit."""

from dataclasses import dataclass

import numpy as np
import pytest

from resnet_core.models import model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_gradients
from resnet_core.stored.encoding import decode, encode


def test_a_profile_comes_back_as_it_was():
    spec = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)
    profile = measure_gradients(model_config("resnet8"), batch=spec, seeds=(0, 1))
    again = decode(encode(profile))
    assert (again.config, again.batch, again.seeds) == (profile.config, spec, (0, 1))
    assert again.layers == profile.layers
    for name in ("layer_depths", "weight_norms", "output_norms", "activation_stds"):
        np.testing.assert_array_equal(getattr(again, name), getattr(profile, name))
        assert getattr(again, name).dtype == getattr(profile, name).dtype


def test_maps_tuples_and_odd_numbers_come_back():
    value = {"weights": np.array([[np.nan, np.inf]]), "names": ("a", None, True, 1.5)}
    again = decode(encode(value))
    np.testing.assert_array_equal(again["weights"], value["weights"])
    assert again["names"] == value["names"]


def test_only_dataclasses_of_the_lab_are_read():
    @dataclass
    class Stranger:
        value: int = 1

    with pytest.raises(AssertionError, match="is not of the lab"):
        decode(encode(Stranger()))
    with pytest.raises(AssertionError, match="no dataclass"):
        decode({"object": "resnet_core.errors:ResNetLabError", "fields": {}})
