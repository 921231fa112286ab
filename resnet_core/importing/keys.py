"""Whose weights these are, and their tensors under our names.

origin                  keys end in                 wrapped as
torchvision, timm       downsample.0, fc            bare, or under state_dict / model
their DenseNets         features.*, classifier      bare
timm, deep stem         conv1.0, downsample.1, fc   bare, or under state_dict
akamaster               (no shortcut), linear       {state_dict, best_prec1}, `module.`
kuangliu                shortcut.0, linear          {net, acc, epoch}, `module.`
Lightning               any of these                {state_dict, pytorch-lightning_version}
this lab                stem.conv, classifier       bare
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from resnet_core.errors import CheckpointError
from resnet_core.models import akamaster_state, torchvision_state

KeyOrigin = Literal["torchvision or timm", "akamaster", "kuangliu", "this lab"]

_WRAPPERS = ("state_dict", "net", "model", "model_state_dict", "state_dict_ema", "model_ema")
_ANCHORS = ("stem.conv.weight", "features.conv0.weight", "conv1.0.weight", "conv1.weight")
_MOST_TENSORS = 20_000
_LONGEST_NAME = 200


@dataclass(frozen=True)
class ForeignState:
    """Tensors under our names, and where they seem to come from."""

    tensors: dict[str, Tensor]
    origin: KeyOrigin
    num_left_out: int
    """Tensors beside the net, such as a loss function's, which were left out."""


def find_state(content: Any) -> Mapping[str, Tensor]:
    """Finds the state dict in what a file holds.

    Raises:
        CheckpointError: when there is none.
    """
    for _ in range(3):
        if _is_state(content):
            _refuse_odd_names(content)
            return content
        if not isinstance(content, Mapping):
            break
        inner = [content[name] for name in _WRAPPERS if isinstance(content.get(name), Mapping)]
        if not inner:
            break
        content = inner[0]
    raise CheckpointError(
        "holds no state dict: expected tensors by name, alone or under 'state_dict', 'net' or "
        "'model'. Save model.state_dict()."
    )


def rename_state(state: Mapping[str, Tensor]) -> ForeignState:
    """Recognises whose names these are, and translates them.

    Raises:
        CheckpointError: for the names of a net that is not known.
    """
    prefix = _find_prefix(state)
    stripped = {
        key.removeprefix(prefix): tensor for key, tensor in state.items() if key.startswith(prefix)
    }
    origin = _recognise(stripped)
    translate = {"torchvision or timm": torchvision_state, "this lab": dict}
    try:
        renamed = translate.get(origin, akamaster_state)(stripped)
    except CheckpointError as exc:
        sentence = str(exc)
        raise CheckpointError(f"does not fit: {sentence[0].lower()}{sentence[1:]}") from exc
    return ForeignState(_with_counters(renamed), origin, len(state) - len(stripped))


def _is_state(content: Any) -> bool:
    return (
        isinstance(content, Mapping)
        and 0 < len(content) <= _MOST_TENSORS
        and all(isinstance(key, str) for key in content)
        and all(isinstance(value, Tensor) for value in content.values())
    )


def _refuse_odd_names(state: Mapping[str, Tensor]) -> None:
    if any(len(key) > _LONGEST_NAME or not key.isprintable() for key in state):
        raise CheckpointError("has tensors with names that no net has: save model.state_dict().")


def _find_prefix(state: Mapping[str, Tensor]) -> str:
    """Finds what stands before the stem's name, such as `module.` or `model.backbone.`."""
    for anchor in _ANCHORS:
        found = [key for key in state if key == anchor or key.endswith(f".{anchor}")]
        if found:
            return min(found, key=lambda key: (key.count("."), len(key))).removesuffix(anchor)
    raise CheckpointError(
        "holds no ResNet: a tensor named 'conv1.weight' was expected. Bring weights of "
        "torchvision's, timm's, akamaster's or kuangliu's ResNets, or of this lab."
    )


def _recognise(state: Mapping[str, Tensor]) -> KeyOrigin:
    if "stem.conv.weight" in state:
        return "this lab"
    if "fc.weight" in state or {"features.conv0.weight", "classifier.weight"} <= set(state):
        return "torchvision or timm"
    if "linear.weight" in state:
        return "kuangliu" if any(key.startswith("layer4.") for key in state) else "akamaster"
    raise CheckpointError(
        "has no classifier: a tensor named 'fc.weight' (torchvision, timm) or 'linear.weight' "
        "(akamaster, kuangliu) was expected."
    )


def _with_counters(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Adds batch norm's step counters, which files of torch before 0.4.1 do not have."""
    for key in [key for key in tensors if key.endswith(".running_mean")]:
        counter = f"{key.removesuffix('running_mean')}num_batches_tracked"
        tensors.setdefault(counter, torch.zeros((), dtype=torch.long))
    return tensors
