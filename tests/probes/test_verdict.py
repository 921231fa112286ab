import math
from dataclasses import replace

import numpy as np
import pytest

from resnet_core.errors import ProbeError
from resnet_core.models import cifar_config, model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.cells import cells_sentence, describe_cell
from resnet_core.probes.gradients import GradientProfile, measure_gradients
from resnet_core.probes.verdict import expected_curve, judge


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
    verdict = judge(_with_outputs(profile, 1.15, 1.15, 1.15), "outputs")
    assert verdict.factor == pytest.approx(1.15)
    assert verdict.interval == pytest.approx((1.15, 1.15))
    assert verdict.total_factor == pytest.approx(1.15**18)
    assert verdict.law == "line"
    assert verdict.sentence == (
        "Grows towards the input: ×12.4 (95 % interval 12.4 to 12.4, 3 seeds) over 18 layers, "
        "first over last; ×1.150 a layer (95 % interval 1.150 to 1.150)."
    )


def test_ends_that_are_silent_are_no_part_of_the_way(profile):
    found = _with_outputs(profile, 1.15, 1.15, 1.15)
    depths, norms = found.trunk_depths, found.output_norms.copy()
    norms[:, :2] = 0.0
    verdict = judge(replace(found, output_norms=norms), "outputs")
    assert verdict.num_layers == depths[-1] - depths[2]
    assert verdict.total_factor == pytest.approx(1.15**verdict.num_layers)
    assert f"over {verdict.num_layers} layers, first over last of those above zero" in (
        verdict.sentence
    )
    assert verdict.sentence.endswith("2 positions are exactly zero and left out.")
    norms[:, 1] = 1.0
    assert (
        "1 position is exactly zero"
        in judge(replace(found, output_norms=norms), "outputs").sentence
    )


def test_a_power_of_depth_is_called_so_and_its_total_is_measured(profile):
    """The opposite of a line: a line's total would be far too small."""
    depths = profile.trunk_depths.astype(float)
    curved = replace(profile, output_norms=np.tile(depths**-0.95, (3, 1)))
    verdict = judge(curved, "outputs")
    assert verdict.law == "power"
    assert verdict.power == pytest.approx(0.95)
    assert verdict.total_factor == pytest.approx(depths[-1] ** 0.95)
    assert verdict.factor**verdict.num_layers < 0.8 * verdict.total_factor
    assert "a layer" not in verdict.sentence
    assert verdict.sentence.endswith("like a power of depth, with the exponent 0.95.")
    assert "a layer" not in verdict.theory_sentence


def test_a_curve_that_no_law_fits_gets_no_law(profile):
    jagged = np.where(np.arange(len(profile.trunk)) % 2, 1.0, 3.0)
    jagged[0] = 9.0
    verdict = judge(replace(profile, output_norms=np.tile(jagged, (3, 1))), "outputs")
    assert verdict.law is None
    assert "a layer" not in verdict.sentence
    assert "power" not in verdict.sentence


@pytest.mark.parametrize(
    ("scale", "reason"),
    [("fixup", "a classifier of zeros"), ("rezero", "Its branches start at zero")],
)
def test_judge_says_why_a_silent_start_has_no_slope(scale, reason):
    config = model_config("resnet8", norm="none", branch_scale=scale)
    spec = BatchSpec(kind="noise", num_pictures=2, noise_size_px=8)
    with pytest.raises(ProbeError, match=reason):
        judge(measure_gradients(config, batch=spec), "weights")


def test_intervals_are_students_of_the_logarithms(profile):
    factors = (1.10, 1.15, 1.12)
    slopes = np.log(factors)
    half = 4.302653 * slopes.std(ddof=1) / math.sqrt(3)
    verdict = judge(_with_outputs(profile, *factors), "outputs")
    low, high = math.exp(slopes.mean() - half), math.exp(slopes.mean() + half)
    assert verdict.interval == pytest.approx((low, high))
    assert verdict.total.interval == pytest.approx((low**18, high**18))


@pytest.mark.parametrize(
    "factors, trend",
    [
        ((1.2, 1.21, 1.2), "grows"),
        ((0.8, 0.81, 0.8), "vanishes"),
        ((1.01, 1.01, 1.01), "flat"),
        ((0.8, 1.2, 1.0), None),
        ((1.2, 1.21), None),
        ((1.2,), None),
    ],
)
def test_no_word_for_the_shape_before_three_seeds_or_beyond_the_interval(profile, factors, trend):
    verdict = judge(_with_outputs(profile, *factors), "outputs")
    assert verdict.trend == trend
    words = {"grows": "grows ×", "vanishes": "shrinks to ×", "flat": "stays about as it is, ×"}
    assert verdict.brief.startswith(words.get(trend, "is ×"))
    if trend is None:
        start = verdict.sentence.split(".")[0] + verdict.brief
        assert not any(word in start.lower() for word in ("grows", "flat", "vanish", "shrink"))
    else:
        assert verdict.sentence.lower().startswith(trend)


