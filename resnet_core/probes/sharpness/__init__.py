"""How sharply the loss bends at a net: largest eigenvalues of its Hessian, and its trace."""

from resnet_core.probes.sharpness.lanczos import Eigenvalues, largest_eigenvalues
from resnet_core.probes.sharpness.measuring import measure_sharpness
from resnet_core.probes.sharpness.products import HessianProducts
from resnet_core.probes.sharpness.records import Sharpness, SharpnessSpec
from resnet_core.probes.sharpness.thresholds import (
    StabilityThreshold,
    nesterov_threshold,
    stability_threshold,
)
from resnet_core.probes.sharpness.trace import Trace, estimate_trace

__all__ = [
    "Eigenvalues",
    "HessianProducts",
    "Sharpness",
    "SharpnessSpec",
    "StabilityThreshold",
    "Trace",
    "estimate_trace",
    "largest_eigenvalues",
    "measure_sharpness",
    "nesterov_threshold",
    "stability_threshold",
]
