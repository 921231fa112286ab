import math

import numpy as np
import pytest

from resnet_core.config import ModelConfig
from resnet_core.models import cifar_config, model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_gradients
from resnet_core.probes.mean_field import (
    BATCH_NORM_FACTOR,
    border_share,
    expect_signals,
    expected_layer_factor,
)
from resnet_core.probes.verdict import Quantity, judge


def _tower(depth: int, width: int, **settings) -> ModelConfig:
    """A net of one width, without stages."""
    return ModelConfig(
        name=f"tower{depth}",
        stage_blocks=((depth - 2) // 2,),
        stage_widths=(width,),
        stem_width=width,
        **settings,
    )


def test_batch_norm_grows_the_gradient_by_yangs_factor_at_depth_100():
    # At 1 px a convolution is a fully connected layer, which is what the theory is about.
    spec = BatchSpec(kind="noise", num_pictures=128, noise_size_px=1)
    tower = _tower(100, 64, skip_strength=0.0)
    profile = measure_gradients(tower, batch=spec, seeds=(0, 1, 2))
    for quantity in ("outputs", "weights"):
        verdict = judge(profile, quantity)
        assert math.log(verdict.factor) == pytest.approx(math.log(BATCH_NORM_FACTOR), rel=0.05)
        assert verdict.expected_factor == pytest.approx(BATCH_NORM_FACTOR, rel=0.01)
    assert judge(profile, "activations").trend == "flat"


def test_xavier_without_norm_halves_the_squared_gradient_a_layer_at_depth_100():
    spec = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)
    tower = _tower(100, 64, skip_strength=0.0, norm="none", initialisation="xavier")
    profile = measure_gradients(tower, batch=spec, seeds=(0, 1, 2))
    expected = math.log(math.sqrt(0.5 * border_share(8)))
    # Activations lose a little more: a narrow net's fluctuations pull the mean logarithm down.
    tolerances: dict[Quantity, float] = {"outputs": 0.05, "activations": 0.1}
    for quantity, tolerance in tolerances.items():
        verdict = judge(profile, quantity)
        assert math.log(verdict.factor) == pytest.approx(expected, rel=tolerance)
        assert math.log(verdict.expected_factor or 1) == pytest.approx(expected, rel=0.05)
        assert verdict.trend == "vanishes"
    # Backward it shrinks as forward it grows: the weights' gradients do not see the gain.
    # Three seeds of so narrow a net leave the total open, but not the way that it goes.
    weights = judge(profile, "weights")
    assert weights.factor == pytest.approx(1.0, abs=0.02)
    low, high = weights.total.interval or (0, 0)
    assert low < 1 < high


@pytest.mark.parametrize(
    "name, settings",
    [
        ("resnet32", {}),
        ("preact_resnet32", {}),
        ("preact_resnet32", {"shortcut": "B"}),
        ("resnet32", {"norm": "none"}),
        ("preact_resnet32", {"norm": "none"}),
        ("resnet32", {"norm": "none", "initialisation": "small"}),
    ],
)
def test_residual_nets_follow_the_recursion_within_a_factor_of_two(name, settings):
    config = model_config(name, **settings)
    profile = measure_gradients(
        config, batch=BatchSpec(kind="noise", num_pictures=8, noise_size_px=16), seeds=(0, 1, 2)
    )
    expected = expect_signals(config, 16)
    assert expected is not None
    norms = np.exp(np.log(profile.output_norms).mean(0))
    stds = np.exp(np.log(profile.activation_stds).mean(0))
    # The head alone sets the first few numbers' spread: with 8 pictures it is noisy.
    assert np.abs(np.log2(norms / norms[-1] / expected.gradient)).max() < 1
    assert np.abs(np.log2(stds / stds[0] / expected.activation)).max() < 1


def test_preactivation_with_batch_norm_grows_by_a_power_of_depth():
    # In closed form: 1 + s pi/(2 (pi - 1) q), while the trunk's variance q grows by s (pi - 1)/2pi.
    config = _tower(42, 16, activation_order="pre")
    expected = expect_signals(config, 512)
    assert expected is not None
    gain = 2 * border_share(512)
    first = 0.5 - 0.5 / math.pi
    trunk = first + gain * first * np.arange(1, 20)
    factors = 1 + gain * math.pi / (2 * (math.pi - 1)) / trunk
    squared = (expected.gradient[1:-1] / expected.gradient[2:]) ** 2
    np.testing.assert_allclose(squared, factors, rtol=0.05)


def test_border_share_is_the_largest_eigenvalue_of_the_sum_of_neighbours():
    for size_px in (1, 2, 8, 32):
        neighbours = np.eye(size_px) + np.eye(size_px, k=1) + np.eye(size_px, k=-1)
        largest = np.linalg.eigvalsh(neighbours).max()
        assert border_share(size_px) == pytest.approx((largest / 3) ** 2)


def test_a_skip_strength_of_zero_is_the_plain_net():
    plain = expect_signals(cifar_config(20, plain=True), 32)
    faint = expect_signals(model_config("resnet20", skip_strength=1e-9), 32)
    assert plain is not None
    assert faint is not None
    np.testing.assert_allclose(plain.gradient, faint.gradient, rtol=0.1)


def test_where_theory_has_no_say_there_is_no_expectation():
    assert expect_signals(model_config("resnet18"), 224) is None
    assert expect_signals(model_config("resnet20", zero_gamma=True), 32) is None
    assert expected_layer_factor(model_config("resnet20")) is None
    assert expected_layer_factor(model_config("plain20", norm="none")) == 1.0
