"""A walk through a net without computing: its operations in forward order, with their geometry.

torch.fx records which operation feeds which, from the net's own `forward`; a rule per kind of
module then carries shape, receptive field and cost along.  Nothing is allocated, so that the 4,800
operations of resnet1202 take well under a second.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch import fx, nn

from resnet_core.config import Intervention, ModelConfig
from resnet_core.errors import ConfigError
from resnet_core.models import torch_operations  # noqa: F401 (registers torch's own)
from resnet_core.models.geometry import OperationKind, Rules, Signal, rules_of
from resnet_core.models.interventions import apply_interventions
from resnet_core.models.nets import build_on_meta
from resnet_core.models.picture_size import smallest_picture_px


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
def trace_operations(
    config: ModelConfig, image_size_px: int, interventions: tuple[Intervention, ...] = ()
) -> tuple[Operation, ...]:
    """Lists a net's operations in forward order for square pictures.

    Args:
        config: the net.
        image_size_px: side of its pictures.
        interventions: what was done to it since it was built.

    Raises:
        ConfigError: for a picture too small for the net; the message names the smallest.
    """
    _check_size(config, image_size_px)
    model = build_on_meta(config)
    apply_interventions(model, interventions)
    walk = _Walk(modules=dict(model.named_modules()))
    picture = Signal(
        channels=config.in_channels,
        map_size_px=(image_size_px, image_size_px),
        receptive_field_px=1,
        stride_px=1,
    )
    with _TRACING:
        graph = _Tracer().trace(model)
    return tuple(walk.operations(graph, picture))


def last_maps(operations: Sequence[Operation]) -> Operation:
    """The operation before the global pooling."""
    index = next(i for i, operation in enumerate(operations) if operation.path == "pool")
    return operations[index - 1]


def _check_size(config: ModelConfig, image_size_px: int) -> None:
    if image_size_px < 1:
        raise ConfigError(f"A picture has a side of at least 1 px, got {image_size_px}.")
    least_px = smallest_picture_px(config)
    if config.is_dense and image_size_px < least_px:
        raise ConfigError(
            f"A picture of {image_size_px} px is too small for {config.name}, whose transitions "
            f"halve the maps {len(config.stage_blocks) - 1} times: take one of at least "
            f"{least_px} px."
        )


_TRACING = threading.Lock()
"""Two traces at once would each take the other's changes to `nn.Module` for the original."""


class _Tracer(fx.Tracer):
    """Sees every module without children as one operation, ours included.

    While torch.fx traces, it answers the calls of all modules of the process; those that other
    threads make, such as a net that explains a picture meanwhile, are passed on untouched.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return next(m.children(), None) is None

    def call_module(
        self,
        m: nn.Module,
        forward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


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
        rules = rules_of(module)
        self.signals[node] = output = rules.propagate(module, *signals)
        extra_bytes = rules.extra_bytes(module, output)
        operation = Operation(
            path=str(node.target),
            kind=rules.kind,
            label=rules.label_of(module),
            inputs=sources,
            output=output,
            parameters=sum(parameter.numel() for parameter in module.parameters()),
            macs=rules.macs(module, output),
            activation_bytes=self._keep(rules, node, inputs) + extra_bytes,
        )
        if isinstance(module, nn.Identity):
            self.aliases[node] = inputs[0]
        return operation

    def _keep(self, rules: Rules, node: fx.Node, sources: list[fx.Node]) -> int:
        """Bytes of the maps that backward needs and no operation has kept yet."""
        needed = set(sources) if rules.keeps_inputs else set()
        if rules.keeps_output:
            needed.add(node)
        new = needed - self.kept
        self.kept |= new
        return sum(self.signals[kept].num_bytes for kept in new)
