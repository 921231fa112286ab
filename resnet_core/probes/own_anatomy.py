"""Skip anatomy of any net: additions are found in its forward pass, and measured as the lab's own.

The same quantities as in `anatomy`, of nets that have no block or addition that could be named.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, Node
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

from resnet_core.devices import memory_errors
from resnet_core.errors import ProbeError
from resnet_core.probes.additions import Operand, SeenPass, SeenSum, watch_sums
from resnet_core.probes.anatomy import ANATOMY_QUANTITIES, measure_gradient_parts
from resnet_core.probes.axes import split_shape
from resnet_core.probes.forks import Fork, find_fork, nodes_after
from resnet_core.probes.hooks import borrowed


@dataclass(frozen=True, kw_only=True)
class SkipAddition:
    """Where a net adds a skip to a branch."""

    path: str
    """Dotted path of the module that adds; empty for the net itself."""
    place: int
    """Number of this addition among the skip additions of its module, from 1."""
    num_places: int
    """How many skip additions its module makes."""
    branch: str
    """Path of the module that the branch F(x) left last; empty where a function made it."""
    skip: str
    """Path of the module that the skip left last: where x itself comes from, or a projection."""
    is_identity: bool
    """Whether the skip is x itself, and nothing was computed on its way."""
    channels: int
    map_size_px: tuple[int, int] | None
    """Height and width; `None` of tokens, such as those of a transformer."""

    @property
    def label(self) -> str:
        """The module's path, and which of its additions where it makes several."""
        place = f", {self.place} of {self.num_places}" if self.num_places > 1 else ""
        return f"{self.path or 'the net itself'}{place}"


@dataclass(frozen=True, kw_only=True, eq=False)
class SkipAnatomy:
    """What the B skip additions of a net join, and through which side the gradient leaves."""

    additions: tuple[SkipAddition, ...]
    """In the order of the forward pass."""
    quantities: dict[str, np.ndarray]
    """Each of `ANATOMY_QUANTITIES`, (B,) float64; NaN where no gradient arrives."""
    num_concatenations: int
    """How often the pass appended maps to maps instead of adding them."""
    loss: float


def measure_skip_anatomy(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    by_batch: bool = True,
) -> SkipAnatomy:
    """Measures every skip addition of any net in one pass, and leaves the net as it was.

    A skip addition is a sum of two tensors of one shape, maps or tokens, that are made of the same
    x, one of them by fewer functions: that one is the skip. Nothing is dropped at random.

    Args:
        model: any net that takes `images`; nobody else uses it meanwhile.
        images: (N, C, H, W), as the net wants them, on its device.
        labels: of the classes that its logits are compared with, by cross-entropy.
        by_batch: whether batch norm normalises by this batch, as in training.

    Raises:
        ProbeError: when a batch is too small for batch norm, or a value is not finite.
        OutOfMemoryError: when the device is too small.
    """
    with borrowed(model, training=False), memory_errors(len(images)), _in_place_errors():
        if by_batch:
            _normalise_by_batch(model, images)
        source = images.detach().clone().requires_grad_()
        pictures = source.clone()  # no leaf: a net may write into what it is given
        with watch_sums(model, pictures) as seen:
            value = functional.cross_entropy(model(pictures), labels)
        found = find_skips(seen, value, pictures)
        gradients = _gradients_at(value, [each.sum.edge for each in found])
        rows = [_measure(each, gradient) for each, gradient in zip(found, gradients, strict=True)]
        return _result(seen, found, rows, value)


@dataclass(frozen=True, kw_only=True, eq=False)
class SkipSum:
    """A sum that was found to join a skip and a branch."""

    sum: SeenSum
    fork: Fork
    branch: Operand
    skip: Operand


@contextlib.contextmanager
def _in_place_errors() -> Iterator[None]:
    try:
        yield
    except RuntimeError as exc:
        if "inplace" not in str(exc):
            raise
        raise ProbeError(
            "The net writes in place into what its backward pass needs, so that no gradient comes "
            "back: build it without that operation in place."
        ) from exc


def _normalise_by_batch(model: nn.Module, images: Tensor) -> None:
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    if norms and len(images) < 2:
        raise ProbeError("Batch norm by the batch needs at least 2 pictures: give more.")
    for norm in norms:
        norm.training = True


