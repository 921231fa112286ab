"""What is measured of a watched net between two of its steps, by hooks alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

from resnet_core.watching.activations import ActivationCapture
from resnet_core.watching.gradients import GradientCapture
from resnet_core.watching.layout import ForwardOrder, bare_net, is_compiled, named_parameters
from resnet_core.watching.shards import GAP, is_sharded
from resnet_core.watching.updates import UpdateCapture


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured since the last step."""

    norms: Tensor
    """(P,) float32 on the device, `GAP` where a parameter got no gradient."""
    scale: Tensor | None
    """What the loss was multiplied by, where there is a scaler."""
    rate: float | Tensor | None
    """Learning rate of the step."""
    is_stepped: bool
    """Whether an optimizer is known to have moved weights."""
    update_ratios: Tensor | None
    """(P,) float32, at an interval."""
    activations: dict[str, Tensor]
    """Place to mean, standard deviation and dead share, (3,) float32, at an interval."""


@dataclass
class _Owner:
    """An optimizer, and the parameters that it moves."""

    optimizer: Optimizer
    num_steps: int = 0
    sizes: tuple[int, ...] = ()
    places: list[int] = field(default_factory=list[int])
    mask: Tensor | None = None
    """(P,) bool, which parameters these are; `None` for all of them."""


