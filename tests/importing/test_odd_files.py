"""Weights in forms that scripts give them: lists, numpy, plain pickles, copies, heads."""

import contextlib
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from resnet_core.errors import CheckpointError
from resnet_core.importing import inert
from resnet_core.importing.described import read_described
from resnet_core.importing.envelope import check_envelope
from resnet_core.importing.opening import read_content
from resnet_core.importing.recognising import Recognised, recognise
from tests.importing.nets_anew import CLASSES, Net, seeded

STATE = seeded(Net).state_dict()
ARRAYS = {
    name: np.array(tensor.numpy(), order="F" if tensor.ndim else "C")
    for name, tensor in STATE.items()
}


def is_it(found: Recognised) -> bool:
    """Whether the net is the one of all tests."""
    return torch.equal(found.tensors["stem.conv.weight"], STATE["conv1.weight"]) and torch.equal(
        found.tensors["classifier.weight"], STATE["fc.weight"]
    )


def plain(content: object, path: Path) -> object:
    path.write_bytes(pickle.dumps(content))
    assert check_envelope(path, "a.pkl") == "old torch"
    return read_content(path, "old torch")[0]


LISTS = {
    "a list of one": [STATE],
    "weights and an epoch": (dict(STATE), 5),
    "names with tensors": list(STATE.items()),
    "below a name": {"model": (STATE, {"lr": 0.1})},
}


@pytest.mark.parametrize("kind", LISTS)
def test_lists_around_weights_are_seen_through(kind):
    assert is_it(recognise(LISTS[kind]))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("content", [STATE, {"net": ARRAYS, "epoch": 3}, ARRAYS])
def test_plain_pickles_of_tensors_or_arrays_are_read(content, tmp_path):
    assert is_it(recognise(plain(content, tmp_path / "a.pkl")))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_plain_pickle_of_something_to_run_runs_nothing(tmp_path):
    canary = tmp_path / "ran"
    for content in (_Runs(str(canary)), {"net": STATE, "x": _Loads(str(canary))}):
        with contextlib.suppress(CheckpointError, pickle.UnpicklingError, RuntimeError):
            plain(content, tmp_path / "a.pkl")
    assert not canary.exists()


class _Runs:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (Path(self.path),)


class _Loads(_Runs):
    """Hides it in what a storage is read from."""

    def __reduce__(self) -> tuple:
        buffer = io.BytesIO()
        torch.save(_Runs(self.path), buffer)
        return torch.storage._load_from_bytes, (buffer.getvalue(),)


def test_copy_under_a_prefix_beside_bare_names_is_not_the_net():
    copy = {
        f"ema_model.{name}": tensor + 1 if tensor.is_floating_point() else tensor
        for name, tensor in STATE.items()
    }
    found = recognise({**copy, **STATE})
    assert is_it(found) and (found.beside, found.left_out) == (("ema_model",), {})
    asked = recognise({**copy, **STATE}, part="ema_model")
    assert torch.equal(asked.tensors["classifier.bias"], STATE["fc.bias"] + 1)


def test_heads_beside_the_classifier_are_counted():
    width = STATE["fc.weight"].shape[1]
    beside = {"rotation.weight": torch.ones(4, width), "rotation.bias": torch.ones(4)}
    found = recognise({**STATE, **beside})
    assert is_it(found) and found.left_out == {"tensors of the head 'rotation'": 2}


REFUSED: dict[str, tuple[dict[str, Tensor], str]] = {
    "two heads": ({"one.weight": STATE["fc.weight"], "two.weight": STATE["fc.weight"]}, "several"),
    "chained": ({**STATE, "out.weight": torch.ones(2, CLASSES)}, "head of several linear maps"),
    "spectral": ({**STATE, "conv1.weight_u": torch.ones(8)}, r"\('conv1.weight_u'\): remove"),
    "parametrised": ({"fc.parametrizations.weight.original0": torch.ones(5, 1)}, "remove"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_weights_that_are_computed_or_ambiguous_are_refused_by_name(kind):
    tensors, sentence = REFUSED[kind]
    state = {name: tensor for name, tensor in STATE.items() if not name.startswith("fc")}
    with pytest.raises(CheckpointError, match=sentence):
        recognise({**state, **tensors})


def test_pruned_weights_are_what_is_left_of_them():
    net = seeded(Net)
    assert isinstance(net.fc, nn.Linear)
    prune.random_unstructured(net.fc, "weight", amount=0.5)
    assert torch.equal(recognise(net.state_dict()).tensors["classifier.weight"], net.fc.weight)


def test_file_without_weights_says_what_it_holds():
    optimizer = torch.optim.SGD(seeded(Net).parameters(), 0.1, momentum=0.9).state_dict()
    with pytest.raises(CheckpointError, match="holds an optimizer's state and no weights"):
        recognise({"optimizer": optimizer, "epoch": 3})
    with pytest.raises(CheckpointError, match="holds tensors without names"):
        recognise(list(STATE.values()))


@pytest.mark.parametrize("spelling", ["CLASSES", "label_map", "idx2label"])
def test_class_names_have_many_names(spelling):
    names = tuple(f"kind {number}" for number in range(CLASSES))
    said: object = names if spelling == "CLASSES" else dict(enumerate(names))
    for content in ({spelling: said}, {"meta": {spelling: said}}):
        found = read_described(content, num_classes=CLASSES, channels=3)
        assert (found.class_names, found.problems) == (names, ())


NEAR: dict[str, tuple[dict[str, bytes], str]] = {
    "exported": ({"a/archive_format": b"pt2", "a/weights/model.pt": b""}, "a program that torch"),
    "Keras": ({"config.json": b"{}", "model.weights.h5": b""}, "is a net of Keras"),
}


@pytest.mark.parametrize("kind", NEAR)
def test_zip_of_something_else_is_called_what_it_is(kind, tmp_path):
    files, sentence = NEAR[kind]
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(CheckpointError, match=sentence):
        check_envelope(tmp_path / "a.pt", "a.pt")


def test_file_of_zeros_is_no_tar_archive(tmp_path):
    (tmp_path / "a.pth").write_bytes(bytes(9999))
    with pytest.raises(CheckpointError, match="begins with nothing but zeros"):
        check_envelope(tmp_path / "a.pth", "a.pth")


def test_arrays_by_column_keep_their_order():
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    file = io.BytesIO(pickle.dumps({"a": array}, protocol=2))
    held = inert.read_pickle(file)["a"]
    found = inert.plain_tensor(held)
    assert found is not None and torch.equal(found, torch.from_numpy(array.copy()))
    assert inert.plain_value(held) == array.tolist()


@pytest.mark.parametrize("kind", [">f4", ">i8", "<f8", "u1"])
@pytest.mark.parametrize("protocol", [2, 5])
def test_arrays_of_any_order_of_bytes_keep_their_numbers(kind, protocol):
    array = np.arange(6).reshape(2, 3).astype(kind)
    held = inert.read_pickle(io.BytesIO(pickle.dumps([array, array[1, 2]], protocol)))
    found = inert.plain_tensor(held[0])
    assert found is not None and found.tolist() == array.tolist()
    assert inert.plain_value(held[1]) == 5
