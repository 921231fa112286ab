"""Every net of the registry: its layers, logits, gradients, twin, and saved weights."""

import io
import re

import pytest
import torch

from resnet_core.models import (
    build_model,
    has_twin,
    list_models,
    model_config,
    twin_config,
    weight_layers,
)
from resnet_core.models.nets import build_on_meta
from resnet_core.models.operations import Addition
from resnet_core.models.picture_size import smallest_picture_px
from resnet_core.probes.gradients import is_on_main_path
from tests.models.tiny_nets import pictures

REAL = [
    "resnet20",
    "resnet110",
    "plain20",
    "preact_resnet20",
    "preact_resnet164",
    "resnet18",
    "resnet18_cifar",
    "plain18",
    "wrn16_8",
    "se_resnet20",
    "stochastic_resnet110",
    "skipinit_resnet56",
    "rezero_resnet56",
    "fixup_resnet56",
    "densenet40_12",
    "densenet_bc100_12",
    "densenet121",
]
"""Nets that are really run; the others differ from them in width and number of blocks."""


@pytest.fixture(scope="module", params=REAL)
def stepped(request):
    """A registered net after one forward and backward pass, and its logits."""
    model = build_model(model_config(request.param))
    logits = model(pictures(model.config, side_px=max(8, smallest_picture_px(model.config))))
    logits.square().sum().backward()
    return model, logits


def test_registered_net_gives_finite_logits(stepped):
    model, logits = stepped
    assert logits.shape == (4, model.config.num_classes)
    assert torch.isfinite(logits).all()


def test_registered_net_gives_every_parameter_a_gradient(stepped):
    model, _ = stepped
    for path, parameter in model.named_parameters():
        assert parameter.grad is not None, path
        assert torch.isfinite(parameter.grad).all(), path


@pytest.mark.parametrize("name", list_models())
def test_registered_net_has_as_many_weight_layers_as_its_name_says(name):
    config = model_config(name)
    layers = [path for path in weight_layers(build_on_meta(config)) if is_on_main_path(path)]
    depth = int(re.findall(r"\d+", name)[0])
    if name.startswith("wrn"):  # the paper counts 28 = stem, 24 in blocks, 3 projections
        depth += 1 - 3
    extra = 2 if config.stem == "deep" else 0
    assert len(layers) - extra == depth == config.depth


@pytest.mark.parametrize("name", sorted(set(list_models()) - {"resnet1202", "preact_resnet1001"}))
def test_registered_net_maps_pictures_to_logits(name):
    config = model_config(name, num_classes=7)
    model = build_on_meta(config).eval()
    with torch.no_grad():
        assert model(torch.empty(2, 3, 40, 40, device="meta")).shape == (2, 7)


@pytest.mark.parametrize("name", REAL)
def test_saved_weights_give_the_same_logits(name):
    config = model_config(name)
    model, other = build_model(config, seed=3).eval(), build_model(config, seed=4).eval()
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    buffer.seek(0)
    other.load_state_dict(torch.load(buffer, weights_only=True))
    with torch.no_grad():
        x = pictures(config, count=2, side_px=max(8, smallest_picture_px(config)))
        assert torch.equal(model(x), other(x))


@pytest.mark.parametrize("name", [name for name in REAL if has_twin(model_config(name))])
def test_registered_net_turns_into_its_twin_by_skip_strength_alone(name):
    config = model_config(name)
    twin = twin_config(config)
    plain, residual = sorted((config, twin), key=lambda net: net.skip_strength)
    model, expected = build_model(residual).eval(), build_model(plain).eval()
    side_px = max(8, smallest_picture_px(config))
    x = pictures(config, count=2, side_px=side_px)
    with torch.no_grad():
        whole = model(x)
        for alpha, wanted in ((0.0, expected(x)), (1.0, whole)):
            for module in model.modules():
                if isinstance(module, Addition):
                    module.skip_strength = alpha
            assert torch.equal(model(x), wanted)
    assert not torch.equal(whole, expected(x))
