"""ResNet Lab's core: nets, data, training, probes and explanations, without a browser.

Importing this package loads neither torch nor streamlit; its submodules load what they need.
"""

__version__ = "0.1.0"

_LAZY = {"watch": "resnet_core.watching"}
"""Names of the root, each with the module that it is loaded from when it is first used."""


def __getattr__(name: str) -> object:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
