"""The values that settings of a net choose from, for type checkers."""

from typing import Literal

Block = Literal[
    "basic",
    "bottleneck",
    "bottleneck_first",
    "basic_blur",
    "bottleneck_blur",
    "dense",
    "dense_bottleneck",
]
"""The lab's own families; plugins add theirs."""
Stem = Literal["cifar", "imagenet", "deep", "tiered", "pointwise"]
Shortcut = Literal["A", "B", "C", "D"]
SkipKind = Literal["identity", "constant", "exclusive_gate", "shortcut_gate", "dropout"]
ActivationOrder = Literal["post", "pre", "norm_after_add", "relu_before_add", "relu_only_pre"]
Norm = Literal["batch", "group", "layer", "none"]
BranchScale = Literal["none", "skipinit", "rezero", "fixup"]
Initialisation = Literal["he_fan_out", "he_fan_in", "xavier", "small"]
