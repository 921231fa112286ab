"""Files of further programs: keys that are no texts, computed weights, encoders, folders."""

import copy
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, spectral_norm, weight_norm

from resnet_core.checkpoints import load_checkpoint
from resnet_core.errors import CheckpointError
from resnet_core.importing import Checker, ImportRequest, import_checkpoint, inert
from resnet_core.importing.described import read_described
from resnet_core.importing.near_misses import folder_miss, near_miss, zip_miss
from resnet_core.importing.recognising import recognise
from resnet_core.pictures.names import distinct_names
from tests.importing.conftest import saved
from tests.importing.nets_anew import CLASSES, Net, seeded
from tests.importing.settled_nets import assert_equal_logits, settled

NET = seeded(Net)
STATE = NET.state_dict()
WIDTH = STATE["fc.weight"].shape[1]
BODY = {name: tensor for name, tensor in STATE.items() if not name.startswith("fc")}


def under(prefix: str, state: dict[str, Tensor] = STATE) -> dict[str, Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in state.items()}


def by_bytes(state: dict[str, Tensor]) -> dict[bytes, Tensor]:
    return {name.encode(): tensor for name, tensor in state.items()}


KEYS: dict[str, tuple[object, str]] = {
    "bytes": (by_bytes(STATE), ""),
    "bytes around bytes": ({b"epoch": 3, b"state_dict": by_bytes(STATE)}, "state_dict"),
    "tuples": ({tuple(name.split(".")): tensor for name, tensor in STATE.items()}, ""),
    "a number around names": ({0: STATE, "epoch": 3}, "0"),
    "DeepSpeed": ({"module": STATE, "optimizer": None, "ds_version": "0.9"}, "module"),
    "FSDP": ({"model": under("_fsdp_wrapped_module.")}, "model"),
    "compiled and parallel": (under("_orig_mod.module."), ""),
    "parallel three times": (under("module.module.module."), ""),
    "a wrapper within": (
        {name.replace("layer1.0.", "layer1.0._checkpoint_wrapped_module."): tensor
         for name, tensor in STATE.items()},
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KEYS)
def test_names_that_stand_under_other_keys_are_read(kind):
    content, path = KEYS[kind]
    found = recognise(content)
    assert torch.equal(found.tensors["classifier.weight"], STATE["fc.weight"])
    assert (found.path, found.beside) == (path, ())


def test_nets_under_numbers_are_several_nets():
    other = {name: tensor + 1 if name == "fc.bias" else tensor for name, tensor in STATE.items()}
    found = recognise({0: STATE, 1: other})
    assert (found.path, found.beside) == ("0", ("1",))
    ensemble = recognise({**under("models.0."), **under("models.1.", other)})
    assert (ensemble.path, ensemble.beside) == ("models.0", ("models.1",))
    second = recognise({**under("models.0."), **under("models.1.", other)}, part="models.1")
    assert torch.equal(second.tensors["classifier.bias"], STATE["fc.bias"] + 1)


def optimizer() -> dict:
    net = copy.deepcopy(NET)
    torch.stack([parameter.sum() for parameter in net.parameters()]).sum().backward()
    made = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    made.step()
    return made.state_dict()


BARE: dict[str, tuple[object, str]] = {
    "numbers": (dict(enumerate(STATE.values())), "holds tensors without names"),
    "numbers below": ({"net": dict(enumerate(STATE.values()))}, "holds tensors without names"),
    "a list": (list(NET.parameters()), "holds tensors without names"),
    "an optimizer": (optimizer(), "holds an optimizer's state and no weights"),
}


@pytest.mark.parametrize("kind", BARE)
def test_tensors_without_names_are_told_from_no_tensors(kind):
    content, words = BARE[kind]
    with pytest.raises(CheckpointError, match=words):
        recognise(content)


def computed(alter, module: str) -> nn.Module:
    net = copy.deepcopy(NET)
    alter(net.get_submodule(module))
    return net.eval()


COMPUTED = {
    "weight norm": parametrizations.weight_norm,
    "weight norm over everything": lambda module: parametrizations.weight_norm(module, dim=-1),
    "spectral norm": parametrizations.spectral_norm,
    "old weight norm": weight_norm,
    "old spectral norm": spectral_norm,
}


@pytest.mark.filterwarnings("ignore:.*weight_norm")
@pytest.mark.parametrize("module", ["fc", "layer2.0.conv1"])
@pytest.mark.parametrize("kind", COMPUTED)
def test_weights_that_a_norm_is_computed_for_are_computed(kind, module):
    net = computed(COMPUTED[kind], module)
    assert any(part in "".join(net.state_dict()) for part in ("_g", "_u", "original"))
    _, ours = settled(net.state_dict(), 32)
    assert_equal_logits(ours, net, 32)


HALF = STATE["fc.weight"]
REFUSED: dict[str, tuple[dict[str, Tensor], str]] = {
    "one part": ({**BODY, "fc.weight_g": torch.ones(CLASSES, 1)}, "cannot be put together"),
    "parts that do not fit": (
        {**BODY, "fc.weight_g": torch.ones(3, 1), "fc.weight_v": HALF},
        "cannot be put together .'fc.weight_g'.",
    ),
    "orthogonal": (
        {**BODY, "fc.parametrizations.weight.original": HALF},
        "cannot be put together",
    ),
    "MoCo": (
        {**under("module.encoder_q."), **under("module.encoder_k."), "queue": torch.ones(5, 9)},
        "trained without labels .'encoder_q'.",
    ),
    "BYOL": (under("online_encoder.net."), "trained without labels .'online_encoder'."),
    "SimCLR": (
        {**under("encoder.", BODY), "projector.0.weight": torch.ones(8, WIDTH)},
        "'projector.0' gives features of a training without labels",
    ),
    "fastai's head": (
        {**BODY, "head.4.weight": torch.ones(16, 2 * WIDTH), "head.8.weight": torch.ones(5, 16)},
        f"'head.4' that takes {2 * WIDTH} numbers, and {WIDTH} channels leave the last block",
    ),
    "ArcFace": ({**BODY, "arc.weight": HALF}, "a loss with a margin, which compares directions"),
    "quantised": ({**STATE, "fc.zero_point": torch.zeros(())}, "is quantised"),
    "trained to be quantised": (
        {**STATE, "conv1.weight_fake_quant.scale": torch.ones(1)},
        "was trained to be .'conv1.weight_fake_quant.scale'.: bring the floating-point",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_answer_as_another_net_is_refused_by_name(kind):
    tensors, words = REFUSED[kind]
    with pytest.raises(CheckpointError, match=words):
        recognise({"state_dict": tensors})


def test_projection_beside_a_classifier_is_left_out():
    state = {**STATE, "projector.0.weight": torch.ones(8, WIDTH), "projector.1.bias": torch.ones(8)}
    found = recognise(state)
    assert torch.equal(found.tensors["classifier.weight"], STATE["fc.weight"])
    assert found.left_out == {"tensors of 'projector'": 2}


def test_tensor_beside_every_module_is_counted_by_its_name():
    found = recognise({**under("model."), "temperature": torch.ones(1)})
    assert found.left_out == {"tensors of 'temperature'": 1}


NAMES = ("ant", "bee", "cow", "dög", "eel")
ARRAYS = {
    "text": np.array(NAMES),
    "the other order": np.array(NAMES, dtype=">U3"),
    "objects": np.array(NAMES, dtype=object),
    "bytes": [name.encode() for name in NAMES],
    "bytes of Windows": [name.encode("cp1252") for name in NAMES],
    "numbers of numpy": {name: np.int64(label) for label, name in enumerate(NAMES)},
    "texts of numpy": [np.str_(name) for name in NAMES],
}


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("kind", ARRAYS)
def test_class_names_may_be_numpys_or_bytes(kind, protocol):
    held = io.BytesIO(saved({"classes": ARRAYS[kind]}, pickle_protocol=protocol))
    content = torch.load(held, weights_only=False, pickle_module=inert.FOR_TORCH)
    said = read_described(content, num_classes=CLASSES, channels=3)
    assert (said.class_names, said.problems) == (NAMES, ())


@pytest.mark.parametrize("holder", [("meta", "dataset_meta"), ("hyper_parameters", "cfg")])
def test_class_names_may_stand_two_dicts_deep(holder):
    outer, inner = holder
    content = {outer: {inner: {"classes": NAMES}}, b"mean": [0.5] * 3, "std": [0.25] * 3}
    said = read_described(content, num_classes=CLASSES, channels=3)
    assert (said.class_names, said.mean) == (NAMES, (0.5,) * 3)


def test_names_of_several_classes_get_their_labels():
    assert distinct_names(("crane", "cat", "crane")) == ("crane (0)", "cat", "crane (2)")
    assert distinct_names(("a", "a", "a (0)")) == ("a (0) (0)", "a (1)", "a (0) (2)")
    assert distinct_names(("a", "b")) == ("a", "b")


@pytest.mark.parametrize("who", ["file", "person"])
def test_repeated_names_are_numbered_and_said(who, home, checker: Checker):
    names = ("crane", "cat", "crane ", "dog", "cow")
    content = saved({"state_dict": STATE, **({"class_names": names} if who == "file" else {})})
    request = ImportRequest(name="a", class_names=names if who == "person" else ())
    path = import_checkpoint(content, request, file_name="a.pt", checker=checker)
    _, card = load_checkpoint(path)
    assert card.class_names == ("crane (0)", "cat", "crane (2)", "dog", "cow")
    assert card.brought is not None
    assert "class names that stand for several classes" in " ".join(card.brought.assumed)


FOLDERS = {
    ("__0_0.distcp", ".metadata"): "dcp_to_torch_save",
    ("zero_to_fp32.py", "latest"): "run the zero_to_fp32.py",
    ("config.json", "optimizer.bin", "pytorch_model.bin"): "such as 'pytorch_model.bin'",
    ("model-1.safetensors", "model.safetensors.index.json"): "'model.safetensors.index.json'",
    ("model.ckpt.index",): "is a net of TensorFlow",
    ("notes.txt",): "is a folder without weights",
}


@pytest.mark.parametrize("names", FOLDERS)
def test_folder_in_place_of_a_file_says_which_file(names, tmp_path: Path, home):
    for name in names:
        (tmp_path / name).touch()
    assert FOLDERS[names] in folder_miss(tmp_path)
    with pytest.raises(CheckpointError, match=f"'{tmp_path.name}' is a "):
        import_checkpoint(tmp_path, ImportRequest(name="a"), file_name=tmp_path.name)


PROGRAMS = {
    b"\x08\x01\x12\xd5\x01\n\x10abc": "is a program of TensorFlow,",
    b"\x1c\0\0\0TFL3": "is a program of TensorFlow Lite",
    b"\x08\x07\x12\x07pytorch": "is an ONNX program",
}


@pytest.mark.parametrize("start", PROGRAMS)
def test_programs_of_others_are_called_what_they_are(start, tmp_path: Path):
    (tmp_path / "a").write_bytes(start + bytes(99))
    assert PROGRAMS[start] in near_miss(tmp_path / "a")
    assert "a net of Keras" in zip_miss(["config.json", "model.weights.h5"])
