"""What any net costs, module by module: parameters, multiply-accumulates, memory in training.

Nothing is written down of any kind of layer: the products are counted as torch makes them, and the
memory is what autograd keeps for the backward pass, by a pass of shapes on torch's meta device.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from resnet_core.errors import ProbeError
from resnet_core.models.geometry import find_rules
from resnet_core.others.building import build_shapes
from resnet_core.others.code import quoted
from resnet_core.others.requests import OtherRequest
from resnet_core.probes.every_module import every_module

_FEW, _MORE = 2, 4
"""Pictures of the two passes, whose difference belongs to pictures alone."""
_MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class OtherLayerCost:
    """Cost of one module for one picture, without that of the modules within it."""

    path: str
    """Dotted path; empty for the net itself."""
    kind: str
    """What it does, as the lab's own layers say it, or its class's name in lower case."""
    label: str
    """What it is called in a few words, such as `7x7 conv 64 /2`."""
    output_shape: tuple[int, ...]
    """Shape of what leaves it for one picture; empty where that is no tensor."""
    parameters: int
    """Numbers that it learns; one that several modules share is counted at the first."""
    macs: int
    """Multiply-accumulates in convolutions and matrix products; biases, norms and additions count
    none."""
    activation_bytes: int
    """Bytes that autograd first keeps here for the backward pass, in training, float32."""


@dataclass(frozen=True, kw_only=True)
class OtherCost:
    """Cost of a net of others for one picture."""

    parameters: int
    """Numbers that it learns."""
    macs: int
    """Multiply-accumulates of a forward pass."""
    activation_mib: float
    """Memory that training keeps between forward and backward for one picture, float32, MiB."""
    image_size_px: int
    """Side of the picture, px."""
    layers: tuple[OtherLayerCost, ...]
    """Modules that cost anything, in the order in which a picture meets them."""


@dataclass
class _Counted:
    """What one pass counted, by module."""

    order: dict[str, None] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    macs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    kept_bytes: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def measure_other_cost(request: OtherRequest) -> OtherCost:
    """Counts a net's cost for square pictures of the size of its request.

    Raises:
        CheckpointError: when it cannot be built.
        ProbeError: when its pass fails.
    """
    model, shape = build_shapes(request)
    return count_cost(model, shape, request.name)


def count_cost(model: nn.Module, picture_shape: tuple[int, int, int], name: str) -> OtherCost:
    """Counts the cost of a net for one picture, and leaves its weights as they were.

    Args:
        model: on the meta device, or on any with memory for a pass of four pictures.
        picture_shape: (C, H, W).
        name: what sentences call it.

    Raises:
        ProbeError: when its pass fails.
    """
    modes = [(module, module.training) for module in model.modules()]
    before = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        few, more = (_count(model.train(), n, picture_shape) for n in (_FEW, _MORE))
    except Exception as exc:  # other people's code fails in every way
        raise ProbeError(f"The cost of {name} cannot be counted: {quoted(exc)}.") from exc
    finally:
        for module, was_training in modes:
            module.training = was_training
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)
    layers = _layers(model, few, more)
    return OtherCost(
        parameters=sum(layer.parameters for layer in layers),
        macs=sum(layer.macs for layer in layers),
        activation_mib=sum(layer.activation_bytes for layer in layers) / _MIB,
        image_size_px=picture_shape[-1],
        layers=layers,
    )


def _layers(model: nn.Module, few: _Counted, more: _Counted) -> tuple[OtherLayerCost, ...]:
    modules = dict(model.named_modules())
    own = _own_parameters(model)
    rest = [path for path in modules if path not in few.order]
    step = _MORE - _FEW
    found = (
        OtherLayerCost(
            path=path,
            kind=_kind(modules[path]),
            label=_label(modules[path]),
            output_shape=few.shapes.get(path, ())[1:],
            parameters=own[path],
            macs=(more.macs[path] - few.macs[path]) // step,
            activation_bytes=(more.kept_bytes[path] - few.kept_bytes[path]) // step,
        )
        for path in (*few.order, *rest)
    )
    return tuple(each for each in found if each.parameters or each.macs or each.activation_bytes)


def _own_parameters(model: nn.Module) -> dict[str, int]:
    seen: set[int] = set()
    found = {}
    for path, module in model.named_modules():
        new = [p for p in module.parameters(recurse=False) if id(p) not in seen]
        seen |= {id(p) for p in new}
        found[path] = sum(p.numel() for p in new)
    return found


def _kind(module: nn.Module) -> str:
    rules = find_rules(module)
    return type(module).__name__.lower() if rules is None else rules.kind


def _label(module: nn.Module) -> str:
    rules = find_rules(module)
    return type(module).__name__ if rules is None else rules.label_of(module)


def _count(model: nn.Module, count: int, picture_shape: tuple[int, int, int]) -> _Counted:
    """One pass in training: whose products they are, and whose tensors autograd keeps."""
    kept = _Kept(model)
    found = _Counted()
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    pictures = torch.empty(count, *picture_shape, device=device)
    flops = FlopCounterMode(display=False)
    noted, saved = _modules_noted(model, flops, kept, found), saved_tensors_hooks(kept.keep, _never)
    with torch.random.fork_rng(devices=[]), torch.enable_grad(), flops, noted, saved:
        model(pictures)
    found.kept_bytes = kept.by_module
    return found


def _never(_: Any) -> Tensor:
    raise AssertionError("No backward pass is made.")


class _Kept:
    """Adds up what autograd keeps, each piece of memory once and no weights."""

    def __init__(self, model: nn.Module) -> None:
        self.running = [""]
        self.by_module: dict[str, int] = defaultdict(int)
        tensors = [*model.parameters(), *model.buffers()]
        self._seen = {t.untyped_storage()._cdata: t.untyped_storage() for t in tensors}

    def keep(self, tensor: Tensor) -> None:
        """Notes a tensor; its memory is held, so that no later one takes its place unnoticed."""
        storage = tensor.untyped_storage()
        if storage._cdata not in self._seen:
            self._seen[storage._cdata] = storage
            self.by_module[self.running[-1]] += storage.nbytes()


@contextlib.contextmanager
def _modules_noted(
    model: nn.Module, flops: FlopCounterMode, kept: _Kept, found: _Counted
) -> Iterator[None]:
    """Tells apart what a module does itself from what the modules within it do."""
    before: list[int] = []

    def enter(path: str) -> None:
        total = flops.get_total_flops()
        if before:
            found.macs[kept.running[-1]] += (total - before[-1]) // 2
        found.order.setdefault(path)
        kept.running.append(path)
        before.append(total)

    def leave(path: str, _inputs: tuple[Any, ...], output: Any) -> None:
        total = flops.get_total_flops()
        found.macs[path] += (total - before.pop()) // 2
        kept.running.pop()
        if before:
            before[-1] = total
        if isinstance(output, Tensor):
            found.shapes[path] = tuple(output.shape)

    with every_module(model, enter=enter, leave=leave):
        yield
