"""Weights of others' nets under our names: one explicit table of keys for each source.

theirs                       ours
conv1, bn1                   stem.conv, stem.norm
layer2.0.conv1, .bn1         stage2.0.conv1, .norm1
layer2.0.downsample.0, .1    stage2.0.shortcut.conv, .norm     (akamaster: shortcut.0, .1)
fc                           classifier                        (akamaster: linear)
"""

import re
from collections.abc import Mapping

from torch import Tensor

from resnet_core.errors import CheckpointError

_STEM_AND_BRANCH = {
    r"conv1": r"stem.conv",
    r"bn1": r"stem.norm",
    r"layer(\d+)\.(\d+)\.conv(\d)": r"stage\1.\2.conv\3",
    r"layer(\d+)\.(\d+)\.bn(\d)": r"stage\1.\2.norm\3",
}
_TORCHVISION = _STEM_AND_BRANCH | {
    r"layer(\d+)\.(\d+)\.downsample\.0": r"stage\1.\2.shortcut.conv",
    r"layer(\d+)\.(\d+)\.downsample\.1": r"stage\1.\2.shortcut.norm",
    r"fc": r"classifier",
}
_AKAMASTER = _STEM_AND_BRANCH | {
    r"layer(\d+)\.(\d+)\.shortcut\.0": r"stage\1.\2.shortcut.conv",
    r"layer(\d+)\.(\d+)\.shortcut\.1": r"stage\1.\2.shortcut.norm",
    r"linear": r"classifier",
}


def torchvision_state(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Renames a state dict of torchvision's ResNets, ResNeXts and Wide ResNets for `ResNet`.

    Raises:
        CheckpointError: for a key that such a net does not have.
    """
    return _rename(state_dict, _TORCHVISION, "torchvision's ResNets")


def akamaster_state(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Renames a state dict of akamaster/pytorch_resnet_cifar10 for `ResNet`.

    Its files hold it under `state_dict`, its keys with or without DataParallel's `module.`.  The
    option-A shortcut there pads half of the new channels on each side, as ours does.

    Raises:
        CheckpointError: for a key that such a net does not have.
    """
    return _rename(state_dict, _AKAMASTER, "akamaster's CIFAR ResNets")


def _rename(
    state_dict: Mapping[str, Tensor], table: Mapping[str, str], source: str
) -> dict[str, Tensor]:
    return {_our_key(key, table, source): tensor for key, tensor in state_dict.items()}


def _our_key(key: str, table: Mapping[str, str], source: str) -> str:
    module, _, tensor = key.removeprefix("module.").rpartition(".")
    for theirs, ours in table.items():
        match = re.fullmatch(theirs, module)
        if match:
            return f"{match.expand(ours)}.{tensor}"
    raise CheckpointError(
        f"The weights have a tensor '{key}' that {source} do not have: they belong to another net."
    )
