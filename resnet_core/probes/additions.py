"""Additions that any net makes in a forward pass: of which two tensors, where, and how large.

What is kept of a sum are numbers and its place in the record of autograd, taken before the addition
itself runs, so that nets that add in place (`out += identity`) are seen like any other.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.overrides import TorchFunctionMode

from resnet_core.probes.anatomy import measure_sum
from resnet_core.probes.axes import AxesWatch, MapAxes
from resnet_core.probes.every_module import every_module

_ADDING = ("add", "add_", "__add__", "__iadd__", "__radd__")
_APPENDING = ("cat", "concat", "concatenate")
_MAPS, _TOKENS = 4, 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Operand:
    """One of two tensors that are added."""

    edge: GradientEdge
    """Where it stands in the record of autograd."""
    path: str
    """Dotted path of the module that it last left; empty where a function made it."""
    factor: float
    """What the addition multiplies it by."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenSum:
    """One sum of two tensors of the same shape."""

    path: str
    """Dotted path of the module in which it was made; empty for the net itself."""
    operands: tuple[Operand, Operand]
    edge: GradientEdge
    """Where the sum stands in the record of autograd."""
    shape: tuple[int, ...]
    map_axes: MapAxes | None
    """Where maps have their channels; `None` for tokens."""
    norms: tuple[float, float, float]
    """Of the two and of their sum, as `FORWARD_QUANTITIES` has them."""
    cosine: float
    """Between the two."""
    values: tuple[Tensor, Tensor] | None
    """The two as they are added, where they were to be kept."""


@dataclass
class SeenPass:
    """What one pass added, and what it appended instead."""

    sums: list[SeenSum] = field(default_factory=list)
    num_concatenations: int = 0
    """How often maps were appended to maps."""


@dataclass
class _Where:
    """Which modules run, and which module each tensor left last."""

    running: list[str] = field(default_factory=list)
    left: dict[tuple[Any, int], str] = field(default_factory=dict)

    def leave(self, path: str, _inputs: tuple[Any, ...], output: Any) -> None:
        self.running.pop()
        first = output[0] if isinstance(output, tuple | list) and output else output
        if isinstance(first, Tensor) and first.grad_fn is not None:
            self.left[first.grad_fn, first.output_nr] = path

    def of(self, edge: GradientEdge) -> str:
        return self.left.get((edge.node, edge.output_nr), "")


class _SumWatch(TorchFunctionMode):
    def __init__(self, where: _Where, axes: AxesWatch, *, keeps_values: bool) -> None:
        super().__init__()
        self._where, self._axes, self._keeps_values = where, axes, keeps_values
        self.seen = SeenPass()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in _APPENDING and _appends_maps(args, kwargs):
            self.seen.num_concatenations += 1
        pair = _added_pair(args, kwargs) if name in _ADDING else None
        if pair is None:
            return func(*args, **kwargs)
        factor = float(kwargs.get("alpha", 1))
        operands = self._operand(pair[0], 1.0), self._operand(pair[1], factor)
        first, second = pair[0].detach(), pair[1].detach() * factor
        measured = measure_sum(first, second, first + second)  # before `first` is written over
        kept = (first.clone(), second.clone()) if self._keeps_values else None
        total = func(*args, **kwargs)
        self._note(operands, total, measured, kept)
        return total

    def _operand(self, tensor: Tensor, factor: float) -> Operand:
        edge = get_gradient_edge(tensor)
        return Operand(edge=edge, path=self._where.of(edge), factor=factor)

    def _note(
        self,
        operands: tuple[Operand, Operand],
        total: Tensor,
        measured: Sequence[Tensor],
        kept: tuple[Tensor, Tensor] | None,
    ) -> None:
        running = self._where.running
        *norms, cosine = (value.item() for value in measured)
        self.seen.sums.append(
            SeenSum(
                path=running[-1] if running else "",
                operands=operands,
                edge=get_gradient_edge(total),
                shape=tuple(total.shape),
                map_axes=self._axes.map_axes(total) if total.ndim == _MAPS else None,
                norms=(norms[0], norms[1], norms[2]),
                cosine=cosine,
                values=kept,
            )
        )


@contextlib.contextmanager
def watch_sums(
    model: nn.Module, pictures: Tensor, *, keeps_values: bool = False
) -> Iterator[SeenPass]:
    """Notes every addition of two maps, or of two lists of tokens, during the pass made inside.

    Args:
        model: any net; its hooks are taken away afterwards.
        pictures: (N, C, H, W), the very tensor that the net is given.
        keeps_values: whether the tensors are kept beside what is measured of them.

    Yields:
        What the pass added, in its order. Only tensors that hear of the gradient are noted, so
        that no bias or embedding of places is taken for one.
    """
    where = _Where()
    with (
        every_module(model, enter=where.running.append, leave=where.leave),
        AxesWatch(pictures) as axes,
        _SumWatch(where, axes, keeps_values=keeps_values) as watch,
    ):
        yield watch.seen


def _added_pair(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Tensor, Tensor] | None:
    """The two tensors of an addition of maps or tokens; `None` of any other."""
    pair = [*args, *(kwargs[key] for key in ("input", "other") if key in kwargs)][:2]
    if len(pair) != 2 or not all(isinstance(each, Tensor) for each in pair):
        return None
    first, second = pair
    are_alike = first.shape == second.shape and first.ndim in (_MAPS, _TOKENS)
    return (first, second) if are_alike and _hear(first) and _hear(second) else None


def _hear(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and tensor.requires_grad and torch.is_grad_enabled()


def _appends_maps(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    tensors = kwargs.get("tensors", args[0] if args else ())
    return (
        isinstance(tensors, list | tuple)
        and len(tensors) > 1
        and all(isinstance(each, Tensor) and each.ndim == _MAPS for each in tensors)
        and (kwargs.get("dim", args[1] if len(args) > 1 else 0) in (1, -3))
    )
