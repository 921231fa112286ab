"""The rules of torch's own modules."""

import dataclasses
from typing import Any

from torch import nn

from resnet_core.models.geometry import (
    FLOAT_BYTES,
    Rules,
    Signal,
    operation,
    slide,
    stride_label,
)

_INDEX_BYTES = 8
"""Of an int64: max-pooling remembers where each maximum was."""


def _weigh(module: nn.Conv2d | nn.Linear, output: Signal) -> int:
    return output.numel * module.weight[0].numel()


def _convolution_label(module: nn.Conv2d) -> str:
    kernel_px, channels = module.kernel_size[0], f"{module.out_channels}"
    if module.groups > 1:  # as ResNeXt's names have it: 32x4d is 32 groups of 4 channels
        channels = f"{module.groups}x{module.out_channels // module.groups}d"
    return f"{kernel_px}x{kernel_px} conv {channels}{stride_label(module.stride[0])}"


def _convolve(module: nn.Conv2d, x: Signal) -> Signal:
    kernel_px, stride, padding = module.kernel_size[0], module.stride[0], int(module.padding[0])
    return dataclasses.replace(slide(x, kernel_px, stride, padding), channels=module.out_channels)


def _average(module: Any, x: Signal) -> Signal:
    assert module.ceil_mode
    height, width = (-(-side // module.kernel_size) for side in x.map_size_px)
    return dataclasses.replace(
        slide(x, module.kernel_size, module.kernel_size, 0), map_size_px=(height, width)
    )


operation(
    Rules(
        kind="conv",
        label=_convolution_label,
        propagate=_convolve,
        macs=_weigh,
        keeps_inputs=True,
        formula="W",
    )
)(nn.Conv2d)
operation(
    Rules(
        kind="norm",
        label="batch norm",
        keeps_inputs=True,
        extra_bytes=lambda module, output: 2 * output.channels * FLOAT_BYTES,
        formula=r"\mathrm{BN}",
    )
)(nn.BatchNorm2d)
operation(
    Rules(
        kind="norm",
        label=lambda module: (
            "layer norm" if module.num_groups == 1 else f"group norm, {module.num_groups}"
        ),
        keeps_inputs=True,
        extra_bytes=lambda module, output: 2 * module.num_groups * FLOAT_BYTES,
        formula=r"\mathrm{GN}",
    )
)(nn.GroupNorm)
operation(Rules(kind="activation", label="ReLU", keeps_output=True))(nn.ReLU)
operation(Rules(kind="activation", label="sigmoid", keeps_output=True))(nn.Sigmoid)
operation(Rules(kind="shortcut", label="identity"))(nn.Identity)
operation(
    Rules(
        kind="pool",
        label=lambda module: (
            f"{module.kernel_size}x{module.kernel_size} max pool{stride_label(module.stride)}"
        ),
        propagate=lambda module, x: slide(x, module.kernel_size, module.stride, module.padding),
        keeps_inputs=True,
        extra_bytes=lambda module, output: output.numel * _INDEX_BYTES,
    )
)(nn.MaxPool2d)
operation(
    Rules(
        kind="pool",
        label=lambda module: (
            f"{module.kernel_size}x{module.kernel_size} average /{module.kernel_size}"
        ),
        propagate=_average,
        keeps_inputs=True,
    )
)(nn.AvgPool2d)
operation(
    Rules(
        kind="pool",
        label="global average",
        propagate=lambda module, x: slide(x, max(x.map_size_px), max(x.map_size_px), 0),
    )
)(nn.AdaptiveAvgPool2d)
operation(
    Rules(
        kind="linear",
        label=lambda module: f"linear {module.out_features}",
        propagate=lambda module, x: dataclasses.replace(x, channels=module.out_features),
        macs=_weigh,
        keeps_inputs=True,
    )
)(nn.Linear)
