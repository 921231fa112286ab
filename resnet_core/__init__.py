"""ResNet Lab's core: nets, data, training, probes and explanations, without a browser.

The names of `__all__` are the library: each is loaded when it is first asked for, so that importing
this package loads neither torch nor streamlit.

    import resnet_core
    net = resnet_core.load("resnet20-cifar10-jpeg-22-epochs")
    resnet_core.classify(net, "holiday.jpg").top(3)
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what `_ROOMS` says, for whoever reads types
    from resnet_core.library.experiments import compare as compare
    from resnet_core.library.experiments import evaluate as evaluate
    from resnet_core.library.experiments import train as train
    from resnet_core.library.flow import gradients as gradients
    from resnet_core.library.looking import cam as cam
    from resnet_core.library.looking import classify as classify
    from resnet_core.library.looking import features as features
    from resnet_core.library.nets import build as build
    from resnet_core.library.nets import load as load
    from resnet_core.watching import watch as watch

__version__ = "0.1.0"
__all__ = [
    "build",
    "cam",
    "classify",
    "compare",
    "evaluate",
    "features",
    "gradients",
    "load",
    "train",
    "watch",
]

_ROOMS = {
    "build": "resnet_core.library.nets",
    "cam": "resnet_core.library.looking",
    "classify": "resnet_core.library.looking",
    "compare": "resnet_core.library.experiments",
    "evaluate": "resnet_core.library.experiments",
    "features": "resnet_core.library.looking",
    "gradients": "resnet_core.library.flow",
    "load": "resnet_core.library.nets",
    "train": "resnet_core.library.experiments",
    "watch": "resnet_core.watching",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_ROOMS[name]), name)
    globals()[name] = value  # the next time it is found without this
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
