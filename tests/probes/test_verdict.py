import math
from dataclasses import replace

import numpy as np
import pytest

from resnet_core.errors import ProbeError
from resnet_core.models import cifar_config, model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import GradientProfile, measure_gradients
from resnet_core.probes.verdict import describe_cell, expected_curve, interval_95, judge


@pytest.fixture(scope="module")
def profile() -> GradientProfile:
    spec = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)
    return measure_gradients(cifar_config(20, plain=True), batch=spec, seeds=(0, 1, 2))


def _with_outputs(profile: GradientProfile, *factors: float) -> GradientProfile:
    """Output norms that grow towards the input by exactly so much a layer, a seed each."""
    depths = profile.trunk_depths
    rows = [factor ** (depths[-1] - depths).astype(float) for factor in factors]
    return replace(profile, output_norms=np.array(rows), seeds=tuple(range(len(factors))))


def test_judge_reads_an_exact_slope(profile):
    verdict = judge(_with_outputs(profile, 1.15, 1.15), "outputs")
    assert verdict.factor == pytest.approx(1.15)
    assert verdict.interval == pytest.approx((1.15, 1.15))
    assert verdict.total_factor == pytest.approx(1.15**18)
    assert verdict.sentence == (
        "Grows towards the input by ×1.150 a layer (95 % interval 1.150 to 1.150, 2 seeds), "
        "×12.4 over 18 layers."
    )


@pytest.mark.parametrize(
    ("scale", "reason"),
    [("fixup", "a classifier of zeros"), ("rezero", "Its branches start at zero")],
)
def test_judge_says_why_a_silent_start_has_no_slope(scale, reason):
    config = model_config("resnet8", norm="none", branch_scale=scale)
    spec = BatchSpec(kind="noise", num_pictures=2, noise_size_px=8)
    with pytest.raises(ProbeError, match=reason):
        judge(measure_gradients(config, batch=spec), "weights")


def test_interval_is_students(profile):
    factors = (1.10, 1.15, 1.12)
    slopes = np.log(factors)
    half = 4.303 * slopes.std(ddof=1) / math.sqrt(3)
    verdict = judge(_with_outputs(profile, *factors), "outputs")
    assert verdict.interval == pytest.approx(
        (math.exp(slopes.mean() - half), math.exp(slopes.mean() + half))
    )
    assert interval_95([1.0]) is None
    low, high = interval_95(np.arange(100.0)) or (0, 0)
    assert high - low == pytest.approx(2 * 1.96 * np.arange(100.0).std(ddof=1) / 10)


@pytest.mark.parametrize(
    "factors, trend",
    [
        ((1.2, 1.21), "grows"),
        ((0.8, 0.81), "vanishes"),
        ((1.01, 1.01), "flat"),
        ((0.8, 1.2), "flat"),
        ((1.2,), "grows"),
    ],
)
def test_trend_needs_a_sure_and_a_large_change(profile, factors, trend):
    verdict = judge(_with_outputs(profile, *factors), "outputs")
    assert verdict.trend == trend
    assert trend in verdict.sentence.lower()
    words = {"grows": "grows ×", "vanishes": "shrinks to ×", "flat": "stays as it is (×"}
    assert verdict.brief.startswith(words[trend])


def test_activations_are_read_towards_the_output(profile):
    stds = 1.3 ** np.arange(len(profile.trunk))[None]
    verdict = judge(replace(profile, activation_stds=stds), "activations")
    assert verdict.factor == pytest.approx(math.sqrt(1.3))
    assert verdict.interval is None
    assert verdict.sentence.startswith("Grows towards the output by ×1.140 a layer, ×")


def test_positions_that_are_exactly_zero_are_left_out_and_counted(profile):
    silent = _with_outputs(profile, 1.15, 1.15)
    silent.output_norms[0, :2] = 0
    verdict = judge(silent, "outputs")
    assert verdict.factor == pytest.approx(1.15)
    assert verdict.sentence.endswith("2 positions are exactly zero and left out.")


def test_a_cell_is_described_from_its_numbers(profile):
    cell = _with_outputs(profile, 0.8, 0.8)
    flat = np.ones_like(cell.weight_norms[:2])
    cell = replace(cell, weight_norms=flat, activation_stds=np.ones_like(cell.output_norms))
    assert describe_cell(cell) == (
        "First and last layers' weights get a like gradient (×1); at the blocks' outputs it fades "
        "towards the input by ×0.800 a layer; the signal keeps its size on its way forward."
    )


def test_a_net_without_any_gradient_has_no_verdict(profile):
    mute = replace(profile, output_norms=np.zeros_like(profile.output_norms))
    with pytest.raises(ProbeError, match="gradients at the blocks' outputs of plain20 are zero"):
        judge(mute, "outputs")


def test_theory_stands_beside_the_measurement_where_there_is_one(profile):
    curve = expected_curve(profile, "outputs")
    assert curve is not None
    assert curve[-1] == pytest.approx(np.exp(np.log(profile.output_norms[:, -1]).mean()))
    assert judge(profile, "outputs").theory_sentence.startswith("Mean-field theory expects ×1.2")
    silenced = replace(profile, config=model_config("resnet20", zero_gamma=True))
    assert expected_curve(silenced, "outputs") is None
    assert "no expectation" in judge(silenced, "outputs").theory_sentence
