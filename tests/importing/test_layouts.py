"""Whose weights they are and which net they fill, told by names and shapes alone."""

import pytest
import torch
import torchvision

from resnet_core.errors import CheckpointError
from resnet_core.importing.architecture import (
    architecture_config,
    fitting_config,
    known_architectures,
)
from resnet_core.importing.recognising import recognise
from resnet_core.importing.states import list_states
from resnet_core.models import build_model
from resnet_core.models.nets import build_on_meta

TORCHVISION = (
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d"),
    *("resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2"),
    "densenet121",
)


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_nets_are_told_apart(name):
    with torch.device("meta"):
        state = torchvision.models.get_model(name, num_classes=12).state_dict()
    named = {f"model.{key}": light(tensor) for key, tensor in state.items()}
    found = recognise(named)
    assert (found.config.name, found.config.num_classes) == (name, 12)
    assert found.family == "torchvision or timm"


def light(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the same shape and type on the CPU; nothing is drawn."""
    return torch.zeros(tensor.shape, dtype=tensor.dtype)


TIMM_DEEP_STEM = {
    "stem.conv": "conv1.0",
    "stem.norm": "conv1.1",
    "stem.conv2": "conv1.3",
    "stem.norm2": "conv1.4",
    "stem.conv3": "conv1.6",
    "stem.norm3": "bn1",
    "classifier": "fc",
}
"""timm's names, as `timm.create_model("resnet50d").state_dict()` lists them."""


def timm_names(key: str) -> str:
    module, _, last = key.rpartition(".")
    if module in TIMM_DEEP_STEM:
        return f"{TIMM_DEEP_STEM[module]}.{last}"
    module = module.replace("stage", "layer").replace("shortcut.conv", "downsample.1")
    return f"{module.replace('shortcut.norm', 'downsample.2').replace('norm', 'bn')}.{last}"


@pytest.mark.parametrize("name", ["resnet18_d", "resnet50_d", "resnet101_d"])
def test_timms_deep_stems_are_known(name):
    state = build_on_meta(architecture_config(name)).state_dict()
    theirs = {timm_names(key): light(tensor) for key, tensor in state.items()}
    assert {"conv1.6.weight", "bn1.running_var", "layer2.0.downsample.2.bias"} <= set(theirs)
    found = recognise(theirs)
    assert set(found.tensors) == set(state)
    assert (found.config.name, found.family) == (name, "timm")


@pytest.mark.parametrize("name", known_architectures())
def test_every_net_is_its_own_or_a_twin_of_the_same_tensors(name):
    config = architecture_config(name)
    tensors = build_on_meta(config).state_dict()
    assert fitting_config(name, tensors).name == name
    try:
        found = fitting_config("auto", tensors)
    except CheckpointError as exc:
        assert "no known net has" in str(exc) or "another kind" in str(exc)
        return
    if found.name != name:  # stochastic depth has no tensors, nor has an identity shortcut
        assert (found.stage_blocks, found.stage_widths) == (
            config.stage_blocks,
            config.stage_widths,
        )


def test_wrappings_of_the_makers_are_seen_through():
    state = {"conv1.weight": torch.zeros(1)}
    for wrapped in (
        state,
        {"state_dict": state, "best_prec1": 91.7},
        {"net": state, "acc": 93.0, "epoch": 199},
        {"model": state, "optimizer": {"state": {}}},
        {"model": {"state_dict": state}},
        {"state_dict_ema": state, "arch": "resnet50"},
        {"whatever": state},
    ):
        assert list_states(wrapped)[0].tensors == state


def test_dense_net_of_another_growth_is_told_what_is_known():
    tensors = dict(build_model(architecture_config("densenet40_12")).state_dict())
    tensors["stage2.0.conv1.weight"] = torch.zeros(99, 1, 1, 1)
    with pytest.raises(CheckpointError, match="depth or growth"):
        fitting_config("auto", tensors)
