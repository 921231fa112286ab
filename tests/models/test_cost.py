import time

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from resnet_core.models import build_model, list_models, measure_cost, model_config
from resnet_core.models.nets import build_on_meta

# torchvision's tables, 224 px, 1,000 classes, in 10^9 multiply-accumulates.
TORCHVISION_GMACS = {
    "resnet18": 1.814,
    "resnet34": 3.664,
    "resnet50": 4.089,
    "resnet101": 7.801,
    "resnet152": 11.514,
    "resnext50_32x4d": 4.230,
    "resnext101_32x8d": 16.414,
    "resnext101_64x4d": 15.460,
    "wide_resnet50_2": 11.398,
    "wide_resnet101_2": 22.753,
    "densenet121": 2.834,
}
# torch's counter on seresnet50 and resnet50d of timm 1.0.31, 224 px, 1,000 classes, halved.
TIMM_MACS = {"se_resnet50": 4_091_699_200, "resnet50_d": 4_328_824_832}
SAMPLE = ["resnet20", "plain20", "preact_resnet20", "resnet18", "resnet50"]
DENSE = ["densenet40_12", "densenet_bc100_12", "densenet121"]


@pytest.mark.parametrize("name", TORCHVISION_GMACS)
def test_macs_are_torchvisions(name):
    cost = measure_cost(model_config(name, num_classes=1000), 224)
    assert round(cost.macs / 1e9, 3) == TORCHVISION_GMACS[name]


@pytest.mark.parametrize("name", TIMM_MACS)
def test_macs_are_timms(name):
    assert measure_cost(model_config(name, num_classes=1000), 224).macs == TIMM_MACS[name]


@pytest.mark.parametrize("name", [*SAMPLE, *DENSE])
@pytest.mark.parametrize("side_px", [32, 45])
def test_macs_are_half_of_torchs_flops(name, side_px):
    config = model_config(name)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        build_on_meta(config).eval()(torch.empty(1, 3, side_px, side_px, device="meta"))
    assert measure_cost(config, side_px).macs * 2 == counter.get_total_flops()


def saved_bytes(model, x):
    """Bytes of distinct memory that autograd keeps for backward, weights and buffers apart."""
    own = {t.untyped_storage().data_ptr() for t in (*model.parameters(), *model.buffers())}
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(x)
    assert output.grad_fn is not None
    return sum(nbytes for nbytes, _ in kept.values())


@pytest.mark.parametrize("name", SAMPLE)
@pytest.mark.parametrize("changes", [{}, {"norm": "none"}, {"shortcut": "C"}], ids=str)
def test_activation_memory_is_what_autograd_keeps(name, changes):
    config = model_config(name, **changes)
    cost = measure_cost(config, 64)
    assert cost.activation_mib * 2**20 == saved_bytes(
        build_model(config), torch.randn(1, 3, 64, 64)
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"stem": "deep", "shortcut": "D"},
        {"block": "bottleneck", "groups": 4, "width_factor": 2},
        {"squeeze_reduction": 4},
        {"stochastic_depth": 0.4},
        {"norm": "group"},
        {"norm": "layer", "activation_order": "relu_only_pre"},
        {"norm": "none", "branch_scale": "skipinit"},
        {"norm": "none", "branch_scale": "fixup", "shortcut": "C"},
        {"block": "dense", "activation_order": "pre"},
        {"block": "dense_bottleneck", "activation_order": "pre", "compression": 0.5},
        {"block": "dense", "activation_order": "pre", "stem": "imagenet", "norm": "none"},
        {"skip_kind": "constant"},
        {"skip_kind": "exclusive_gate"},
        {"skip_kind": "shortcut_gate"},
        {"skip_kind": "dropout"},
        {"activation_order": "norm_after_add"},
        {"activation_order": "relu_before_add"},
    ],
    ids=str,
)
def test_activation_memory_of_every_option_is_what_autograd_keeps(changes):
    config = model_config("resnet8", **changes)
    measured = saved_bytes(build_model(config), torch.randn(1, 3, 32, 32))
    assert measure_cost(config, 32).activation_mib * 2**20 == measured


@pytest.mark.parametrize("name", list_models())
def test_layers_add_up_to_the_whole(name):
    config = model_config(name)
    cost = measure_cost(config, 32)
    model = build_on_meta(config)
    assert cost.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert cost.parameters == sum(layer.parameters for layer in cost.layers)
    assert cost.macs == sum(layer.macs for layer in cost.layers)
    assert cost.activation_mib * 2**20 == sum(layer.activation_bytes for layer in cost.layers)
    for layer in cost.layers:
        own = model.get_submodule(layer.path).parameters(recurse=False)
        assert layer.parameters == sum(parameter.numel() for parameter in own)


def test_layer_shapes_and_macs_by_hand():
    layers = {layer.path: layer for layer in measure_cost(model_config("resnet20"), 32).layers}
    assert layers["stem.conv"].output_shape == (16, 32, 32)
    assert layers["stem.conv"].macs == 16 * 32 * 32 * 3 * 9
    assert layers["stage2.0.conv1"].output_shape == (32, 16, 16)
    assert layers["stage2.0.conv1"].macs == 32 * 16 * 16 * 16 * 9
    assert layers["classifier"].output_shape == (10,)
    assert layers["classifier"].macs == 640
    assert layers["stem.act"].activation_bytes == 16 * 32 * 32 * 4
    assert layers["stage1.0.add"].activation_bytes == 0


def test_receptive_field_of_the_net_is_the_last_maps():
    # 1 + 2 (stem) + 12 at stride 1 + 2 + 10 * 2 at stride 2, + 4 + 10 * 4 at stride 4.
    assert measure_cost(model_config("resnet20"), 32).receptive_field_px == 3 + 12 + 22 + 44


def test_cost_of_the_deepest_net_needs_no_computing():
    started = time.process_time()
    cost = measure_cost(model_config("resnet1202", num_classes=11), 224)
    assert time.process_time() - started < 10
    assert len(cost.layers) > 4_000
