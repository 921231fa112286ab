"""What nets of other projects differ in: built, traced, and left out of JSON where it is usual."""

import json

import pytest
import torch

from resnet_core.config import LATER_SETTINGS, config_from_json, config_to_json
from resnet_core.config.model import ModelConfig
from resnet_core.errors import ConfigError
from resnet_core.models import build_model, measure_cost, model_config
from resnet_core.models.operations import BlurPooling, ZeroPadShortcut
from resnet_core.models.sharing import net_from_link, net_to_link

SMALL = {"stage_blocks": (1, 1), "stage_widths": (8, 16), "stem_width": 8}
VARIANTS = {
    "pool kept": {"stem_pool": "keep"},
    "pool taken away": {"stem": "imagenet", "stem_pool": "none"},
    "pointwise": {"stem": "pointwise"},
    "tiered": {"stem": "tiered"},
    "blur": {"block": "basic_blur", "stem": "imagenet"},
    "blurred bottleneck": {"block": "bottleneck_blur", "shortcut": "B"},
    "stride on the 1x1": {"block": "bottleneck_first", "shortcut": "B"},
    "zeros behind": {"zero_pad": "behind"},
    "norm in the stem": {"activation_order": "pre", "stem_norm": True},
    "no norm at the end": {"activation_order": "pre", "final_norm": False},
    "raw shortcut": {"activation_order": "pre", "pre_shortcut": "raw", "shortcut": "B"},
    "wide gates": {"squeeze_reduction": 4, "squeeze_least": 8},
}


@pytest.mark.parametrize("kind", VARIANTS)
def test_variants_are_built_traced_and_written(kind):
    config = model_config("resnet20", **SMALL, **VARIANTS[kind])
    model = build_model(config).eval()
    cost = measure_cost(config, 32)
    assert cost.parameters == sum(parameter.numel() for parameter in model.parameters())
    maps = model.features(torch.randn(2, 3, 32, 32)).shape[1:]
    before_pool = next(i for i, layer in enumerate(cost.layers) if layer.path == "pool") - 1
    assert cost.layers[before_pool].output_shape == tuple(maps)
    assert config_from_json(ModelConfig, config_to_json(config)) == config
    assert net_from_link(net_to_link(config)) == config


def test_usual_values_are_left_out_of_json():
    written = json.loads(config_to_json(model_config("resnet20")))
    assert not set(LATER_SETTINGS) & set(written)
    kept = json.loads(config_to_json(model_config("resnet20", stem_pool="keep")))
    assert set(LATER_SETTINGS) & set(kept) == {"stem_pool"}
    usual = model_config("resnet20")
    assert {name: getattr(usual, name) for name in LATER_SETTINGS} == dict(LATER_SETTINGS)


def test_blur_is_the_binomial_of_every_second_pixel():
    x = torch.arange(25.0).reshape(1, 1, 5, 5)
    out = BlurPooling()(x)
    assert out.shape == (1, 1, 3, 3)
    assert out[0, 0, 1, 1] == x[0, 0, 2, 2]  # a plane stays what it is
    spike = torch.zeros(1, 1, 5, 5)
    spike[0, 0, 2, 2] = 16
    assert BlurPooling()(spike)[0, 0, 1, 1] == 4
    assert BlurPooling()(spike).sum() == 4


def test_zeros_may_stand_behind():
    x = torch.ones(1, 2, 4, 4)
    out = ZeroPadShortcut(2, 6, 2, is_behind=True)(x)
    assert out[0, :, 0, 0].tolist() == [1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("name", ["stem_norm", "pre_shortcut", "final_norm"])
def test_settings_of_preactivation_are_refused_elsewhere(name):
    value = {"stem_norm": True, "pre_shortcut": "raw", "final_norm": False}[name]
    with pytest.raises(ConfigError, match="activation_order pre"):
        model_config("resnet20", **{name: value})