class Measuring:
    """Listens to a net, its optimizers and its scaler."""

    def __init__(
        self,
        model: nn.Module,
        optimizers: Sequence[Optimizer],
        scaler: Any,
        every: int,
        guard: Callable[..., object],
    ) -> None:
        """Begins to listen.

        Args:
            model: the net, in whatever wrapper.
            optimizers: those that move its weights.
            scaler: multiplies its loss, or `None`.
            every: steps between two measurements of updates and activations.
            guard: calls its first argument with the others, and lets no error through.
        """
        net = bare_net(model)
        self.parameters = named_parameters(net)
        values = [each.value for each in self.parameters]
        self.is_sharded = any(is_sharded(value) for value in values)
        self.is_compiled = is_compiled(model)
        self._values, self._scaler, self._every, self._guard = values, scaler, every, guard
        self._capture = GradientCapture(values, self._scale_now, guard)
        self._updates = UpdateCapture(values)
        # Hooks on modules would be compiled in, or never be called.
        self._order = None if self.is_compiled else ForwardOrder(net, guard)
        self._activations = None if self.is_compiled else ActivationCapture(net, guard)
        if self._activations:
            self._activations.switch_on()
        self._owners = [_Owner(each) for each in optimizers]
        self._handles = [hook for owner in self._owners for hook in self._listen_to(owner)]
        self._num_taken = 0
        self._masks: dict[tuple[bool, ...], Tensor] = {}
        self._scaler_states = self._states_of_scaler()
        self._begin_step()

    def is_step_over(self) -> bool:
        """Whether an optimizer stepped, or would have if its scaler had let it."""
        return bool(self._stepped) or self._states_of_scaler() is not self._scaler_states

    def take(self) -> Measured:
        """Gives what was measured since it was last called, and begins anew."""
        found = Measured(
            norms=self._all_norms(),
            scale=self._scale,
            rate=self._rate,
            is_stepped=any(not _skips_alone(owner.optimizer) for owner in self._stepped),
            update_ratios=self._ratios,
            activations=self._activations.switch_off() if self._activations else {},
        )
        self._num_taken += 1
        if self._activations and self._num_taken % self._every == 0:
            self._activations.switch_on()
        self._capture.forget()
        self._scaler_states = self._states_of_scaler()
        self._begin_step()
        return found

    def order(self) -> tuple[int, ...]:
        """Gives the places of the parameters in the order of the forward pass, as far as known."""
        if self._order is None:
            return tuple(range(len(self.parameters)))
        self._order.stop()
        return self._order.sort(self.parameters)

    def stop(self) -> None:
        """Takes all hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._capture.stop()
        if self._order:
            self._order.stop()
        if self._activations:
            self._activations.switch_off()

    def _begin_step(self) -> None:
        self._stepped: list[_Owner] = []
        self._row: Tensor | None = None
        self._ratios: Tensor | None = None
        self._rate: float | Tensor | None = None
        self._scale: Tensor | None = None

    def _listen_to(self, owner: _Owner) -> tuple[RemovableHandle, RemovableHandle]:
        def before(*_: object) -> None:
            self._guard(self._before_step, owner)

        def after(*_: object) -> None:
            self._guard(self._after_step, owner)

        optimizer = owner.optimizer
        return optimizer.register_step_pre_hook(before), optimizer.register_step_post_hook(after)

    def _before_step(self, owner: _Owner) -> None:
        if owner.num_steps % self._every == 0:
            self._find_places(owner)
            self._updates.remember(owner.places)

    def _after_step(self, owner: _Owner) -> None:
        # Not before it: an optimizer that is given a closure runs the backward pass in its step.
        self._find_places(owner)
        if self._capture.latest is not None:
            self._row = self._filled(self._row, self._capture.latest, owner.mask)
        self._capture.forget(owner.places)
        if owner.num_steps % self._every == 0:
            ratios = self._updates.measure(owner.places)
            self._ratios = self._filled(self._ratios, ratios, owner.mask)
        owner.num_steps += 1
        self._stepped.append(owner)
        if owner is self._owners[0]:
            rate = owner.optimizer.param_groups[0]["lr"]
            self._rate = rate.detach().clone() if isinstance(rate, Tensor) else float(rate)

    def _all_norms(self) -> Tensor:
        """Norms of those that an optimizer moved, and of those that none is there to move."""
        latest = self._capture.latest
        if self._row is None and latest is not None and not self._stepped:
            return latest
        row = self._filled(self._row, None, None)
        if latest is None:
            return row
        # With a scaler, the step of an optimizer that did not step may have been left out.
        settled = self._owners if self._scaler is None else self._stepped
        known = {place for owner in settled for place in self._find_places(owner)}
        rest = tuple(place not in known for place in range(len(self._values)))
        if not any(rest):
            return row
        if rest not in self._masks:  # made once: making one waits for the device
            self._masks[rest] = torch.tensor(rest, device=row.device)
        return torch.where(self._masks[rest], latest, row)

    def _filled(self, row: Tensor | None, news: Tensor | None, mask: Tensor | None) -> Tensor:
        if news is not None and mask is None:
            return news
        if row is None:
            device = self._values[0].device if news is None else news.device
            row = torch.full((len(self._values),), GAP, device=device)
        return row if news is None or mask is None else torch.where(mask, news, row)

    def _find_places(self, owner: _Owner) -> list[int]:
        sizes = tuple(len(group["params"]) for group in owner.optimizer.param_groups)
        if sizes != owner.sizes:
            places = {id(value): place for place, value in enumerate(self._values)}
            moved = {
                id(value) for group in owner.optimizer.param_groups for value in group["params"]
            }
            owner.sizes = sizes
            owner.places = sorted(places[each] for each in moved if each in places)
            marks = [id(value) in moved for value in self._values]
            device = self._values[0].device
            owner.mask = None if all(marks) else torch.tensor(marks, device=device)
        return owner.places

    def _scale_now(self) -> Tensor | None:
        scaler = self._scaler
        if scaler is None or not scaler.is_enabled() or scaler._scale is None:
            return None
        self._scale = scaler._scale.detach().float().clone()  # the scaler changes it in place
        return self._scale

    def _states_of_scaler(self) -> object:
        """What a scaler replaces with each update, so that one is known without the device."""
        return getattr(self._scaler, "_per_optimizer_states", None)


def _skips_alone(optimizer: Optimizer) -> bool:
    """Whether an optimizer finds out on the device that its step is to be left out."""
    return bool(getattr(optimizer, "_step_supports_amp_scaling", False))
