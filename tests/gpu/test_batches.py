"""Batches and noise are the same on a card as on the CPU."""

import pytest
import torch

from resnet_core.config import DataConfig
from resnet_core.data import to_device, training_batch
from resnet_core.models.noise import Dropout, StochasticDepth, draw_on_device
from tests.training.conftest import tiny_data

pytestmark = pytest.mark.gpu


def test_training_batch_is_the_same_on_cuda(card):
    data, config = tiny_data(), DataConfig(source="tiny", crop_padding_px=2)
    on_cpu, on_cuda = (
        training_batch(
            to_device(data.train, device), data.card, config, seed=3, step=5, batch_size=16
        )
        for device in ("cpu", card)
    )
    assert torch.equal(on_cpu.labels, on_cuda.labels.cpu())
    torch.testing.assert_close(on_cpu.images, on_cuda.images.cpu(), atol=1e-6, rtol=0)


def test_noise_has_the_same_bits_on_cuda(card):
    key = torch.tensor(-123456789)
    assert torch.equal(draw_on_device((7, 5), key), draw_on_device((7, 5), key.to(card)).cpu())


@pytest.mark.parametrize("kind", [StochasticDepth, Dropout])
def test_noise_is_drawn_from_its_counter_on_cuda(card, kind):
    module, x = kind(0.25).to(card), torch.ones(64, 3, 2, 2, device=card)
    module.draws.fill_(11)
    first, second = module(x), module(x)
    assert module.draws.item() == 13
    assert not torch.equal(first, second)
    kept = draw_on_device(module._shape(x), torch.tensor(12)) < 0.75
    assert torch.equal(second.cpu() > 0, kept.expand(64, 3, 2, 2))
