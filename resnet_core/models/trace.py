"""A walk through a net without computing: its operations in forward order, with their geometry.

torch.fx records which operation feeds which, from the net's own `forward`; a rule per kind of
module then carries shape, receptive field and cost along.  Nothing is allocated, so that the 4,800
operations of resnet1202 take well under a second.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, singledispatch
from typing import Literal

import torch
from torch import fx, nn

from resnet_core.config import ModelConfig
from resnet_core.errors import ConfigError
from resnet_core.models.blocks import Addition, ZeroPadShortcut
from resnet_core.models.labels import operation_label
from resnet_core.models.nets import build_on_meta

OperationKind = Literal["conv", "norm", "activation", "shortcut", "add", "pool", "linear"]

_BYTES = 4
"""Of a float32."""
_INDEX_BYTES = 8
"""Of an int64: max-pooling remembers where each maximum was."""
_KINDS: dict[type[nn.Module], OperationKind] = {
    nn.Conv2d: "conv",
    nn.BatchNorm2d: "norm",
    nn.ReLU: "activation",
    nn.Identity: "shortcut",
    ZeroPadShortcut: "shortcut",
    Addition: "add",
    nn.MaxPool2d: "pool",
    nn.AdaptiveAvgPool2d: "pool",
    nn.Linear: "linear",
}
_KEEPERS = (nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d, nn.Linear)
"""Modules whose backward pass needs a map of the forward pass."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What flows between two operations."""

    channels: int
    """Channels, or features after the pooling."""
    map_size_px: tuple[int, int]
    """Height and width; (1, 1) after the pooling."""
    receptive_field_px: int
    """Side of the square of input pixels that one position can depend on, borders ignored."""
    stride_px: int
    """Input pixels between two neighbouring positions."""

    @property
    def numel(self) -> int:
        """Numbers in one picture's map."""
        return self.channels * self.map_size_px[0] * self.map_size_px[1]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of a net and what leaves it."""

    path: str
    """Dotted path of its module."""
    kind: OperationKind
    """What it does."""
    label: str
    """What a diagram calls it, such as `3x3 conv 32 /2`."""
    inputs: tuple[str, ...]
    """Paths of the operations that feed it, in the order of its arguments; "" is the picture."""
    output: Signal
    """What leaves it."""
    parameters: int
    """Numbers that it learns."""
    macs: int
    """Multiply-accumulates for one picture; biases, norms, pooling and additions count none."""
    activation_bytes: int
    """Bytes that autograd first keeps here for the backward pass, one picture, float32."""


@lru_cache(maxsize=64)
def trace_operations(config: ModelConfig, image_size_px: int) -> tuple[Operation, ...]:
    """Lists a net's operations in forward order for square pictures.

    Raises:
        ConfigError: for an image size below 1 px.
    """
    if image_size_px < 1:
        raise ConfigError(f"A picture has a side of at least 1 px, got {image_size_px}.")
    model = build_on_meta(config)
    walk = _Walk(modules=dict(model.named_modules()))
    picture = Signal(
        channels=config.in_channels,
        map_size_px=(image_size_px, image_size_px),
        receptive_field_px=1,
        stride_px=1,
    )
    return tuple(walk.operations(_Tracer().trace(model), picture))


class _Tracer(fx.Tracer):
    """Sees every module without children as one operation, ours included."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return next(m.children(), None) is None


