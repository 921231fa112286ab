"""The methods, each registered where it is computed."""

from resnet_core.explain import cams, pixels, score_cam  # noqa: F401 (they register theirs)
from resnet_core.explain.methods import Method, Reduction, find_method, list_methods

__all__ = ["Method", "Reduction", "find_method", "list_methods"]
