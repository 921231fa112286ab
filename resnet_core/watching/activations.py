"""What a watched net's activations are like, measured at an interval in its own forward pass."""

import functools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules import activation, batchnorm, conv
from torch.utils.hooks import RemovableHandle

from resnet_core.probes.activation_summary import summarise_activation
from resnet_core.watching.layout import plain_path
from resnet_core.watching.passing_hooks import PassingHook

QUANTITIES = ("activation_mean", "activation_std", "dead_share")
"""What is measured, in this order."""

_NO_ACTIVATIONS = (nn.MultiheadAttention, nn.Softmax, nn.LogSoftmax, nn.Softmin, nn.Softmax2d)
_CHANNELS_FIRST = (conv._ConvNd, batchnorm._NormBase, nn.GroupNorm)
_CHANNELS_LAST = (nn.Linear, nn.LayerNorm, nn.Embedding)
_MOST_CALLS = 8
"""Of one module in one pass: one that is called more often than that is called in a loop."""


class ActivationCapture:
    """Measures each activation once a pass while it is switched on, on the device."""

    def __init__(self, model: nn.Module, guard: Callable[..., object]) -> None:
        """Lists the modules; none is touched before it is switched on.

        Args:
            model: the net.
            guard: calls its first argument with the others, and lets no error through.
        """
        self._model, self._guard = model, guard
        self._handles: list[RemovableHandle] = []
        self._calls: dict[str, int] = {}
        self._has_channels_first = True
        self._seen: dict[str, Tensor] = {}
        modules = [(plain_path(path), module) for path, module in model.named_modules()]
        self._modules = [each for each in modules if is_activation(each[1])]
        self._guides = [m for _, m in modules if isinstance(m, _CHANNELS_FIRST + _CHANNELS_LAST)]

    def switch_on(self) -> None:
        """Measures from now on."""
        self.switch_off()
        self._handles = [
            self._model.register_forward_pre_hook(PassingHook(self._begin)),
            *(module.register_forward_hook(PassingHook(self._guide)) for module in self._guides),
            *(
                module.register_forward_hook(PassingHook(functools.partial(self._hear, path)))
                for path, module in self._modules
            ),
        ]

    def switch_off(self) -> dict[str, Tensor]:
        """Takes all hooks away; gives what was seen, by place in the order of the pass.

        Returns:
            Mean, standard deviation and share of dead channels of each place, (3,) float32.
        """
        for handle in self._handles:
            handle.remove()
        self._handles, seen = [], self._seen
        self._seen, self._calls = {}, {}
        return seen

    def _begin(self, *_: object) -> None:
        if not torch.compiler.is_compiling():
            self._calls.clear()

    def _guide(self, module: nn.Module, *_: object) -> None:
        if not torch.compiler.is_compiling():
            self._has_channels_first = isinstance(module, _CHANNELS_FIRST)

    def _hear(self, path: str, _module: nn.Module, _inputs: object, output: object) -> None:
        if not torch.compiler.is_compiling():
            self._guard(self._note, path, output)

    def _note(self, path: str, output: object) -> None:
        if not isinstance(output, Tensor) or not torch.is_grad_enabled() or output.ndim < 2:
            return  # pictures that are only looked at are no step's
        self._calls[path] = call = self._calls.get(path, 0) + 1
        if call <= _MOST_CALLS and output.numel():
            place = path if call == 1 else f"{path}:{call}"
            channel = 1 if self._has_channels_first or output.ndim == 2 else output.ndim - 1
            self._seen[place] = summarise_activation(output.detach(), channel)


def is_activation(module: nn.Module) -> bool:
    """Whether a module is an activation: one of torch's, or one that its class calls so."""
    if isinstance(module, _NO_ACTIVATIONS) or next(module.children(), None) is not None:
        return False
    return type(module).__module__ == activation.__name__ or "Activation" in type(module).__name__
