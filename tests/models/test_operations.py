# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportAttributeAccessIssue=false, reportCallIssue=false, reportIndexIssue=false
import numpy as np
import pytest
import torch
import torchvision

from resnet_core.data.randomness import random_bits
from resnet_core.models import build_model, model_config
from resnet_core.models.blocks import BlockShape, build_block, build_norm
from resnet_core.models.noise import Dropout, StochasticDepth, draw_on_device
from resnet_core.models.operations import (
    Gating,
    LearnedScale,
    SqueezeExcitation,
)
from tests.models.test_blocks import block, convolve, maps, normalise

SAME = BlockShape(in_channels=4, width=4, out_channels=4)


def tiny(**changes):
    return model_config(
        "resnet20", stage_blocks=(1, 2), stage_widths=(4, 8), stem_width=4, **changes
    )


def gate_of(unit, x):
    conv = unit.shortcut_gate.conv
    return torch.sigmoid(torch.nn.functional.conv2d(x, conv.weight, conv.bias))


def branch_of(unit, x):
    inner = normalise(convolve(x, unit.conv1), unit.norm1).clamp(min=0)
    return normalise(convolve(inner, unit.conv2), unit.norm2)


def test_constant_scaling_halves_branch_and_shortcut():
    unit, x = block(SAME, skip_kind="constant"), maps()
    torch.testing.assert_close(unit(x), (0.5 * branch_of(unit, x) + 0.5 * x).clamp(min=0))


def test_exclusive_gate_shares_out_between_branch_and_shortcut():
    unit, x = block(SAME, skip_kind="exclusive_gate"), maps()
    gate = gate_of(unit, x)
    expected = (branch_of(unit, x) * gate + x * (1 - gate)).clamp(min=0)
    torch.testing.assert_close(unit(x), expected)


def test_shortcut_only_gate_leaves_the_branch_alone():
    unit, x = block(SAME, skip_kind="shortcut_gate"), maps()
    expected = (branch_of(unit, x) + x * (1 - gate_of(unit, x))).clamp(min=0)
    torch.testing.assert_close(unit(x), expected)


def test_gates_start_nearly_shut():
    model = build_model(tiny(skip_kind="shortcut_gate"))
    biases = [m.bias for p, m in model.named_modules() if p.endswith("shortcut_gate.conv")]
    assert len(biases) == 3
    assert all(bias.eq(-6).all() for bias in biases)


def test_norm_after_addition_is_figure_4b():
    unit, x = block(SAME, activation_order="norm_after_add"), maps()
    inner = normalise(convolve(x, unit.conv1), unit.norm1).clamp(min=0)
    joined = convolve(inner, unit.conv2) + x
    torch.testing.assert_close(unit(x), normalise(joined, unit.norm2).clamp(min=0))


def test_relu_before_addition_is_figure_4c():
    unit, x = block(SAME, activation_order="relu_before_add"), maps()
    torch.testing.assert_close(unit(x), branch_of(unit, x).clamp(min=0) + x)


def test_relu_only_preactivation_is_figure_4d():
    unit, x = block(SAME, activation_order="relu_only_pre"), maps()
    inner = normalise(convolve(x.clamp(min=0), unit.conv1), unit.norm1).clamp(min=0)
    torch.testing.assert_close(unit(x), normalise(convolve(inner, unit.conv2), unit.norm2) + x)


def test_relu_only_preactivation_ends_in_one_activation():
    model = build_model(tiny(activation_order="relu_only_pre"))
    assert not hasattr(model, "final_norm")
    x = maps(channels=4)
    assert torch.equal(model.finish(x), x.clamp(min=0))


def test_squeeze_excitation_is_torchvisions():
    ours, theirs = SqueezeExcitation(8, 2), torchvision.ops.SqueezeExcitation(8, 4)
    names = {"reduce": "fc1", "expand": "fc2"}
    theirs.load_state_dict(
        {f"{names[k.split('.')[0]]}.{k.split('.')[1]}": v for k, v in ours.state_dict().items()}
    )
    x = maps(channels=8)
    torch.testing.assert_close(ours(x), theirs(x))


def test_deep_stem_and_averaged_shortcut_are_resnet_d():
    config = model_config("resnet50_d")
    model = build_model(tiny(stem="deep", shortcut="D"))
    kernels = [m.kernel_size for m in model.stem if isinstance(m, torch.nn.Conv2d)]
    assert kernels == [(3, 3)] * 3
    assert next(m.stride for m in model.stem if isinstance(m, torch.nn.Conv2d)) == (2, 2)
    assert (config.stem, config.shortcut) == ("deep", "D")
    shortcut, x = model.stage2[0].shortcut.eval(), maps(channels=4, side_px=6)
    means = x.unfold(2, 2, 2).unfold(3, 2, 2).mean((-1, -2))
    expected = shortcut.norm(convolve(means, shortcut.conv))
    torch.testing.assert_close(shortcut(x), expected)


