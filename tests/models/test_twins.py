"""A plain net and its residual twin differ in the skip alone."""

import pytest
import torch

from resnet_core.models import build_model, model_config, twin_config
from resnet_core.models.operations import Addition
from tests.models.tiny_nets import ORDERS, pictures, tiny

PLAIN = ["plain20", "plain56", "plain18"]


@pytest.mark.parametrize("name", PLAIN)
def test_twins_start_with_equal_weights(name):
    plain = build_model(model_config(name), seed=2).state_dict()
    residual = build_model(twin_config(model_config(name)), seed=2).state_dict()
    assert set(plain) <= set(residual)
    assert all(torch.equal(plain[key], residual[key]) for key in plain)
    assert all(".shortcut." in key for key in set(residual) - set(plain))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shortcut", ["A", "B", "C"])
def test_skip_strength_zero_is_the_plain_twin(order, shortcut):
    config = tiny(activation_order=order, shortcut=shortcut)
    residual, plain = build_model(config), build_model(twin_config(config))
    x = pictures(config)
    assert not torch.equal(residual(x), plain(x))
    for module in residual.modules():
        if isinstance(module, Addition):
            module.skip_strength = 0.0
    assert torch.equal(residual(x), plain(x))


@pytest.mark.parametrize("order", ORDERS)
def test_skip_strength_just_below_one_is_nearly_residual(order):
    full, nearly = (
        build_model(tiny(activation_order=order, skip_strength=alpha)) for alpha in (1.0, 1 - 1e-6)
    )
    x = pictures(full.config)
    torch.testing.assert_close(full(x), nearly(x), rtol=1e-3, atol=1e-4)


def test_plain_net_has_neither_shortcut_nor_addition():
    model = build_model(tiny(skip_strength=0.0))
    assert not [path for path, _ in model.named_modules() if path.endswith(("add", "shortcut"))]
    assert all(
        block.add is None and block.shortcut is None
        for block in model.get_submodule("stage1").children()
    )
