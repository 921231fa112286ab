import numpy as np
import pytest
import torch

from resnet_core.errors import ProbeError
from resnet_core.probes.calibration import (
    confusion_matrix,
    energy_score,
    energy_threshold,
    entropy_bits,
    fit_temperature,
    measure_nll,
    measure_reliability,
    softmax,
)


def drawn(temperature: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose labels are drawn from their own softmax, then made too sure by a factor."""
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (count, 5))
    chances = softmax(logits).cumsum(axis=1)
    labels = (generator.random((count, 1)) > chances).sum(axis=1)
    return (logits * temperature).astype(np.float32), labels


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_fit_temperature_finds_the_factor_that_made_it_too_sure(temperature):
    logits, labels = drawn(temperature)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.05)


def test_fit_temperature_is_the_minimum_that_lbfgs_finds():
    logits, labels = drawn(2.3, 500)
    scores, truth = torch.tensor(logits, dtype=torch.float64), torch.tensor(labels)
    log_t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_t], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(scores / log_t.exp(), truth)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert fit_temperature(logits, labels) == pytest.approx(log_t.exp().item(), rel=1e-4)


def test_fit_temperature_of_a_faultless_net_is_the_coldest():
    logits = np.eye(4, dtype=np.float32)[[0, 1, 2, 3]] * 3
    assert fit_temperature(logits, np.arange(4)) == pytest.approx(0.05, rel=1e-3)


def test_nll_is_cross_entropy():
    logits, labels = drawn(1.0, 50)
    theirs = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(labels))
    assert measure_nll(logits, labels) == pytest.approx(float(theirs), rel=1e-5)


def test_reliability_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.91, 0.09], [0.35, 0.65], [0.5, 0.5]])
    reliability = measure_reliability(probabilities, np.array([0, 1, 1, 0]), num_bins=10)
    assert reliability.counts.tolist() == [0, 0, 0, 0, 1, 0, 1, 0, 0, 2]
    assert reliability.accuracy[9] == 0.5
    assert reliability.confidence[9] == pytest.approx(0.93)
    assert np.isnan(reliability.accuracy[0])
    assert reliability.ece == pytest.approx((2 * 0.43 + 0.35 + 0.5) / 4)


def test_reliability_of_honest_probabilities_is_near_zero():
    logits, labels = drawn(1.0)
    assert measure_reliability(softmax(logits), labels).ece < 0.015
    logits, labels = drawn(3.0)
    assert measure_reliability(softmax(logits), labels).ece > 0.1
    assert measure_reliability(softmax(logits, 3.0), labels).ece < 0.015


def test_confusion_matrix_has_truth_in_rows():
    matrix = confusion_matrix(np.array([1, 1, 0]), np.array([0, 1, 0]), 2)
    assert matrix.tolist() == [[1, 1], [0, 1]]


def test_entropy_bits_of_sure_and_of_even():
    assert entropy_bits(np.array([1.0, 0.0])) == 0
    assert entropy_bits(np.full((2, 8), 1 / 8)).tolist() == [3.0, 3.0]


def test_energy_is_minus_logsumexp_and_its_threshold_a_quantile():
    logits, _ = drawn(1.0, 2000)
    assert energy_score(logits) == pytest.approx(
        -torch.tensor(logits).logsumexp(1).numpy(), abs=1e-5
    )
    assert (energy_score(logits) <= energy_threshold(logits)).mean() == pytest.approx(
        0.95, abs=1e-3
    )


def test_no_pictures_and_no_numbers_are_refused():
    with pytest.raises(ProbeError, match="no pictures"):
        fit_temperature(np.zeros((0, 3)), np.zeros(0, np.int64))
    with pytest.raises(ProbeError, match="not finite"):
        energy_threshold(np.array([[np.nan, 1.0]]))
