"""Modules that overwrite what they are given, kept from it while a net is looked into.

A map is taken where a layer's output is read after the pass, and an explanation asks autograd for
its gradient there: both need the numbers that the layer gave, not what the next one made of them.
"""

import contextlib
from collections.abc import Iterator

from torch import nn


@contextlib.contextmanager
def out_of_place(model: nn.Module) -> Iterator[None]:
    """Lets modules with `inplace=True`, such as torchvision's ReLUs, write elsewhere.

    The net's answers stay the same.  A net that several threads share needs a lock around it.
    """
    changed = [m for m in model.modules() if getattr(m, "inplace", False) is True]
    try:
        for module in changed:
            setattr(module, "inplace", False)  # noqa: B010 (a module's attribute of any kind)
        yield
    finally:
        for module in changed:
            setattr(module, "inplace", True)  # noqa: B010
