"""Slices through the space of a net's weights: a random one around it, or the line to another."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from resnet_core.errors import ProbeError
from resnet_core.models.initialisation import parameter_generator
from resnet_core.probes.landscape.places import LandscapeSpec, Place, centred_axis, line_axis

State = dict[str, Tensor]
"""Parameters, or parameters and buffers, by dotted path."""


class Slice(Protocol):
    """A way to every place of a landscape."""

    def axes(self, spec: LandscapeSpec) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Lists alphas and betas."""
        ...

    def move(self, model: nn.Module, place: Place) -> None:
        """Brings a copy of the net to a place, whatever place it was at."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomSlice:
    """A net's weights plus alpha times one direction plus beta times another."""

    origin: State
    """The net's own parameters."""
    directions: tuple[State, State]
    """What is added of the parameters that are moved."""

    @staticmethod
    def around(model: nn.Module, seed: int) -> "RandomSlice":
        """Draws two directions for a net."""
        first, second = (random_direction(model, seed=seed, number=n) for n in (1, 2))
        origin = {path: p.detach().clone() for path, p in model.named_parameters()}
        return RandomSlice(origin=origin, directions=(first, second))

    def axes(self, spec: LandscapeSpec) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Lists alphas and betas, 0 in the middle of each."""
        axis = centred_axis(spec.grid, spec.span)
        return axis, axis if spec.dimensions == 2 else (0.0,)

    @torch.no_grad()
    def move(self, model: nn.Module, place: Place) -> None:
        """Brings a copy of the net to a place; at 0, 0 it is the net to the last bit."""
        for path, parameter in model.named_parameters():
            parameter.copy_(self.origin[path])
            for share, direction in zip(place, self.directions, strict=True):
                if share and path in direction:
                    parameter.add_(direction[path], alpha=share)


@dataclass(frozen=True, kw_only=True, eq=False)
class LineSlice:
    """The straight line from one net (alpha 0) to another (alpha 1)."""

    start: State
    """Parameters and buffers of the one."""
    end: State
    """Parameters and buffers of the other."""

    @staticmethod
    def between(model: nn.Module, other: nn.Module) -> "LineSlice":
        """Takes the line from one net to another.

        Raises:
            ProbeError: for nets whose weights do not fit onto each other.
        """
        start, end = (
            {path: tensor.detach().clone() for path, tensor in net.state_dict().items()}
            for net in (model, other)
        )
        if {p: t.shape for p, t in start.items()} != {p: t.shape for p, t in end.items()}:
            raise ProbeError(
                "A line joins nets of the same architecture: choose two seeds of one net, two "
                "steps of a run, or a run and its fork."
            )
        return LineSlice(start=start, end=end)

    def axes(self, spec: LandscapeSpec) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Lists the shares of the way; there is no second direction."""
        return line_axis(spec.grid), (0.0,)

    @torch.no_grad()
    def move(self, model: nn.Module, place: Place) -> None:
        """Brings a copy of the net to a place; at 0 and at 1 it is one of the two to the last bit.

        Running statistics are mixed as the weights are; counters, which nothing reads, stay.
        """
        share = place[0]
        for path, tensor in model.state_dict().items():
            start, end = self.start[path], self.end[path]
            if not tensor.is_floating_point() or share == 0:
                tensor.copy_(start)
            elif share == 1:
                tensor.copy_(end)
            else:
                tensor.copy_(start).mul_(1 - share).add_(end, alpha=share)


@torch.no_grad()
def random_direction(model: nn.Module, *, seed: int, number: int) -> State:
    """Draws a filter-normalised direction, by dotted path of the parameters that it moves.

    Each filter (row of a weight: what makes one output channel, or one class) gets a normal
    draw that is scaled to the filter's own length, so that nets whose weights have other sizes
    stand on one scale.  Biases, batch norm's weights and biases, and single learned numbers have
    no filters and are not moved.  What is drawn depends on seed, number and path alone: a residual
    net and its plain twin get the same draws.

    Source: Li et al. 2018 (arXiv 1712.09913) sec. 4.
    """
    direction = {}
    for path, parameter in model.named_parameters():
        if parameter.dim() < 2:
            continue
        # A name of its own, or the draws would be those of the first weights.
        generator = parameter_generator(seed, f"direction{number}.{path}")
        drawn = torch.randn(parameter.shape, generator=generator).to(parameter)
        direction[path] = drawn * _scale(parameter, drawn)
    return direction


def _scale(weight: Tensor, drawn: Tensor) -> Tensor:
    """Length of each filter over that of what was drawn for it; 0 for a filter of zeros."""
    wanted, length = (each.flatten(1).norm(dim=1) for each in (weight, drawn))
    scale = torch.where(length > 0, wanted / length, torch.zeros_like(length))
    return scale.reshape(-1, *[1] * (weight.dim() - 1))