def find_skips(seen: SeenPass, value: Tensor, pictures: Tensor) -> list[SkipSum]:
    """Finds the skip additions among the sums of a pass.

    Args:
        seen: the pass.
        value: what it came to, with its record.
        pictures: what the net was given, and no leaf of the record.
    """
    ends: list[Node] = [each.edge.node for each in seen.sums]
    if value.grad_fn is None or pictures.grad_fn is None or not ends:
        return []
    hearing = nodes_after(pictures.grad_fn, [value.grad_fn, *ends])
    return [skip for each in seen.sums if (skip := _as_skip(each, hearing)) is not None]


def _as_skip(found: SeenSum, hearing: frozenset[Node]) -> SkipSum | None:
    first, second = found.operands
    fork = find_fork((first.edge, second.edge), hearing)
    if fork is None or fork.distances[0] == fork.distances[1]:
        return None
    is_first_longer = fork.distances[0] > fork.distances[1]
    branch, skip = (first, second) if is_first_longer else (second, first)
    return SkipSum(sum=found, fork=fork, branch=branch, skip=skip)


def _gradients_at(value: Tensor, edges: Sequence[GradientEdge]) -> tuple[Tensor | None, ...]:
    if not edges:
        return ()
    return torch.autograd.grad(value, edges, retain_graph=True, allow_unused=True)


def _measure(found: SkipSum, gradient: Tensor | None) -> list[float]:
    norms = dict(zip(found.sum.operands, found.sum.norms[:2], strict=True))
    forward = [norms[found.skip], norms[found.branch], found.sum.norms[2], found.sum.cosine]
    if gradient is None or not gradient.any():
        return [*forward, np.nan, np.nan]
    if not torch.isfinite(gradient).all():
        where = found.sum.path or "the net itself"
        raise ProbeError(
            f"The gradient is not finite at {where}: take smaller weights, or other pictures."
        )
    sides = [_through(side, found.fork, gradient) for side in (found.branch, found.skip)]
    branch, skip = _flat(sides[0], sides[1]), _flat(sides[1], sides[0])
    return [*forward, *(value.item() for value in measure_gradient_parts(branch, skip))]


def _through(side: Operand, fork: Fork, gradient: Tensor) -> tuple[Tensor | None, ...]:
    """What of a sum's gradient comes back to each part of x through one of its sides."""
    arriving = gradient if side.factor == 1 else gradient * side.factor
    return torch.autograd.grad(
        [side.edge], fork.edges, [arriving], retain_graph=True, allow_unused=True
    )


def _flat(parts: Sequence[Tensor | None], others: Sequence[Tensor | None]) -> Tensor:
    """Joins the parts; where one side reads a part of x that the other does not, that has zeros."""
    pairs = zip(parts, others, strict=True)
    filled = [torch.zeros_like(o) if p is None and o is not None else p for p, o in pairs]
    return torch.cat([part.flatten() for part in filled if part is not None])


def _result(
    seen: SeenPass, found: Sequence[SkipSum], rows: list[list[float]], loss: Tensor
) -> SkipAnatomy:
    table = np.array(rows, np.float64).reshape(len(found), len(ANATOMY_QUANTITIES))
    if not np.isfinite(loss.item()) or np.isinf(table).any():
        raise ProbeError("A value is not finite: take smaller weights, or other pictures.")
    additions = tuple(describe_skip(each, number, found) for number, each in enumerate(found))
    return SkipAnatomy(
        additions=additions,
        quantities=dict(zip(ANATOMY_QUANTITIES, table.T, strict=True)),
        num_concatenations=seen.num_concatenations,
        loss=loss.item(),
    )


def describe_skip(found: SkipSum, number: int, others: Sequence[SkipSum]) -> SkipAddition:
    """Says where a skip addition stands; `number` is its place among all of its pass."""
    path, shape, map_axes = found.sum.path, found.sum.shape, found.sum.map_axes
    same = [index for index, other in enumerate(others) if other.sum.path == path]
    channels, map_size_px = shape[-1], None
    if map_axes is not None:
        channels, map_size_px = split_shape(torch.Size(shape), map_axes)
    return SkipAddition(
        path=path,
        place=same.index(number) + 1,
        num_places=len(same),
        branch=found.branch.path,
        skip=found.skip.path,
        is_identity=0 in found.fork.distances,
        channels=channels,
        map_size_px=map_size_px,
    )
