"""Gradients of deep nets before training explode, stay level or vanish as theory says."""

import torch
from torch import nn

from resnet_core.models import build_model, model_config, weight_layers
from tests.gradients import gradient_of
from tests.models.tiny_nets import pictures


def gradient_norms(name, **changes):
    """Gradient norm of the first and the last convolution's weight, on noise."""
    model = build_model(model_config(name, **changes))
    x = pictures(model.config, count=32, side_px=32)
    labels = torch.randint(10, (32,), generator=torch.Generator().manual_seed(0))
    nn.functional.cross_entropy(model(x), labels).backward()
    first, last = weight_layers(model)[0], weight_layers(model)[-2]
    weights = [model.get_parameter(f"{path}.weight") for path in (first, last)]
    return tuple(gradient_of(weight).norm().item() for weight in weights)


def test_gradient_explodes_towards_the_input_of_a_plain_net_with_batch_norm():
    # Yang et al. 2019 (arXiv 1902.08129): 1.21 a layer in the mean-field limit.
    first, last = gradient_norms("plain56")
    assert 1e3 < first / last < 1e5


def test_gradient_stays_level_in_a_residual_net_with_batch_norm():
    first, last = gradient_norms("resnet56")
    assert 1 < first / last < 1e2


def test_gradient_vanishes_in_a_plain_net_without_norm_and_small_weights():
    first, last = gradient_norms("plain56", norm="none", initialisation="small")
    assert first < 1e-6
    assert last < 1e-6
