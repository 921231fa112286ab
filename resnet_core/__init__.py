"""ResNet Lab's core: nets, data, training, probes and explanations, without a browser.

Importing this package loads neither torch nor streamlit; its submodules load what they need.
"""

__version__ = "0.1.0"
