import pytest
import torch
from torch import nn

from resnet_core.errors import ConfigError
from resnet_core.models import (
    build_model,
    list_models,
    list_probe_points,
    model_config,
    weight_layers,
)
from resnet_core.models.nets import build_on_meta

SMALL = {"stage_blocks": (1, 1), "stage_widths": (4, 6), "stem_width": 4}
CONFIGS = {
    "post_a": model_config("resnet20", **SMALL),
    "post_b": model_config("resnet20", shortcut="B", **SMALL),
    "post_c_bottleneck": model_config("resnet20", shortcut="C", block="bottleneck", **SMALL),
    "plain": model_config("plain20", **SMALL),
    "no_norm": model_config("resnet20", norm="none", **SMALL),
    "pre_a": model_config("preact_resnet20", **SMALL),
    "pre_b_bottleneck": model_config("preact_resnet164", **SMALL),
    "imagenet_stem": model_config("resnet18", **SMALL),
    "gated": model_config(
        "resnet20", skip_kind="exclusive_gate", norm="group", stochastic_depth=0.5, **SMALL
    ),
    "resnet_d": model_config("resnet18", stem="deep", shortcut="D", **SMALL),
    "squeezed": model_config("resnet20", squeeze_reduction=2, **SMALL),
}


@pytest.fixture(params=CONFIGS, scope="module")
def net(request):
    return build_model(CONFIGS[request.param]).eval()


def forward_outputs(model, x):
    """Outputs of all modules but the net itself, in the order in which they finish."""
    outputs = {}
    handles = [
        module.register_forward_hook(
            lambda module, inputs, output, path=path: outputs.setdefault(path, output)
        )
        for path, module in model.named_modules()
        if path
    ]
    model(x)
    for handle in handles:
        handle.remove()
    return outputs


@pytest.mark.parametrize("side_px", [33, 64])
def test_probe_points_are_what_hooks_see(net, side_px):
    outputs = forward_outputs(net, torch.randn(1, 3, side_px, side_px))
    points = list_probe_points(net, side_px)
    assert [point.path for point in points] == list(outputs)
    for point in points:
        shape = tuple(outputs[point.path].shape[1:])
        assert (point.channels, *point.map_size_px)[: len(shape)] == shape, point.path


def test_probe_point_kinds_name_the_modules(net):
    kinds = {point.path: point.kind for point in list_probe_points(net, 32)}
    types = {
        "conv": nn.Conv2d,
        "norm": (nn.BatchNorm2d, nn.GroupNorm),
        "activation": (nn.ReLU, nn.Sigmoid),
        "linear": nn.Linear,
    }
    for path, kind in kinds.items():
        assert isinstance(net.get_submodule(path), types.get(kind, nn.Module)), path
    assert kinds["stem"] == "stem"
    assert kinds["stage2"] == "stage"
    assert kinds["stage2.0"] == "block"
    assert kinds["pool"] == "pool"
    is_residual = not net.config.is_plain
    assert (kinds.get("stage2.0.add") == "add") == is_residual
    assert (kinds.get("stage2.0.shortcut") == "shortcut") == is_residual


def measured_receptive_field(output, x, row):
    """Side of the square of input pixels whose gradient at one output position is not zero."""
    (gradient,) = torch.autograd.grad(output[0, :, row, row].sum(), x, retain_graph=True)
    touched = gradient[0].abs().sum(0) > 0
    rows, columns = touched.any(1).nonzero().flatten(), touched.any(0).nonzero().flatten()
    sides = {int(line[-1] - line[0]) + 1 for line in (rows, columns)}
    assert len(sides) == 1
    return sides.pop(), int(rows[0])


def test_receptive_field_is_the_reach_of_the_gradient(net):
    if net.config.squeeze_reduction or net.config.skip_kind != "identity":
        pytest.skip("gates shut where all weights are positive, or see the whole picture")
    # All weights and inputs are positive, so that no ReLU and no sum hides a path; the maximum
    # passes gradient to one pixel alone, so an average of the same window stands in for it.
    model = build_model(net.config).eval().double()
    if hasattr(model.stem, "pool"):
        model.stem.pool = nn.AvgPool2d(3, stride=2, padding=1)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                module.weight.abs_()
    x = torch.rand(1, 3, 112, 112, dtype=torch.float64).add(1).requires_grad_()
    outputs = forward_outputs(model, x)
    for point in list_probe_points(net, 112):
        if point.kind in ("pool", "linear") and point.map_size_px == (1, 1):
            continue
        middle = point.map_size_px[0] // 2
        side, start = measured_receptive_field(outputs[point.path], x, middle)
        _, next_start = measured_receptive_field(outputs[point.path], x, middle + 1)
        assert side == point.receptive_field_px, point.path
        assert next_start - start == point.stride_px, point.path


def test_pooled_features_reach_over_all_positions():
    model = build_model(CONFIGS["post_a"])
    last, pool, classifier = list_probe_points(model, 32)[-3:]
    assert pool.receptive_field_px == last.receptive_field_px + 15 * last.stride_px
    assert classifier.receptive_field_px == pool.receptive_field_px
    assert (classifier.channels, classifier.map_size_px) == (10, (1, 1))


def test_seed_net_ends_in_one_cell_and_its_cifar_form_does_not():
    maps = {
        name: [
            point.map_size_px[0]
            for point in list_probe_points(build_on_meta(model_config(name)), 32)
            if point.kind in ("stem", "stage")
        ]
        for name in ("resnet18", "resnet18_cifar")
    }
    assert maps == {"resnet18": [8, 8, 4, 2, 1], "resnet18_cifar": [32, 32, 16, 8, 4]}


@pytest.mark.parametrize("name", sorted(set(list_models()) - {"resnet1202", "preact_resnet1001"}))
def test_every_net_lists_all_its_modules(name):
    model = build_on_meta(model_config(name))
    paths = [point.path for point in list_probe_points(model, 32)]
    assert len(set(paths)) == len(paths)
    assert set(paths) == {path for path, _ in model.named_modules() if path}


def test_weight_layers_put_a_projection_after_its_blocks_convolutions():
    layers = weight_layers(build_on_meta(CONFIGS["post_c_bottleneck"]))
    block = [f"stage1.0.{name}" for name in ("conv1", "conv2", "conv3", "shortcut.conv")]
    assert layers[:5] == ("stem.conv", *block)
    assert layers[-1] == "classifier"


def test_weight_layers_are_the_weighted_operations_in_forward_order(net):
    points = list_probe_points(net, 32)
    weighted = tuple(point.path for point in points if point.kind in ("conv", "linear"))
    assert weight_layers(net) == weighted


def test_probe_points_refuse_a_picture_without_pixels(net):
    with pytest.raises(ConfigError, match="at least 1 px"):
        list_probe_points(net, 0)


def test_probe_points_work_down_to_one_pixel(net):
    assert list_probe_points(net, 1)[-1].path == "classifier"
