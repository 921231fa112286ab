import numpy as np
import pytest
import torch

from resnet_core.errors import ProbeError
from resnet_core.models import build_model, model_config
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.shattering import (
    Autocorrelation,
    _line_gradients,
    autocorrelate,
    measure_shattering,
    white_noise_autocorrelation,
)
from tests.gradients import gradient_of

SPEC = BatchSpec(kind="noise", num_pictures=16, noise_size_px=16)


def test_autocorrelation_equals_numpys_for_a_series_of_numbers():
    series = np.random.default_rng(0).standard_normal(50)
    centred = series - series.mean()
    full = np.correlate(centred, centred, "full")[49:]
    np.testing.assert_allclose(autocorrelate(series[:, None], 15), (full / full[0])[:16])


def test_white_noise_has_the_autocorrelation_of_the_closed_form():
    noise = np.random.default_rng(0).standard_normal((40, 20_000))
    expected = white_noise_autocorrelation(40, 10)
    np.testing.assert_allclose(autocorrelate(noise, 10), expected, atol=3e-3)


def test_gradients_of_a_plain_net_shatter_and_of_a_residual_net_do_not():
    settings = {"batch": SPEC, "seeds": (0, 1), "num_points": 32, "max_lag": 4}
    plain = measure_shattering(model_config("plain56"), **settings)
    residual = measure_shattering(model_config("resnet56"), **settings)
    assert abs(plain.values[:, 1] - plain.white_noise[1]).max() < 0.1
    assert residual.values[:, 1].min() > 0.2
    assert plain.lags[1] == pytest.approx(1 / 31)
    assert "Two pictures 3.2% of the line apart" in plain.sentence


def _line(*at_first_lag: float) -> Autocorrelation:
    return Autocorrelation(
        config=model_config("resnet8"),
        seeds=tuple(range(len(at_first_lag))),
        lags=np.array([0.0, 1 / 63]),
        values=np.array([[1.0, value] for value in at_first_lag]),
        white_noise=np.array([1.0, -0.0156]),
    )


def test_neighbours_agree_only_where_the_interval_lies_above_white_noise():
    start = "Two pictures 1.6% of the line apart have gradients with a correlation of "
    alike = _line(0.5, 0.55, 0.6).sentence
    assert alike.startswith(start + "0.55 (95 % interval 0.43 to 0.67, 3 seeds); white noise has ")
    assert alike.endswith("has -0.02, so neighbours agree more than by chance.")
    assert _line(-0.5, -0.55, -0.6).sentence.endswith("neighbours agree less than by chance.")
    assert _line(-0.02, 0.01, -0.03).sentence.endswith("from which that cannot be told.")
    for few in (_line(0.5), _line(0.5, 0.51)):
        assert "chance" not in few.sentence
    assert "(one seed)" in _line(0.5).sentence


def test_pictures_of_the_line_do_not_see_each_other():
    config = model_config("resnet8")
    batch = draw_batch(config, SPEC, seed=0)
    model = build_model(config, seed=0)
    together = _line_gradients(model, batch, 5)
    for number, way in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
        alone = torch.lerp(batch.images[0], batch.images[1], way)[None].requires_grad_()
        model(alone)[0, 0].backward()
        np.testing.assert_allclose(
            together[number], gradient_of(alone).flatten().numpy(), rtol=1e-3, atol=1e-6
        )


@pytest.mark.parametrize("settings", [{"max_lag": 64}, {"num_points": 2}, {"seeds": ()}])
def test_a_line_that_cannot_be_is_refused(settings):
    with pytest.raises(ProbeError, match="at least 3 pictures and one seed"):
        measure_shattering(model_config("resnet8"), batch=SPEC, **settings)


def test_a_gradient_that_is_zero_is_refused(monkeypatch):
    def build_mute(config, *, seed):
        model = build_model(config, seed=seed)
        torch.nn.init.zeros_(model.classifier.weight)
        return model

    monkeypatch.setattr("resnet_core.probes.shattering.build_model", build_mute)
    with pytest.raises(ProbeError, match="zero or not finite"):
        measure_shattering(model_config("resnet8"), batch=SPEC, num_points=8, max_lag=2)
