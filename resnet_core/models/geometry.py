"""The rules of an operation, one object for each kind of module: label, geometry, cost, formula.

A kind of module is registered where it is defined, or in `torch_operations` where it is torch's:

    @operation(Rules(kind="scale", label="x 0.5"))
    class Halving(nn.Module): ...
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from torch import nn

OperationKind = Literal[
    "conv", "norm", "activation", "shortcut", "add", "concat", "scale", "pool", "linear"
]
_Kind = TypeVar("_Kind", bound=type[nn.Module])

FLOAT_BYTES = 4
"""Of a float32."""


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

    @property
    def num_bytes(self) -> int:
        """Bytes of one picture's map, float32."""
        return self.numel * FLOAT_BYTES


def unchanged(module: nn.Module, x: Signal) -> Signal:
    """What leaves an operation that changes neither channels nor size."""
    return x


def nothing(module: nn.Module, output: Signal) -> int:
    """The cost of what costs nothing."""
    return 0


@dataclass(frozen=True, kw_only=True)
class Rules:
    """All that the lab knows of a kind of module; each function takes the module first."""

    kind: OperationKind
    """What it does, as diagrams colour it."""
    label: str | Callable[[Any], str]
    """What a diagram calls it in a few words, such as `3x3 conv 32 /2`."""
    propagate: Callable[..., Signal] = unchanged
    """What leaves it, from the signals that enter it."""
    macs: Callable[[Any, Signal], int] = nothing
    """Multiply-accumulates for one picture, from what leaves it; biases and scales count none."""
    keeps_inputs: bool = False
    """Whether backward needs the maps that entered."""
    keeps_output: bool = False
    """Whether backward needs the map that left."""
    extra_bytes: Callable[[Any, Signal], int] = nothing
    """What backward needs beside the maps, such as the places of maxima."""
    formula: str = r"\sigma"
    """The function's name in a block's formula, LaTeX."""
    initialise: Callable[[Any, int], object] | None = None
    """Fills its own parameters and buffers, from 32 random bits; `None` where it has none, or the
    net's law of initialisation fills them."""

    def label_of(self, module: nn.Module) -> str:
        """What a diagram calls this very module."""
        return self.label if isinstance(self.label, str) else self.label(module)


_RULES: dict[type[nn.Module], Rules] = {}


def operation(rules: Rules) -> Callable[[_Kind], _Kind]:
    """Registers a kind of module as an operation that nets may be made of."""

    def register(kind: _Kind) -> _Kind:
        assert kind not in _RULES, f"{kind.__name__} has rules already."
        _RULES[kind] = rules
        return kind

    return register


def find_rules(module: nn.Module) -> Rules | None:
    """The rules of a module's kind; `None` for a module that only holds others."""
    return _RULES.get(type(module))


def rules_of(module: nn.Module) -> Rules:
    """The rules of an operation's kind."""
    rules = find_rules(module)
    assert rules is not None, f"{type(module).__name__} is not registered as an operation."
    return rules


def slide(x: Signal, kernel_px: int, stride: int, padding_px: int) -> Signal:
    """Slides a window over a map."""
    height, width = ((side + 2 * padding_px - kernel_px) // stride + 1 for side in x.map_size_px)
    return dataclasses.replace(
        x,
        map_size_px=(height, width),
        receptive_field_px=x.receptive_field_px + (kernel_px - 1) * x.stride_px,
        stride_px=x.stride_px * stride,
    )


def widest(first: Signal, second: Signal) -> Signal:
    """Two signals joined position by position.

    Every window here is centred alike, so that the larger one holds the smaller.
    """
    largest = max(first.receptive_field_px, second.receptive_field_px)
    return dataclasses.replace(first, receptive_field_px=largest)


def stride_label(stride: int) -> str:
    """How labels say a stride: ` /2`, or nothing."""
    return f" /{stride}" if stride > 1 else ""
