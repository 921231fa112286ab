"""Weights of others' nets under our names: one explicit table of keys for each source.

theirs                       ours
conv1, bn1                   stem.conv, stem.norm
layer2.0.conv1, .bn1         stage2.0.conv1, .norm1
layer2.0.downsample.0, .1    stage2.0.shortcut.conv, .norm     (akamaster: shortcut.0, .1)
fc                           classifier                        (akamaster: linear)

features.conv0, .norm0       stem.conv, stem.norm              (DenseNets, which count from 1)
features.denseblock2.denselayer1.norm1   stage2.0.norm1
features.transition1.conv    stage2.transition.conv
features.norm5               final_norm
"""

import re
from collections.abc import Callable, Mapping

from torch import Tensor

from resnet_core.errors import CheckpointError

Name = str | Callable[[re.Match[str]], str]
"""What a module is called here: a template for what matched, or a function of it."""


def _dense_block(match: re.Match[str]) -> str:
    return f"stage{match[1]}.{int(match[2]) - 1}.{match[3]}{match[4]}"


def _dense_transition(match: re.Match[str]) -> str:
    return f"stage{int(match[1]) + 1}.transition.{match[2]}"


_STEM_AND_BRANCH: dict[str, Name] = {
    r"conv1": r"stem.conv",
    r"bn1": r"stem.norm",
    r"layer(\d+)\.(\d+)\.conv(\d)": r"stage\1.\2.conv\3",
    r"layer(\d+)\.(\d+)\.bn(\d)": r"stage\1.\2.norm\3",
}
_TORCHVISION: dict[str, Name] = _STEM_AND_BRANCH | {
    r"layer(\d+)\.(\d+)\.downsample\.0": r"stage\1.\2.shortcut.conv",
    r"layer(\d+)\.(\d+)\.downsample\.1": r"stage\1.\2.shortcut.norm",
    r"fc": r"classifier",
}
_DEEP_STEM: dict[str, Name] = _TORCHVISION | {
    r"conv1\.0": r"stem.conv",
    r"conv1\.1": r"stem.norm",
    r"conv1\.3": r"stem.conv2",
    r"conv1\.4": r"stem.norm2",
    r"conv1\.6": r"stem.conv3",
    r"bn1": r"stem.norm3",
    r"layer(\d+)\.(\d+)\.downsample\.1": r"stage\1.\2.shortcut.conv",  # 0 pools
    r"layer(\d+)\.(\d+)\.downsample\.2": r"stage\1.\2.shortcut.norm",
}
_DENSE: dict[str, Name] = {
    r"features\.conv0": "stem.conv",
    r"features\.norm0": "stem.norm",
    # torchvision's published files still write norm.1 where its modules are called norm1.
    r"features\.denseblock(\d+)\.denselayer(\d+)\.(norm|conv)\.?(\d)": _dense_block,
    r"features\.transition(\d+)\.(norm|conv)": _dense_transition,
    r"features\.norm5": "final_norm",
    r"classifier": "classifier",
}
_AKAMASTER: dict[str, Name] = _STEM_AND_BRANCH | {
    r"layer(\d+)\.(\d+)\.shortcut\.0": r"stage\1.\2.shortcut.conv",
    r"layer(\d+)\.(\d+)\.shortcut\.1": r"stage\1.\2.shortcut.norm",
    r"linear": r"classifier",
}


def torchvision_state(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Renames a state dict of torchvision's nets for `ResNet`; timm's have the same names.

    ResNets, ResNeXts, Wide ResNets and DenseNets are known, and timm's ResNets with a stem of three
    convolutions.

    Raises:
        CheckpointError: for a key that such a net does not have.
    """
    if any(key.startswith("features.") for key in state_dict):
        return _rename(state_dict, _DENSE, "torchvision's DenseNets")
    if any(key.endswith("conv1.0.weight") for key in state_dict):
        return _rename(state_dict, _DEEP_STEM, "timm's ResNets with a deep stem")
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
    state_dict: Mapping[str, Tensor], table: Mapping[str, Name], source: str
) -> dict[str, Tensor]:
    return {_our_key(key, table, source): tensor for key, tensor in state_dict.items()}


def _our_key(key: str, table: Mapping[str, Name], source: str) -> str:
    module, _, tensor = key.removeprefix("module.").rpartition(".")
    for theirs, ours in table.items():
        match = re.fullmatch(theirs, module)
        if match:
            name = match.expand(ours) if isinstance(ours, str) else ours(match)
            return f"{name}.{tensor}"
    raise CheckpointError(
        f"The weights have a tensor '{key}' that {source} do not have: they belong to another net."
    )
