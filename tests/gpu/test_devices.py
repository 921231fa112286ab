"""What is measured on a card is what is measured on the CPU, up to its arithmetic."""

import numpy as np
import pytest
import torch

from resnet_core.evaluation import evaluate_model
from resnet_core.models import build_model, model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_nets
from tests.training.conftest import tiny_data, tiny_model

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def _whole_float32(card):
    """Without TF32, whose ten bits of mantissa would hide a mistake."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cudnn.allow_tf32 = before


def test_gradients_on_a_card_are_those_of_the_cpu():
    spec = BatchSpec(kind="noise", num_pictures=8, noise_size_px=16)
    nets = [model_config("resnet8"), model_config("plain8")]
    on_card, on_cpu = (
        measure_nets(nets, batch=spec, seeds=(0, 1), device=device) for device in ("cuda", "cpu")
    )
    for found, expected in zip(on_card, on_cpu, strict=True):
        np.testing.assert_allclose(found.weight_norms, expected.weight_norms, rtol=1e-3)
        np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-4)


def test_a_split_is_evaluated_alike():
    model = build_model(tiny_model(num_classes=3), seed=1)
    on_card, on_cpu = (
        evaluate_model(model, tiny_data(), "test", device=device) for device in ("cuda", "cpu")
    )
    assert on_card.num_correct == on_cpu.num_correct
    assert on_card.loss == pytest.approx(on_cpu.loss, rel=1e-4)
