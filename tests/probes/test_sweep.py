import numpy as np
import pytest

from resnet_core.errors import CancelledError, ConfigError, ProbeError
from resnet_core.models import cifar_config, model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_gradients
from resnet_core.probes.spread import readable
from resnet_core.probes.sweep import at_depth, measure_alpha_sweep

SPEC = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)


def test_a_cell_of_the_sweep_is_the_ratio_of_the_profile():
    sweep = measure_alpha_sweep(
        cifar_config(8), depths=(8, 14), alphas=(0.0, 1.0), batch=SPEC, seeds=(0, 1)
    )
    profile = measure_gradients(cifar_config(14, plain=True), batch=SPEC, seeds=(0, 1))
    weights = profile.weight_norms[:, profile.convolutions]
    expected = np.exp(np.log(weights[:, 0] / weights[:, -1]).mean())
    assert sweep.ratios["weights"][1, 0] == pytest.approx(expected)
    outputs = profile.output_norms
    expected = np.exp(np.log(outputs[:, 0] / outputs[:, -1]).mean())
    assert sweep.ratios["outputs"][1, 0] == pytest.approx(expected)
    assert sweep.ratios["weights"].shape == (2, 2)
    said = sweep.sentence("outputs")
    assert said.startswith("With 14 layers the gradient at the stem's output over that at the last")
    assert f"×{readable(expected)} (95 % interval " in said
    assert ", 2 seeds) at alpha 0 and ×" in said
    np.testing.assert_allclose(
        sweep.seed_ratios["outputs"][1, 0], outputs[:, 0] / outputs[:, -1], rtol=1e-6
    )


def test_the_gradient_explodes_with_depth_where_the_skip_is_weak():
    sweep = measure_alpha_sweep(cifar_config(8), depths=(8, 38), alphas=(0.0, 1.0), batch=SPEC)
    (shallow, _), (deep_plain, deep_residual) = sweep.ratios["outputs"]
    assert deep_plain > 10 * shallow
    assert deep_plain > 10 * deep_residual


def test_a_cell_whose_signal_overflows_is_left_empty(monkeypatch):
    def refuse(*args, **kwargs):
        raise ProbeError("not finite")

    monkeypatch.setattr("resnet_core.probes.sweep.measure_gradients", refuse)
    sweep = measure_alpha_sweep(cifar_config(8), depths=(8,), alphas=(1.0,), batch=SPEC)
    assert np.isnan(sweep.ratios["weights"]).all()
    assert "is no finite number at alpha 1." in sweep.sentence("weights")


def test_at_depth_keeps_every_other_setting():
    config = model_config("preact_resnet20", norm="none", skip_strength=0.5, shortcut="B")
    deeper = at_depth(config, 38)
    assert (deeper.name, deeper.stage_blocks) == ("preact_resnet38", (6, 6, 6))
    assert (deeper.norm, deeper.skip_strength, deeper.shortcut) == ("none", 0.5, "B")


def test_impossible_sweeps_are_refused():
    with pytest.raises(ProbeError, match="at least one depth"):
        measure_alpha_sweep(cifar_config(8), depths=(), batch=SPEC)
    with pytest.raises(ConfigError, match="6n\\+2"):
        measure_alpha_sweep(cifar_config(8), depths=(9,), batch=SPEC)
    with pytest.raises(ProbeError, match="4 stages of basic blocks"):
        at_depth(model_config("resnet18"), 20)
    with pytest.raises(ProbeError, match="take at most"):
        measure_alpha_sweep(
            cifar_config(8), depths=(1202,), batch=BatchSpec(kind="noise", num_pictures=512)
        )


def test_a_sweep_can_be_cancelled():
    def cancel(message: str, fraction: float | None = None) -> None:
        if fraction:
            raise CancelledError("stop")

    with pytest.raises(CancelledError):
        measure_alpha_sweep(cifar_config(8), depths=(8,), batch=SPEC, progress=cancel)