@dataclass
class _Walk:
    modules: dict[str, nn.Module]
    signals: dict[fx.Node, Signal] = field(default_factory=dict)
    aliases: dict[fx.Node, fx.Node] = field(default_factory=dict)
    """Nodes that hand on another node's numbers, in the same memory."""
    kept: set[fx.Node] = field(default_factory=set)
    """Nodes whose output some operation keeps for backward already."""

    def operations(self, graph: fx.Graph, picture: Signal) -> Iterator[Operation]:
        for node in graph.nodes:
            nodes = [argument for argument in node.args if isinstance(argument, fx.Node)]
            inputs = [self.aliases.get(source, source) for source in nodes]
            sources = tuple(self._path(source) for source in nodes)
            if node.op == "placeholder":
                self.signals[node] = picture
            elif node.op == "call_module":
                yield self._operation(node, inputs, sources)
            elif node.target is torch.flatten:
                self.aliases[node] = inputs[0]
            else:
                assert node.op == "output", f"No rule for {node.op} {node.target}."

    def _path(self, node: fx.Node) -> str:
        """Path of the operation whose output a node is; a flattening is no operation."""
        if node.op == "call_module":
            return str(node.target)
        return self._path(self.aliases[node]) if node in self.aliases else ""

    def _operation(
        self, node: fx.Node, inputs: list[fx.Node], sources: tuple[str, ...]
    ) -> Operation:
        module = self.modules[str(node.target)]
        signals = [self.signals[source] for source in inputs]
        self.signals[node] = output = propagate(module, *signals)
        operation = Operation(
            path=str(node.target),
            kind=_KINDS[type(module)],
            label=operation_label(module),
            inputs=sources,
            output=output,
            parameters=sum(parameter.numel() for parameter in module.parameters()),
            macs=_macs(module, output),
            activation_bytes=self._keep(module, node, inputs[0]) + _extra_bytes(module, output),
        )
        if isinstance(module, nn.Identity):
            self.aliases[node] = inputs[0]
        return operation

    def _keep(self, module: nn.Module, node: fx.Node, source: fx.Node) -> int:
        """Bytes of the map that backward needs: ReLU's output, the others' input."""
        if not isinstance(module, _KEEPERS):
            return 0
        kept = node if isinstance(module, nn.ReLU) else source
        if kept in self.kept:
            return 0
        self.kept.add(kept)
        return self.signals[kept].numel * _BYTES


@singledispatch
def propagate(module: nn.Module, *inputs: Signal) -> Signal:
    """Gives what leaves a module from what enters it; a new kind of module registers its rule."""
    raise NotImplementedError(f"{type(module).__name__} has no rule in {__name__}.propagate.")


@propagate.register
def _(module: nn.BatchNorm2d, x: Signal) -> Signal:
    return x


@propagate.register
def _(module: nn.ReLU, x: Signal) -> Signal:
    return x


@propagate.register
def _(module: nn.Identity, x: Signal) -> Signal:
    return x


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
def _(module: ZeroPadShortcut, x: Signal) -> Signal:
    channels = x.channels + module.before + module.after
    return dataclasses.replace(_slide(x, 1, module.stride, 0), channels=channels)


@propagate.register
def _(module: Addition, branch: Signal, shortcut: Signal) -> Signal:
    # Every window here is centred alike, so that the larger one holds the smaller.
    largest = max(branch.receptive_field_px, shortcut.receptive_field_px)
    return dataclasses.replace(branch, receptive_field_px=largest)


@propagate.register
def _(module: nn.AdaptiveAvgPool2d, x: Signal) -> Signal:
    return _slide(x, max(x.map_size_px), max(x.map_size_px), 0)


@propagate.register
def _(module: nn.Linear, x: Signal) -> Signal:
    return dataclasses.replace(x, channels=module.out_features)


def _slide(x: Signal, kernel_px: int, stride: int, padding_px: int) -> Signal:
    """Slides a window over a map."""
    height, width = ((side + 2 * padding_px - kernel_px) // stride + 1 for side in x.map_size_px)
    return dataclasses.replace(
        x,
        map_size_px=(height, width),
        receptive_field_px=x.receptive_field_px + (kernel_px - 1) * x.stride_px,
        stride_px=x.stride_px * stride,
    )


def _macs(module: nn.Module, output: Signal) -> int:
    if isinstance(module, nn.Conv2d | nn.Linear):
        return output.numel * module.weight[0].numel()
    return 0


def _extra_bytes(module: nn.Module, output: Signal) -> int:
    """What backward needs beside the maps: batch mean and deviation, places of the maxima."""
    if isinstance(module, nn.BatchNorm2d):
        return 2 * output.channels * _BYTES
    if isinstance(module, nn.MaxPool2d):
        return output.numel * _INDEX_BYTES
    return 0
