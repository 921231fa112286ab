"""Norms of tensors that may lie in pieces on several processes, without waiting for the device."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

GAP = -1.0
"""Stands for a norm that there is not; a norm is never negative, and NaN is what a bad one is."""


def local_part(tensor: Tensor) -> Tensor:
    """Gives the values of a tensor that this process holds, each once."""
    pieces = as_pieces(tensor)
    values = tensor if pieces is None else pieces.to_local()
    values = values.coalesce().values() if values.is_sparse else values
    return torch.view_as_real(values) if values.is_complex() else values


def as_pieces(tensor: Tensor) -> Any:
    """Gives a tensor that lies on several processes as what it is; `None` for any other.

    Who has one has loaded its module, which takes a while and is not in every build of torch.
    """
    module = sys.modules.get("torch.distributed.tensor")
    return tensor if module is not None and isinstance(tensor, module.DTensor) else None


def is_sharded(parameter: Tensor) -> bool:
    """Whether a tensor lies in pieces on several processes."""
    pieces = as_pieces(parameter)
    return pieces is not None and any(_is_cut(each) for each in pieces.placements)


class ShardNorms:
    """Norms of the whole of each tensor of a net, from the pieces that this process has.

    Every process of a group has to ask for the same norms at the same moment, as in a backward
    pass they all do.
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self._parameters = tuple(parameters)
        self._groups: list[tuple[Any, Tensor]] | None = None
        first = next(iter(self._parameters))
        self._device = local_part(first.detach()).device

    def measure(self, places: Sequence[int], tensors: Sequence[Tensor]) -> Tensor:
        """Measures tensors that belong to some of the parameters.

        Args:
            places: of the parameters, ascending.
            tensors: one a place, each of its parameter's layout.

        Returns:
            One Euclidean norm a parameter, `GAP` where there is no tensor, (P,) float32.
        """
        row = [torch.full((), GAP, device=self._device)] * len(self._parameters)
        for place, norm in zip(places, _norms([local_part(each) for each in tensors]), strict=True):
            row[place] = norm.to(self._device, torch.float32, non_blocking=True)
        return self._whole(torch.stack(row))

    def _whole(self, norms: Tensor) -> Tensor:
        for group, is_in in self._find_groups():
            squares = torch.where(is_in & (norms >= 0), norms.square(), 0.0)
            torch.distributed.all_reduce(squares, group=group)
            norms = torch.where(is_in & (norms >= 0), squares.sqrt(), norms)
        return norms

    def _find_groups(self) -> list[tuple[Any, Tensor]]:
        """Lists the groups of processes over which pieces lie, and whose pieces they are."""
        if self._groups is None:
            found: dict[Any, set[int]] = {}
            for place, parameter in enumerate(self._parameters):
                for group in _groups_of(parameter):
                    found.setdefault(group, set()).add(place)
            self._groups = [(group, self._marked(places)) for group, places in found.items()]
        return self._groups

    def _marked(self, places: set[int]) -> Tensor:
        marks = [place in places for place in range(len(self._parameters))]
        return torch.tensor(marks, device=self._device)


def _groups_of(parameter: nn.Parameter) -> Iterator[Any]:
    pieces = as_pieces(parameter)
    for dimension, placement in enumerate(() if pieces is None else pieces.placements):
        if pieces is not None and _is_cut(placement):
            yield pieces.device_mesh.get_group(dimension)


def _is_cut(placement: object) -> bool:
    return not (
        getattr(placement, "is_replicate", bool)() or getattr(placement, "is_partial", bool)()
    )


def _norms(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """Norms of tensors, in one go for all of a kind; half precision could not hold them."""
    whole = list(tensors)
    if len({(each.device, each.dtype) for each in whole}) > 1:
        return [torch.linalg.vector_norm(each, dtype=_wide(each)) for each in whole]
    return torch._foreach_norm(whole, 2, _wide(whole[0])) if whole else ()  # pyright: ignore[reportPrivateImportUsage]


def _wide(tensor: Tensor) -> torch.dtype | None:
    return torch.float32 if tensor.dtype in (torch.float16, torch.bfloat16) else None
