"""Modules that hold tensors, told by their shapes; and tensors that are no part of any net."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from torch import Tensor

from resnet_core.errors import CheckpointError
from resnet_core.importing.adapters import refuse_deltas, trained_copies
from resnet_core.importing.computed import computed_weights

LeafKind = Literal["convolution", "norm", "linear", "other"]

_LARGEST_WINDOW_PX = 11
_BY_DIMENSIONS: dict[int, LeafKind] = {4: "convolution", 2: "linear"}
_OF_A_NORM = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}
_COUNTERS = re.compile(r"(.*\.)?(total_ops|total_params|n_averaged|_extra_state|.*_flops__)")
"""What profilers and averages leave in a state dict."""
_LOSSES = re.compile(
    r"(.*\.)?(criterion\w*|(\w+_)?loss(es)?(_\w+)?|\w*metrics?|(\w+_)?acc(uracy)?|pos_weight|"
    r"class_?weights?)(\..*)?",
    re.I,
)
"""A loss function's or a measure's own tensors, by their names."""
_QUANTISED = re.compile(
    r"(.*\.)?(_packed_params(\..*)?|zero_point|\w*fake_quant\w*(\..*)?|"
    r"activation_post_process\w*(\..*)?)"
)
"""What nets of whole numbers, or those that are trained to become one, keep beside weights."""


@dataclass(frozen=True, eq=False)
class Leaf:
    """A module that holds tensors itself."""

    path: str
    tensors: Mapping[str, Tensor]
    """By the last part of their names, such as `weight`."""

    @cached_property
    def kind(self) -> LeafKind:
        """What it computes, by the shape of its weight."""
        weight = self.tensors.get("weight")
        extra = set(self.tensors) - _OF_A_NORM
        if extra or (weight is None and "running_mean" not in self.tensors):
            return "other"
        if weight is None or weight.ndim == 1:
            return "norm"
        if "running_mean" in self.tensors:
            return "other"
        return _BY_DIMENSIONS.get(weight.ndim, "other")

    @property
    def weight(self) -> Tensor:
        """Its weight; of a norm that has none, its running mean, which has the same shape."""
        return self.tensors["weight"] if "weight" in self.tensors else self.tensors["running_mean"]

    @property
    def out_channels(self) -> int:
        """Channels that leave it."""
        return self.weight.shape[0]

    @property
    def in_channels(self) -> int:
        """Channels that enter it; of a grouped convolution, those of one group."""
        return self.weight.shape[1] if self.weight.ndim > 1 else self.weight.shape[0]

    @property
    def kernel_px(self) -> int:
        """Side of a convolution's window, px; 0 for one that is no square."""
        height, width = self.weight.shape[-2:] if self.weight.ndim == 4 else (1, 1)
        return height if height == width else 0

    @property
    def parent(self) -> str:
        """Path of the module that holds it."""
        return self.path.rpartition(".")[0]


@dataclass(frozen=True)
class Sorted:
    """The tensors of a file as modules, and what is no part of a net."""

    leaves: tuple[Leaf, ...]
    left_out: dict[str, int]
    """What was left out, in words, and how many tensors it was."""


def sort_tensors(tensors: Mapping[str, Tensor]) -> Sorted:
    """Groups tensors by module, and puts aside what training scripts leave among them.

    Raises:
        CheckpointError: for a quantised net, or weights of which parts are missing.
    """
    _refuse_quantised(tensors)
    refuse_deltas(tensors)
    _refuse_other_order(tensors)
    tensors, num_replaced = trained_copies(tensors)
    modules: dict[str, dict[str, Tensor]] = {}
    left_out: dict[str, int] = {}
    if num_replaced:
        left_out["tensors that trained copies of them replace"] = num_replaced
    for key, tensor in computed_weights(tensors).items():
        what = _leftover(key)
        if what:
            left_out[what] = left_out.get(what, 0) + 1
            continue
        path, _, name = key.rpartition(".")
        modules.setdefault(path, {})[name] = tensor
    return Sorted(tuple(Leaf(path, held) for path, held in modules.items()), left_out)


def _refuse_quantised(tensors: Iterable[str]) -> None:
    odd = next((key for key in tensors if _QUANTISED.fullmatch(key)), None)
    if odd is not None:
        raise CheckpointError(
            f"is quantised, or was trained to be ('{odd}'): bring the floating-point weights that "
            "it was made of."
        )


def _refuse_other_order(tensors: Mapping[str, Tensor]) -> None:
    """Refuses convolutions of (height, width, in, out), which would be taken for other ones."""
    for key, tensor in tensors.items():
        sizes = tuple(tensor.shape)
        if len(sizes) != 4 or not 1 < sizes[0] == sizes[1] <= _LARGEST_WINDOW_PX:
            continue
        if sizes[2] != sizes[3]:
            shape = " x ".join(map(str, sizes))
            raise CheckpointError(
                f"has a convolution '{key}' of {shape}, in the order of TensorFlow and JAX (height,"
                " width, in, out): turn each into torch's order by permute(3, 2, 0, 1), and linear "
                "maps by t()."
            )


def natural(path: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts `layer10` behind `layer2`."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d{1,9})|\.", path)
        if part
    )


def common_prefix(paths: Iterable[str]) -> str:
    """What all dotted paths begin with, whole parts only."""
    parts = [path.split(".") for path in paths]
    shared = []
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    return ".".join(shared)


def _leftover(key: str) -> str:
    if _COUNTERS.fullmatch(key):
        return "counters of a profiler or an average"
    return "tensors of a loss or a measure" if _LOSSES.fullmatch(key) else ""
