"""What one operation of a net is called in a diagram or a table."""

from functools import singledispatch

from torch import nn

from resnet_core.models.operations import (
    Addition,
    Concatenation,
    Dropout,
    Gating,
    Halving,
    LearnedScale,
    LearnedShift,
    StochasticDepth,
    TransitionPooling,
    ZeroPadShortcut,
)

_FIXED: dict[type[nn.Module], str] = {
    nn.BatchNorm2d: "batch norm",
    nn.ReLU: "ReLU",
    nn.Sigmoid: "sigmoid",
    nn.Identity: "identity",
    nn.AdaptiveAvgPool2d: "global average",
    Halving: "x 0.5",
    Concatenation: "append",
    LearnedScale: "x learned",
    LearnedShift: "+ learned",
    TransitionPooling: "2x2 average /2",
    StochasticDepth: "stochastic depth",
    Dropout: "dropout",
}


@singledispatch
def operation_label(module: nn.Module) -> str:
    """Names an operation in a few words, such as `3x3 conv 32 /2`; `/2` is its stride.

    A convolution in groups is named like ResNeXt's: `3x3 conv 32x4d` has 32 groups of 4 channels.
    """
    return _FIXED[type(module)]


@operation_label.register
def _(module: nn.Conv2d) -> str:
    kernel_px, channels = module.kernel_size[0], f"{module.out_channels}"
    if module.groups > 1:  # as ResNeXt's names have it: 32x4d is 32 groups of 4 channels
        channels = f"{module.groups}x{module.out_channels // module.groups}d"
    return f"{kernel_px}x{kernel_px} conv {channels}{_stride(module.stride[0])}"


@operation_label.register
def _(module: nn.GroupNorm) -> str:
    return "layer norm" if module.num_groups == 1 else f"group norm, {module.num_groups}"


@operation_label.register
def _(module: Gating) -> str:
    return "x (1 - gate)" if module.complement else "x gate"


@operation_label.register
def _(module: nn.AvgPool2d) -> str:
    return f"{module.kernel_size}x{module.kernel_size} average /{module.kernel_size}"


@operation_label.register
def _(module: ZeroPadShortcut) -> str:
    return f"zero pad +{module.before + module.after}{_stride(module.stride)}"


@operation_label.register
def _(module: Addition) -> str:
    return "+" if module.skip_strength == 1.0 else f"+ {module.skip_strength:g} x"


@operation_label.register
def _(module: nn.MaxPool2d) -> str:
    assert isinstance(module.kernel_size, int)
    assert isinstance(module.stride, int)
    return f"{module.kernel_size}x{module.kernel_size} max pool{_stride(module.stride)}"


@operation_label.register
def _(module: nn.Linear) -> str:
    return f"linear {module.out_features}"


def _stride(stride: int) -> str:
    return f" /{stride}" if stride > 1 else ""
