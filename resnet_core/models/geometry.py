"""Rules for each kind of module: what leaves it, what it costs, what backward keeps of it."""

import dataclasses
from dataclasses import dataclass
from functools import singledispatch
from typing import Literal

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

OperationKind = Literal[
    "conv", "norm", "activation", "shortcut", "add", "concat", "scale", "pool", "linear"
]

_BYTES = 4
"""Of a float32."""
_INDEX_BYTES = 8
"""Of an int64: max-pooling remembers where each maximum was."""
_KINDS: dict[type[nn.Module], OperationKind] = {
    nn.Conv2d: "conv",
    nn.BatchNorm2d: "norm",
    nn.GroupNorm: "norm",
    nn.ReLU: "activation",
    nn.Sigmoid: "activation",
    nn.Identity: "shortcut",
    ZeroPadShortcut: "shortcut",
    Addition: "add",
    Concatenation: "concat",
    Halving: "scale",
    LearnedScale: "scale",
    LearnedShift: "scale",
    Gating: "scale",
    StochasticDepth: "scale",
    Dropout: "scale",
    nn.MaxPool2d: "pool",
    nn.AvgPool2d: "pool",
    TransitionPooling: "pool",
    nn.AdaptiveAvgPool2d: "pool",
    nn.Linear: "linear",
}
_KEEPS_INPUTS = (
    nn.Conv2d,
    nn.BatchNorm2d,
    nn.GroupNorm,
    nn.MaxPool2d,
    nn.AvgPool2d,
    TransitionPooling,
    nn.Linear,
    LearnedScale,
    Gating,
)
_KEEPS_OUTPUT = (nn.ReLU, nn.Sigmoid)


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What flows between two operations."""

    channels: int
    """Channels, or features after the pooling."""
    map_size_px: tuple[int, int]
    """Height and width; (1, 1) after the pooling."""
    receptive_field_px: int
    """Side of the square of input pixels that one position can depend on; borders are ignored, and
    so are gates that weigh whole channels."""
    stride_px: int
    """Input pixels between two neighbouring positions."""

    @property
    def numel(self) -> int:
        """Numbers in one picture's map."""
        return self.channels * self.map_size_px[0] * self.map_size_px[1]


def operation_kind(module: nn.Module) -> OperationKind:
    """Says what a module does."""
    return _KINDS[type(module)]


@singledispatch
def propagate(module: nn.Module, *inputs: Signal) -> Signal:
    """Gives what leaves a module from what enters it: unchanged, unless its kind has a rule."""
    assert type(module) in _KINDS, f"{type(module).__name__} is unknown to {__name__}."
    return inputs[0]


@propagate.register
def _(module: nn.Conv2d, x: Signal) -> Signal:
    kernel_px, stride, padding = module.kernel_size[0], module.stride[0], int(module.padding[0])
    return dataclasses.replace(_slide(x, kernel_px, stride, padding), channels=module.out_channels)


@propagate.register
def _(module: nn.MaxPool2d, x: Signal) -> Signal:
    assert isinstance(module.kernel_size, int)
    assert isinstance(module.stride, int)
    assert isinstance(module.padding, int)
    return _slide(x, module.kernel_size, module.stride, module.padding)


@propagate.register
def _(module: nn.AvgPool2d, x: Signal) -> Signal:
    assert isinstance(module.kernel_size, int)
    assert module.ceil_mode
    height, width = (-(-side // module.kernel_size) for side in x.map_size_px)
    return dataclasses.replace(
        _slide(x, module.kernel_size, module.kernel_size, 0), map_size_px=(height, width)
    )


@propagate.register
def _(module: TransitionPooling, x: Signal) -> Signal:
    return _slide(x, 2, 2, 0)


@propagate.register
def _(module: ZeroPadShortcut, x: Signal) -> Signal:
    channels = x.channels + module.before + module.after
    return dataclasses.replace(_slide(x, 1, module.stride, 0), channels=channels)


@propagate.register
def _(module: Addition, branch: Signal, shortcut: Signal) -> Signal:
    return _widest(branch, shortcut)


@propagate.register
def _(module: Concatenation, x: Signal, new: Signal) -> Signal:
    return dataclasses.replace(_widest(x, new), channels=x.channels + new.channels)


@propagate.register
def _(module: Gating, x: Signal, gate: Signal) -> Signal:
    # A gate for whole channels sees the whole picture, and would make every later field as large.
    is_global = gate.map_size_px == (1, 1) != x.map_size_px
    return x if is_global else _widest(x, gate)


@propagate.register
def _(module: nn.AdaptiveAvgPool2d, x: Signal) -> Signal:
    return _slide(x, max(x.map_size_px), max(x.map_size_px), 0)


@propagate.register
def _(module: nn.Linear, x: Signal) -> Signal:
    return dataclasses.replace(x, channels=module.out_features)


def _widest(first: Signal, second: Signal) -> Signal:
    """Two signals joined position by position.

    Every window here is centred alike, so that the larger one holds the smaller.
    """
    largest = max(first.receptive_field_px, second.receptive_field_px)
    return dataclasses.replace(first, receptive_field_px=largest)


def _slide(x: Signal, kernel_px: int, stride: int, padding_px: int) -> Signal:
    """Slides a window over a map."""
    height, width = ((side + 2 * padding_px - kernel_px) // stride + 1 for side in x.map_size_px)
    return dataclasses.replace(
        x,
        map_size_px=(height, width),
        receptive_field_px=x.receptive_field_px + (kernel_px - 1) * x.stride_px,
        stride_px=x.stride_px * stride,
    )


def count_macs(module: nn.Module, output: Signal) -> int:
    """Multiply-accumulates for one picture; biases, norms, pooling and scales count none."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        return output.numel * module.weight[0].numel()
    return 0


def keeps_inputs(module: nn.Module) -> bool:
    """Whether backward needs the maps that entered."""
    return isinstance(module, _KEEPS_INPUTS)


def keeps_output(module: nn.Module) -> bool:
    """Whether backward needs the map that left."""
    return isinstance(module, _KEEPS_OUTPUT)


def map_bytes(signal: Signal) -> int:
    """Bytes of one picture's map, float32."""
    return signal.numel * _BYTES


def extra_bytes(module: nn.Module, output: Signal) -> int:
    """What backward needs beside the maps: means and deviations, places of maxima, masks."""
    if isinstance(module, nn.BatchNorm2d):
        return 2 * output.channels * _BYTES
    if isinstance(module, nn.GroupNorm):
        return 2 * module.num_groups * _BYTES
    if isinstance(module, nn.MaxPool2d):
        return output.numel * _INDEX_BYTES
    if isinstance(module, Dropout):
        return map_bytes(output)
    if isinstance(module, StochasticDepth):
        return _BYTES
    if isinstance(module, Gating) and module.complement:
        return map_bytes(output)  # 1 - g is a map of its own
    return 0