def test_averaged_shortcut_shrinks_odd_maps_as_the_branch_does():
    shape = BlockShape(in_channels=4, width=8, out_channels=8, stride=2)
    assert block(shape, shortcut="D")(maps(side_px=7)).shape == (2, 8, 4, 4)


@pytest.mark.parametrize(
    ("channels", "groups"), [(3, 1), (6, 1), (12, 3), (16, 4), (64, 16), (256, 32), (2048, 32)]
)
def test_groups_have_four_channels_or_more_and_divide(channels, groups):
    assert build_norm(model_config("resnet20", norm="group"), channels).num_groups == groups
    assert build_norm(model_config("resnet20", norm="layer"), channels).num_groups == 1


def test_skipinit_starts_every_block_as_its_shortcut():
    unit = block(SAME, branch_scale="skipinit", norm="none", activation_order="pre")
    x = maps()
    assert torch.equal(unit(x), x)
    unit.scale.weight.data.fill_(1.0)
    assert not torch.equal(unit(x), x)
    assert LearnedScale().weight.item() == 0.0


def test_deep_net_without_norm_keeps_its_signal_with_skipinit_alone():
    def spread(**changes):
        model = build_model(model_config("resnet56", norm="none", **changes))
        pictures = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            stem = model.stem(pictures).std()
            return (model.features(pictures).std() / stem).item()

    assert spread() > 1e3
    # What is left is the zero padding: three quarters of the last channels are empty.
    assert 0.2 < spread(branch_scale="skipinit") < 1.1


def test_stochastic_depth_grows_linearly_to_the_last_block():
    model = build_model(model_config("resnet20", stochastic_depth=0.5))
    shares = [m.drop_share for m in model.modules() if isinstance(m, StochasticDepth)]
    assert shares == pytest.approx([0.5 * number / 9 for number in range(1, 10)])


@pytest.mark.parametrize("kind", [StochasticDepth, Dropout])
def test_noise_keeps_the_mean_and_rests_in_evaluation(kind):
    module, ones = kind(0.25), torch.ones(4000, 2, 1, 1)
    out = module(ones)
    assert out.unique().tolist() == pytest.approx([0.0, 4 / 3])
    assert out.mean().item() == pytest.approx(1.0, abs=0.03)
    assert module.eval()(ones) is ones


def test_stochastic_depth_drops_whole_pictures():
    out = StochasticDepth(0.5)(torch.ones(64, 3, 2, 2))
    assert all(picture.unique().numel() == 1 for picture in out)
    assert 10 < int((out[:, 0, 0, 0] == 0).sum()) < 54


@pytest.mark.parametrize("key", [0, 1, 12345, -(2**63), 2**63 - 1])
def test_draw_on_device_is_splitmix64_of_the_key(key):
    drawn = draw_on_device((3, 50), torch.tensor(key)).numpy()
    expected = (random_bits(150, key) >> np.uint64(40)) / 2.0**24
    np.testing.assert_array_equal(drawn, expected.reshape(3, 50).astype(np.float32))


def test_draw_on_device_is_even():
    drawn = draw_on_device((100_000,), torch.tensor(7))
    assert drawn.min() >= 0 and drawn.max() < 1
    shares = torch.histc(drawn, 10, 0, 1) / len(drawn)
    assert (shares - 0.1).abs().max() < 4 * (0.1 * 0.9 / len(drawn)) ** 0.5


def test_noise_goes_on_where_saved_weights_left_it():
    config = tiny(stochastic_depth=0.5, skip_kind="dropout")
    model, x = build_model(config, seed=1), maps(channels=3, side_px=8)
    state = {key: value.clone() for key, value in model.state_dict().items()}
    before = torch.get_rng_state()
    first, second = model(x), model(x)
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(first, second)
    again = build_model(config, seed=2)
    again.load_state_dict(state)
    assert torch.equal(again(x), first)
    assert torch.equal(again(x), second)


def test_two_blocks_and_two_seeds_drop_different_pictures():
    draws = [
        int(module.draws)
        for seed in (0, 1)
        for module in build_model(tiny(stochastic_depth=0.5), seed=seed).modules()
        if isinstance(module, StochasticDepth)
    ]
    assert len(set(draws)) == len(draws) == 6


def test_grouped_convolution_sees_its_own_channels_alone():
    shape = BlockShape(in_channels=4, width=4, out_channels=16)
    config = model_config(
        "resnet20", block="bottleneck", groups=4, stage_widths=(4, 8, 16), stem_width=4
    )
    unit = build_block(config, shape)
    assert unit.conv2.weight.shape == (4, 1, 3, 3)


def test_gating_takes_the_gate_or_its_complement():
    x, gate = maps(), torch.rand(2, 4, 1, 1)
    assert torch.equal(Gating()(x, gate), x * gate)
    assert torch.equal(Gating(complement=True)(x, gate), x * (1 - gate))
