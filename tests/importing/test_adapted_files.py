"""Nets that were adapted, spread over devices, turned or emptied: each is told, none misread."""

import pytest
import torch
from torch import Tensor

from resnet_core.errors import CheckpointError
from resnet_core.importing.recognising import recognise
from tests.importing.nets_anew import Net, seeded

STATE = seeded(Net).state_dict()
CONV = "layer1.0.conv1.weight"


def wrapped(name: str) -> str:
    """What PEFT calls a tensor of a net whose classifier was trained whole."""
    called = name.replace("fc.", "fc.modules_to_save.default.")
    return f"base_model.model.{called}"


HEAD = {name: tensor + 1 for name, tensor in STATE.items() if name.startswith("fc")}
ORIGINAL = {f"base_model.model.fc.original_module.{name[3:]}": STATE[name] for name in HEAD}
PEFT = {wrapped(name): HEAD.get(name, tensor) for name, tensor in STATE.items()}


@pytest.mark.parametrize("originals", [{}, ORIGINAL])
def test_trained_copy_of_a_classifier_is_taken_and_not_its_original(originals):
    found = recognise({**originals, **PEFT})
    assert torch.equal(found.tensors["classifier.bias"], STATE["fc.bias"] + 1)
    expected = {"tensors that trained copies of them replace": len(originals)}
    assert found.left_out == (expected if originals else {})


def converted(dtype: torch.dtype) -> dict[str, Tensor]:
    return {n: t.to(dtype) if t.is_floating_point() else t for n, t in STATE.items()}


def turned() -> dict[str, Tensor]:
    return {n: t.permute(2, 3, 1, 0) if t.ndim == 4 else t for n, t in STATE.items()}


def with_one_output() -> dict[str, Tensor]:
    return STATE | {"fc.weight": STATE["fc.weight"][:1], "fc.bias": STATE["fc.bias"][:1]}


REFUSED: dict[str, tuple[dict[str, Tensor], str]] = {
    "deltas beside": (
        {**STATE, "layer1.0.conv1.lora_A.weight": torch.zeros(1)},
        r"deltas of a net \('layer1\.0\.conv1\.lora_A\.weight'\), whose scale .* merge them",
    ),
    "deltas alone": ({"a.layer1.0.conv1.lora_B": torch.zeros(4, 4)}, "holds deltas of a net"),
    "others": ({**STATE, "fc.hada_w1_a": torch.zeros(4, 4)}, "holds deltas of a net"),
    "two copies": (
        {**PEFT, "base_model.model.fc.modules_to_save.other.bias": STATE["fc.bias"]},
        r"was trained several times \(default, other\): keep one",
    ),
    "bytes": (converted(torch.int8), r"only quantised nets have \(int8\): bring the floating"),
    "eight bits": (converted(torch.float8_e4m3fn), r"only quantised nets have \(float8_e4m3fn\)"),
    "complex": (converted(torch.complex64), r"numbers that no weights are \(complex64\)"),
    "shapes alone": (
        {name: tensor.to("meta") for name, tensor in STATE.items()},
        "'conv1.weight' of which only the shape was saved",
    ),
    "spread": ({**STATE, CONV: torch.zeros(0)}, "of no numbers at all, .* gather its weights"),
    "empty": ({**STATE, "fc.weight": STATE["fc.weight"][:0]}, "'fc.weight' of no numbers at all"),
    "turned": (turned(), r"'conv1\.weight' of 3 x 3 x 3 x \d+, in the order of TensorFlow and JAX"),
    "one output": (with_one_output(), "has one output, .* two rows, one of zeros and its own"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_whole_net_is_told_what_to_do(kind):
    tensors, words = REFUSED[kind]
    with pytest.raises(CheckpointError, match=words):
        recognise({"state_dict": tensors})


def test_one_output_and_zeros_are_a_net_of_two_classes():
    state = with_one_output()
    two = {n: torch.cat([torch.zeros_like(state[n]), state[n]]) for n in ("fc.weight", "fc.bias")}
    found = recognise(state | two)
    assert found.config.num_classes == 2


@pytest.mark.parametrize("width", [1, 3])
def test_windows_of_two_sides_are_no_turned_ones(width):
    extra = {"head.aux.weight": torch.zeros(64, 64, 1, width)}
    with pytest.raises(CheckpointError) as caught:
        recognise({**STATE, **extra})
    assert "TensorFlow" not in str(caught.value)
