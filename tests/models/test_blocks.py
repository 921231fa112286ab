# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportAttributeAccessIssue=false, reportIndexIssue=false
import pytest
import torch
from torch.nn import functional

from resnet_core.config import ModelConfig
from resnet_core.models.blocks import (
    Addition,
    BlockShape,
    ZeroPadShortcut,
    build_block,
)
from tests.gradients import gradient_of


def maps(channels=4, side_px=7, seed=0):
    return torch.randn(2, channels, side_px, side_px, generator=torch.Generator().manual_seed(seed))


def block(shape, **changes):
    torch.manual_seed(0)
    return build_block(
        ModelConfig(name="test", stage_blocks=(1,), stage_widths=(64,), **changes), shape
    )


def normalise(x, norm):
    """Batch normalisation written out, biased variance."""
    mean = x.mean((0, 2, 3), keepdim=True)
    variance = x.var((0, 2, 3), unbiased=False, keepdim=True)
    scale, offset = norm.weight[:, None, None], norm.bias[:, None, None]
    return (x - mean) / torch.sqrt(variance + norm.eps) * scale + offset


def convolve(x, conv):
    return functional.conv2d(x, conv.weight, None, conv.stride, conv.padding)


def test_post_activation_block_computes_the_2015_formula():
    unit = block(BlockShape(in_channels=4, width=4, out_channels=4), skip_strength=0.7)
    x = maps()
    inner = normalise(convolve(x, unit.conv1), unit.norm1).clamp(min=0)
    expected = (normalise(convolve(inner, unit.conv2), unit.norm2) + 0.7 * x).clamp(min=0)
    torch.testing.assert_close(unit(x), expected)


def test_pre_activation_block_computes_the_2016_formula():
    unit = block(BlockShape(in_channels=4, width=4, out_channels=4), activation_order="pre")
    x = maps()
    inner = convolve(normalise(x, unit.norm1).clamp(min=0), unit.conv1)
    expected = convolve(normalise(inner, unit.norm2).clamp(min=0), unit.conv2) + x
    torch.testing.assert_close(unit(x), expected)


@pytest.mark.parametrize(
    "shape",
    [
        BlockShape(in_channels=4, width=4, out_channels=4, is_first=True),
        BlockShape(in_channels=4, width=8, out_channels=8, stride=2),
    ],
    ids=["first", "downsampling"],
)
def test_pre_activation_block_shares_its_first_activation(shape):
    unit = block(shape, activation_order="pre", shortcut="B")
    x = maps()
    shared = normalise(x, unit.norm1).clamp(min=0)
    inner = convolve(shared, unit.conv1)
    branch = convolve(normalise(inner, unit.norm2).clamp(min=0), unit.conv2)
    shortcut = convolve(shared, unit.shortcut.conv) if shape.changes_shape else shared
    torch.testing.assert_close(unit(x), branch + shortcut)


def test_bottleneck_strides_on_its_3x3():
    unit = block(BlockShape(in_channels=4, width=2, out_channels=8, stride=2), block="bottleneck")
    strides = [conv.stride[0] for conv in (unit.conv1, unit.conv2, unit.conv3)]
    kernels = [conv.kernel_size[0] for conv in (unit.conv1, unit.conv2, unit.conv3)]
    assert (strides, kernels) == ([1, 2, 1], [1, 3, 1])


@pytest.mark.parametrize(("order", "last"), [("post", "act3"), ("pre", "add")])
def test_modules_stand_in_forward_order(order, last):
    unit = block(
        BlockShape(in_channels=4, width=2, out_channels=8),
        block="bottleneck",
        activation_order=order,
    )
    called = []
    for name, module in unit.named_children():
        module.register_forward_hook(lambda *_, name=name: called.append(name))
    unit(maps())
    assert called == [name for name, _ in unit.named_children()]
    assert called[-1] == last


def test_zero_pad_shortcut_takes_every_second_pixel_between_zeros():
    x = maps(channels=3)
    out = ZeroPadShortcut(3, 6, stride=2)(x)
    assert out.shape == (2, 6, 4, 4)
    assert torch.equal(out[:, 1:4], x[:, :, ::2, ::2])
    assert not out[:, :1].any()
    assert not out[:, 4:].any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_zero_pad_shortcut_keeps_layout_and_dtype(dtype):
    x = maps(side_px=8).to(dtype=dtype, memory_format=torch.channels_last)
    out = ZeroPadShortcut(4, 8, stride=2)(x)
    assert out.dtype == dtype
    assert out.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_addition_scales_the_shortcut_alone(alpha):
    branch, shortcut = maps(seed=1).requires_grad_(), maps(seed=2).requires_grad_()
    out = Addition(alpha)(branch, shortcut)
    out.sum().backward()
    torch.testing.assert_close(out, branch + alpha * shortcut)
    assert torch.equal(gradient_of(branch), torch.ones_like(branch))
    assert torch.equal(gradient_of(shortcut), torch.full_like(shortcut, alpha))
    assert out.data_ptr() not in (branch.data_ptr(), shortcut.data_ptr())


def test_full_skip_adds_no_multiplication():
    out = Addition(1.0)(maps(seed=1).requires_grad_(), maps(seed=2))
    assert type(out.grad_fn).__name__ == "AddBackward0"


def test_shortcut_shrinks_odd_maps_as_the_branch_does():
    unit = block(BlockShape(in_channels=4, width=8, out_channels=8, stride=2))
    assert unit(maps(side_px=7)).shape == (2, 8, 4, 4)
