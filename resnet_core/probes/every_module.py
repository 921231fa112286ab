"""Hooks at every module of any net: told as the forward pass comes to each and leaves it.

with every_module(model, enter=lambda path: order.setdefault(path)):
model(images)
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

Enter = Callable[[str], object]
"""Told the path of a module, which is empty for the net itself."""
Leave = Callable[[str, tuple[Any, ...], Any], object]
"""Told the path of a module, what it was given, and what it gives."""


@contextlib.contextmanager
def every_module(
    model: nn.Module, *, enter: Enter | None = None, leave: Leave | None = None
) -> Iterator[None]:
    """Tells of each call of each module during the passes made inside, and leaves no trace.

    Args:
        model: any net; a shared one needs a lock.
        enter: told before a module computes; what it returns is not looked at.
        leave: told when a module has computed; likewise.
    """
    with contextlib.ExitStack() as stack:
        for path, module in model.named_modules():
            if enter is not None:
                hook = _before(path, enter)
                stack.callback(module.register_forward_pre_hook(hook).remove)
            if leave is not None:
                stack.callback(module.register_forward_hook(_after(path, leave)).remove)
        yield


def _before(path: str, enter: Enter) -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: tuple[Any, ...]) -> None:
        enter(path)

    return hook


def _after(path: str, leave: Leave) -> Callable[..., None]:
    def hook(_module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        leave(path, inputs, output)

    return hook