def test_flat_is_decided_by_the_measured_total(profile):
    """A curve that a line calls flat, as its ends stand out: ResNet-20's weights."""
    bent = np.ones(len(profile.trunk))
    bent[0] = 2.8
    verdict = judge(replace(profile, output_norms=np.tile(bent, (3, 1))), "outputs")
    assert verdict.factor**verdict.num_layers < 2.0
    assert verdict.trend == "grows"


def test_activations_are_read_towards_the_output(profile):
    stds = 1.3 ** np.arange(len(profile.trunk))[None]
    verdict = judge(replace(profile, activation_stds=stds), "activations")
    assert verdict.factor == pytest.approx(math.sqrt(1.3))
    assert verdict.interval is None
    assert verdict.total_factor == pytest.approx(1.3 ** (len(profile.trunk) - 1))
    assert verdict.sentence.startswith("×10.6 (one seed) over 18 layers, last over first; ×1.140")
    assert verdict.sentence.endswith("It takes 3 seeds to say whether that grows or vanishes.")


def test_positions_that_are_exactly_zero_are_left_out_and_counted(profile):
    silent = _with_outputs(profile, 1.15, 1.15)
    silent.output_norms[0, :2] = 0
    verdict = judge(silent, "outputs")
    assert verdict.factor == pytest.approx(1.15)
    assert verdict.sentence.endswith("2 positions are exactly zero and left out.")


def _cell(profile, outputs: float, weights: float, activations: float) -> GradientProfile:
    """Three seeds whose curves grow by so much a layer, on the way that each is counted."""
    back = profile.layer_depths[-1] - profile.layer_depths
    forth = profile.trunk_depths - profile.trunk_depths[0]
    return replace(
        _with_outputs(profile, outputs, outputs, outputs),
        weight_norms=np.tile(weights ** back.astype(float), (3, 1)),
        activation_stds=np.tile(activations ** forth.astype(float), (3, 1)),
    )


def test_a_cell_is_described_from_its_numbers(profile):
    sure = "(95 % interval {0} to {0}, 3 seeds)"
    assert describe_cell(_cell(profile, 0.8, 1.0, 1.0)) == (
        f"First and last convolution's weights get a like gradient, ×1 {sure.format(1)}; at the "
        f"blocks' outputs it fades towards the input, ×0.018 {sure.format('0.018')}; the signal "
        f"about keeps its size on its way forward, ×1 {sure.format(1)}."
    )
    opposite = describe_cell(_cell(profile, 1.25, 1.25, 0.8))
    assert opposite.startswith("The first convolution's weights get ×55.5 ")
    assert "at the blocks' outputs it grows towards the input, ×55.5 " in opposite
    assert "the signal fades on its way forward, ×0.018 " in opposite
    fading = describe_cell(_cell(profile, 1.0, 0.8, 1.25))
    assert fading.startswith("The first convolution's weights get only ×0.018 ")
    assert "the signal grows on its way forward, ×55.5 " in fading


def test_cells_are_said_in_one_sentence(profile):
    growing = judge(_with_outputs(profile, 1.25, 1.25, 1.25), "outputs")
    fading = judge(_with_outputs(profile, 0.8, 0.8, 0.8), "outputs")
    assert cells_sentence([("A", growing), ("B", fading)]) == (
        "At initialisation, gradient at the blocks' outputs, first over last (95 % intervals, 3 "
        "seeds): A grows ×55.5 (55.5 to 55.5); B shrinks to ×0.018 (0.018 to 0.018)."
    )
    once = judge(_with_outputs(profile, 1.25), "outputs")
    assert cells_sentence([("A", once)]).endswith("first over last (one seed): A is ×55.5.")


def test_two_tabs_say_the_same_of_the_same_profile(profile):
    for values in ((0.8, 1.0, 1.0), (1.25, 1.1, 0.9)):
        cell = _cell(profile, *values)
        described = describe_cell(cell)
        for quantity in ("outputs", "weights", "activations"):
            assert judge(cell, quantity).total.words in described


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
