"""ResNet Lab's core: nets, data, training, probes and explanations, without a browser.

Importing this package loads neither torch nor streamlit; its submodules load what they need.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what `_ROOMS` says, for whoever reads types
    from resnet_core.watching import watch as watch

__version__ = "0.1.0"

_ROOMS = {"watch": "resnet_core.watching"}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_ROOMS[name]), name)
