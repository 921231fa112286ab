"""What a watched net's parameters are called, and in which order its forward pass comes to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from resnet_core.watching.passing_hooks import PassingHook

_WRAPPERS = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
_WEIGHT = "weight"


@dataclass(frozen=True)
class NamedParameter:
    """A parameter of a net, once however often it is used."""

    name: str
    """Its layer's dotted path for the weight of a layer, else its own."""
    value: nn.Parameter


def bare_net(model: nn.Module) -> nn.Module:
    """Gives the net inside of what `torch.compile` and data parallelism put around it."""
    parallel = (nn.parallel.DistributedDataParallel, nn.DataParallel)
    while True:
        if isinstance(model, parallel):
            model = model.module
        elif isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
            model = inner
        else:
            return model


def named_parameters(model: nn.Module) -> tuple[NamedParameter, ...]:
    """Lists the parameters of a net as they were defined; a shared one has its first name."""
    return tuple(
        NamedParameter(_short(name, value), value) for name, value in model.named_parameters()
    )


def plain_path(path: str) -> str:
    """A dotted path without the parts that wrappers put into it."""
    for wrapper in _WRAPPERS:
        path = path.replace(wrapper, "")
    return path


def is_compiled(model: nn.Module) -> bool:
    """Whether some of a net runs without its modules being called one by one."""
    return any(
        hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None
        for module in model.modules()
    )


class ForwardOrder:
    """Notes in which order a net's forward pass comes to the modules that hold parameters."""

    def __init__(self, model: nn.Module, guard: Callable[..., object]) -> None:
        self._guard = guard
        self._seen: dict[int, int] = {}
        """Identity of a parameter to the number of the call that came to it first."""
        self._handles = [
            module.register_forward_pre_hook(PassingHook(self._hear))
            for module in model.modules()
            if next(module.parameters(recurse=False), None) is not None
        ]

    def stop(self) -> None:
        """Takes all hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles: list[RemovableHandle] = []

    def sort(self, parameters: Sequence[NamedParameter]) -> tuple[int, ...]:
        """Gives the places of parameters from the input to the output of the net.

        One that the pass did not come to stands behind the one before which it was defined.
        """
        keys, last = [], -1.0
        for place, parameter in enumerate(parameters):
            last = self._seen.get(id(parameter.value), last)
            keys.append((last, place))
        return tuple(place for _, place in sorted(keys))

    def _hear(self, module: nn.Module, _inputs: object) -> None:
        if not torch.compiler.is_compiling():
            self._guard(self._note, module)

    def _note(self, module: nn.Module) -> None:
        for parameter in module.parameters(recurse=False):
            self._seen.setdefault(id(parameter), len(self._seen))


def _short(name: str, value: nn.Parameter) -> str:
    layer, _, kind = plain_path(name).rpartition(".")
    return layer if kind == _WEIGHT and layer and value.ndim > 1 else plain_path(name)
