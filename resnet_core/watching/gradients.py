"""Gradient norms as they are when a backward pass has ended: whole, and not clipped yet.

A parameter's own hook tells that its gradient was added to.  At that moment it need not be final:
what several processes share is averaged once the pass is through.  So the first of these hooks
asks the engine to be called when the pass ends, and there to be called once more: whatever else
waits for the end of the pass has been done by then.  Clipping, unscaling and the optimizer's step
come later.
"""

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from resnet_core.watching.shards import ShardNorms

Scale = Callable[[], Tensor | None]


class GradientCapture:
    """The norms of a net's gradients at the end of the newest backward pass."""

    def __init__(
        self, parameters: Sequence[nn.Parameter], scale: Scale, guard: Callable[..., object]
    ) -> None:
        """Begins to listen.

        Args:
            parameters: all of the net, each once.
            scale: what losses are multiplied by now, on the device; `None` for one.
            guard: calls its first argument with the others, and lets no error through.
        """
        self._parameters = tuple(parameters)
        self._scale, self._guard = scale, guard
        self._norms = ShardNorms(parameters)
        self._touched: set[int] = set()
        self._handles: list[RemovableHandle] = []
        self._is_asked = False
        self.latest: Tensor | None = None
        """(P,) float32 on the device, `GAP` for a parameter that got no gradient."""
        for place, parameter in enumerate(self._parameters):
            if parameter.is_floating_point() or parameter.is_complex():
                self._listen_to(place, parameter)

    def forget(self, places: Sequence[int] | None = None) -> None:
        """Begins a new gradient of some parameters, by default of all."""
        if places is None:
            self._touched.clear()
            self.latest = None
        self._touched.difference_update(places or ())
        self._is_asked = False  # a pass that an error ended never called back

    def stop(self) -> None:
        """Takes all hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self.latest = None

    def _listen_to(self, place: int, parameter: nn.Parameter) -> None:
        # A frozen one takes no hook, and may thaw right before a pass.
        learns = parameter.requires_grad
        parameter.requires_grad_(True)
        # Weakly: the collector does not see that a parameter holds its hooks.
        hook = functools.partial(_touch, weakref.ref(self), place)
        self._handles.append(parameter.register_post_accumulate_grad_hook(hook))
        parameter.requires_grad_(learns)

    def touch(self, place: int) -> None:
        """Hears that a gradient was added to."""
        self._guard(self._note, place)

    def _note(self, place: int) -> None:
        self._touched.add(place)
        if not self._is_asked:
            self._is_asked = True
            _at_the_end(functools.partial(self._guard, _at_the_end, self._at_the_very_end))

    def _at_the_very_end(self) -> None:
        self._guard(self._measure)

    def _measure(self) -> None:
        self._is_asked = False
        found = [
            (place, gradient)
            for place in sorted(self._touched)
            if (gradient := self._parameters[place].grad) is not None
        ]
        if not found:
            return
        places, gradients = zip(*found, strict=True)
        with torch.no_grad():
            norms = self._norms.measure(places, [each.detach() for each in gradients])
            scale = self._scale()
            if scale is not None:
                scale = scale.detach().to(norms.device, non_blocking=True)
                norms = torch.where(norms >= 0, norms / scale, norms)
        self.latest = norms if torch.is_inference_mode_enabled() else norms.detach()


def _touch(capture: "weakref.ref[GradientCapture]", place: int, _parameter: Tensor) -> None:
    listener = capture()
    if listener is not None:
        listener.touch(place)


def _at_the_end(action: Callable[[], Any]) -> None:
    torch.autograd.Variable._execution_engine.queue_callback(action)
