import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from resnet_core.errors import CancelledError, ProbeError
from resnet_core.models import build_model, model_config
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.path_lengths import (
    PathLengths,
    _walk_back,
    _walk_forward,
    measure_path_lengths,
    narrowest_range,
    signed_shares,
)

SPEC = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)
NETS = [
    model_config("resnet20"),
    model_config("resnet20", skip_strength=0.4, shortcut="B"),
    model_config("preact_resnet20"),
    model_config("resnet20", skip_kind="exclusive_gate", activation_order="norm_after_add"),
]


def _measure(config, **settings) -> PathLengths:
    model, batch = build_model(config, seed=0), draw_batch(config, SPEC, seed=0)
    return measure_path_lengths(model, batch, **settings)


@pytest.mark.parametrize("config", NETS, ids=["post", "projection", "pre", "gate"])
def test_all_paths_together_are_the_gradient_of_autograd(config):
    model, batch = build_model(config, seed=0).train(), draw_batch(config, SPEC, seed=0)
    kept = {}
    model.stem.register_forward_hook(lambda _, inputs, output: kept.__setitem__("stem", output))
    loss = functional.cross_entropy(model(batch.images), batch.labels)
    (expected,) = torch.autograd.grad(loss, kept["stem"])
    steps, gradient = _walk_forward(model, batch)
    torch.testing.assert_close(_walk_back(steps, gradient, None), expected, rtol=1e-3, atol=1e-7)
    assert _measure(config, num_samples=1).total_norm == pytest.approx(
        float(expected.norm()), rel=1e-3
    )


def test_paths_by_length_equal_the_sum_over_every_path():
    config = model_config("resnet14")
    model, batch = build_model(config, seed=0).train(), draw_batch(config, SPEC, seed=0)
    steps, gradient = _walk_forward(model, batch)
    count = len(steps)
    sums = [torch.zeros_like(steps[0].entering) for _ in range(count + 1)]
    for through in itertools.product((False, True), repeat=count):
        sums[sum(through)] += _walk_back(steps, gradient, np.array(through))
    result = _measure(config, num_samples=1)
    expected = [float(each.norm()) for each in sums]
    np.testing.assert_allclose(result.exact_norms, expected, rtol=1e-3)
    whole = sum(sums[1:], sums[0])
    shares = [float((each * whole).sum() / (whole * whole).sum()) for each in sums]
    np.testing.assert_allclose(result.shares, shares, atol=1e-4)
    assert result.shares.sum() == pytest.approx(1)
    # There is one path of length 0 and one of length n: sampled and exact are the same.
    assert result.sampled_norms[0, 0] == pytest.approx(result.exact_norms[0], rel=1e-4)
    assert result.sampled_norms[-1, 0] == pytest.approx(result.exact_norms[-1], rel=1e-4)


def test_counts_are_binomial():
    result = _measure(model_config("resnet20"), num_samples=1)
    assert result.counts.tolist() == [math.comb(9, length) for length in range(10)]


def test_longer_paths_carry_less_and_effective_paths_are_the_shorter_ones():
    result = _measure(model_config("resnet38"), num_samples=3)
    shortest, longest = result.path_norms[:6].mean(), result.path_norms[-6:].mean()
    assert longest < shortest / 10
    assert (result.shares * np.arange(19)).sum() < 9
    assert "of the 18 blocks" in result.sentence


def _with_shares(*shares: float) -> PathLengths:
    count = len(shares)
    return PathLengths(
        name="net",
        counts=np.array([float(math.comb(count - 1, length)) for length in range(count)]),
        sampled_norms=np.ones((count, 1)),
        exact_norms=np.abs(shares),
        shares=np.array(shares),
        total_norm=1.0,
    )


def test_the_sentence_says_which_lengths_carry_the_gradient_and_which_work_against_it():
    said = _with_shares(0.5, 0.47, 0.03, 0.0, 0.0).sentence
    assert said.startswith("Paths through 0 to 1 of the 4 blocks carry 97.0% of the gradient")
    assert "against" not in said
    opposite = _with_shares(-0.1, 0.0, 0.05, 0.15, 0.9).sentence
    assert opposite.startswith("Paths through 3 to 4 of the 4 blocks carry 105.0%")
    assert opposite.endswith("work against the others: theirs add up to -10.0%.")


def test_shares_of_vectors_that_cancel_add_up_to_one():
    parts = [np.array([4.0, 0.0]), np.array([-3.0, 1.0]), np.array([0.0, -1.0])]
    np.testing.assert_allclose(signed_shares(parts), [4.0, -3.0, 0.0])


def test_veits_binomial_range_for_54_blocks():
    # Veit et al. 2016, sec. 4.1: "more than 95 % of paths go through 19 to 35 modules".
    counts = np.array([float(math.comb(54, length)) for length in range(55)])
    assert counts[19:36].sum() / counts.sum() > 0.95
    first, last = narrowest_range(counts, 0.95)
    assert first >= 19
    assert last <= 35


def test_samples_are_drawn_by_the_seed():
    first = _measure(model_config("resnet20"), num_samples=2, seed=1)
    again = _measure(model_config("resnet20"), num_samples=2, seed=1)
    other = _measure(model_config("resnet20"), num_samples=2, seed=2)
    np.testing.assert_array_equal(first.sampled_norms, again.sampled_norms)
    assert not np.array_equal(first.sampled_norms, other.sampled_norms)


def test_a_plain_net_has_no_path_lengths():
    with pytest.raises(ProbeError, match="plain20 has no shortcuts"):
        _measure(model_config("plain20"))


def test_a_dense_net_has_no_path_lengths():
    with pytest.raises(ProbeError, match="append their maps"):
        _measure(model_config("densenet40_12"))


def test_a_gradient_that_is_not_finite_is_refused():
    model = build_model(model_config("resnet8", norm="none"))
    batch = draw_batch(model.config, SPEC, seed=0)
    torch.nn.init.constant_(model.classifier.weight, float("nan"))
    with pytest.raises(ProbeError, match="not finite"):
        measure_path_lengths(model, batch)


def test_walking_paths_can_be_cancelled():
    def cancel(message: str, fraction: float | None = None) -> None:
        raise CancelledError("stop")

    with pytest.raises(CancelledError):
        _measure(model_config("resnet8"), progress=cancel)
