import pytest
import torch

from resnet_core.errors import ProbeError
from resnet_core.models import cifar_config
from resnet_core.probes.batches import BatchSpec, draw_batch, fit_config, image_size_px


def test_noise_is_normal_and_drawn_by_its_seed():
    spec = BatchSpec(kind="noise", num_pictures=64)
    first, again, other = (draw_batch(cifar_config(8), spec, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)
    assert first.images.shape == (64, 3, 32, 32)
    assert first.images.mean().item() == pytest.approx(0, abs=0.02)
    assert first.images.std().item() == pytest.approx(1, abs=0.02)
    assert set(first.labels.tolist()) <= set(range(10))


def test_pictures_are_scaled_by_their_own_statistics_or_by_a_nets(gray_pictures):
    spec = BatchSpec(source=str(gray_pictures), num_pictures=30)
    config = fit_config(cifar_config(8), spec)
    own = draw_batch(config, spec, seed=0).images
    trained = draw_batch(config, spec, seed=0, normalisation=((0.0,), (1.0,))).images
    assert image_size_px(spec) == 8
    assert own.mean().item() == pytest.approx(0, abs=0.1)
    assert own.std().item() == pytest.approx(1, abs=0.1)
    assert trained.min().item() >= 0
    assert trained.max().item() <= 1


def test_a_net_of_other_pictures_is_refused(gray_pictures):
    spec = BatchSpec(source=str(gray_pictures), num_pictures=4)
    with pytest.raises(ProbeError, match="takes pictures of 3 channels and 10 classes, and gray"):
        draw_batch(cifar_config(8), spec, seed=0)
