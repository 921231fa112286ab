"""Weights as numpy's arrays, and weights that are split over several files."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from resnet_core.checkpoints import load_checkpoint
from resnet_core.errors import CheckpointError
from resnet_core.importing import Checker, ImportRequest, import_checkpoint
from tests.data.villain import Villain
from tests.importing.nets_anew import CLASSES, Net, seeded

STATE = seeded(Net).state_dict()
ARRAYS = {name: tensor.numpy() for name, tensor in STATE.items()}
Save = Callable[[dict[str, Tensor], Path], None]


def npz(arrays: dict[str, Any], save: Callable[..., None] = np.savez) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


def brought(source: bytes | Path, checker: Checker, name: str = "a.npz"):
    path = import_checkpoint(source, ImportRequest(name="a"), file_name=name, checker=checker)
    return load_checkpoint(path)


WRITTEN: dict[str, bytes] = {
    "plain": npz(ARRAYS),
    "packed": npz(ARRAYS, np.savez_compressed),
    "slashes": npz({name.replace(".", "/"): array for name, array in ARRAYS.items()}),
    "the other order of bytes": npz(
        {name: array.astype(array.dtype.newbyteorder(">")) for name, array in ARRAYS.items()}
    ),
    "by column": npz({name: np.asfortranarray(array) for name, array in ARRAYS.items()}),
    "doubles": npz(
        {n: a.astype(np.float64) if a.dtype.kind == "f" else a for n, a in ARRAYS.items()}
    ),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_arrays_by_name_are_a_net(kind, home, checker: Checker):
    model, card = brought(WRITTEN[kind], checker)
    assert torch.equal(model.state_dict()["classifier.weight"], STATE["fc.weight"])
    assert torch.equal(model.state_dict()["stem.conv.weight"], STATE["conv1.weight"])
    assert card.class_names == tuple(f"class {number}" for number in range(CLASSES))


def test_what_arrays_say_of_the_net_is_used(home, checker: Checker):
    names = np.array([f"kind {number}" for number in range(CLASSES)])
    said = {"classes": names, "epoch": np.array(7), "mean": [0.5, 0.4, 0.3], "std": [0.25] * 3}
    _, card = brought(npz({**ARRAYS, **said}), checker)
    assert card.class_names == tuple(names)
    assert (card.mean, card.std) == ((0.5, 0.4, 0.3), (0.25, 0.25, 0.25))


def huge_claim() -> bytes:
    buffer, header = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (2**40,)}
    )
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("fc.weight.npy", header.getvalue() + bytes(8))
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("fc.weight.npy", "w", force_zip64=True) as file,
    ):
        for _ in range(601):
            file.write(bytes(2**20))
    return buffer.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no names": (lambda: npz_of(*ARRAYS.values()), "holds arrays without names"),
    "objects": (
        lambda: npz({**ARRAYS, "fc.bias": np.array([{}], object)}),
        "has an array 'fc.bias' of Python objects, which could run code",
    ),
    "another kind": (
        lambda: npz({**ARRAYS, "fc.bias": np.zeros(CLASSES, "V2")}),
        "has an array 'fc.bias' of numbers that torch does not have",
    ),
    "complex": (
        lambda: npz({**ARRAYS, "fc.bias": np.zeros(CLASSES, complex)}),
        "of numbers that no weights are .complex128.",
    ),
    "whole": (lambda: npz({**ARRAYS, "fc.bias": np.zeros(CLASSES, int)}), "of whole numbers"),
    "more than it has": (huge_claim, "a.npz"),
    "a bomb": (bomb, "unpacks to more than 600 MB"),
    "no numbers": (lambda: npz({**ARRAYS, "fc.bias": np.full(CLASSES, np.nan, "f4")}), "finite"),
    "cut": (lambda: WRITTEN["plain"][:-99], "damaged or cut short"),
}


def npz_of(*arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, *arrays)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", REFUSED)
def test_arrays_that_are_no_net_are_refused_in_a_sentence(kind, home, checker: Checker):
    make, words = REFUSED[kind]
    with pytest.raises(CheckpointError, match=words) as caught:
        brought(make(), checker)
    assert str(caught.value).startswith("'a.npz' ") and "\n" not in str(caught.value)


def test_no_code_in_arrays_is_run(home, checker: Checker, tmp_path: Path):
    content = npz({**ARRAYS, "fc.bias": np.array([Villain(tmp_path / "evil")], object)})
    with pytest.raises(CheckpointError, match="could run code"):
        brought(content, checker)
    assert not (tmp_path / "evil").exists()


def as_zip(tensors: dict[str, Tensor], path: Path) -> None:
    torch.save(tensors, path)


def as_old(tensors: dict[str, Tensor], path: Path) -> None:
    torch.save(tensors, path, _use_new_zipfile_serialization=False)


FORMS: dict[str, tuple[str, Save]] = {
    "safetensors": ("model.safetensors", safetensors.torch.save_file),
    "torch": ("pytorch_model.bin", as_zip),
    "old torch": ("pytorch_model.bin", as_old),
}


def write_parts(folder: Path, form: str, *, twice: bool = False) -> Path:
    whole, save = FORMS[form]
    stem, _, ending = whole.rpartition(".")
    names = [f"{stem}-0000{number}-of-00002.{ending}" for number in (1, 2)]
    halves: dict[str, dict[str, Tensor]] = {name: {} for name in names}
    where = {}
    for number, (key, tensor) in enumerate(STATE.items()):
        name = names[number % 2]
        halves[name][key], where[key] = tensor, name
    if twice:
        halves[names[0]]["fc.bias"] = halves[names[1]]["fc.bias"] = STATE["fc.bias"] + 1
    for name, tensors in halves.items():
        save(tensors, folder / name)
    index = folder / f"{whole}.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": where}))
    return index


@pytest.mark.parametrize("form", FORMS)
def test_parts_are_read_by_their_index(form, home, checker: Checker, tmp_path: Path):
    index = write_parts(tmp_path, form)
    model, _ = brought(index, checker, index.name)
    for ours, theirs in (("classifier.bias", "fc.bias"), ("stem.conv.weight", "conv1.weight")):
        assert torch.equal(model.state_dict()[ours], STATE[theirs])


def test_parts_may_be_links_as_in_the_hubs_cache(home, checker: Checker, tmp_path: Path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "snapshot").mkdir()
    write_parts(tmp_path / "blobs", "safetensors")
    for path in (tmp_path / "blobs").iterdir():
        (tmp_path / "snapshot" / path.name).symlink_to(f"../blobs/{path.name}")
    index = tmp_path / "snapshot" / "model.safetensors.index.json"
    model, _ = brought(index, checker, index.name)
    assert torch.equal(model.state_dict()["classifier.bias"], STATE["fc.bias"])


def test_parts_that_both_hold_a_tensor_are_refused(home, checker: Checker, tmp_path: Path):
    index = write_parts(tmp_path, "torch", twice=True)
    with pytest.raises(CheckpointError, match=r"has parts that both hold 'fc\.bias'"):
        brought(index, checker, index.name)


@pytest.mark.parametrize(
    "content", [[1, 2], {"state_dict": STATE}, {"conv1.weight": "text"}], ids=["list", "in", "text"]
)
def test_part_of_something_else_is_refused(content, home, checker: Checker, tmp_path: Path):
    index = write_parts(tmp_path, "torch")
    torch.save(content, tmp_path / "pytorch_model-00002-of-00002.bin")
    with pytest.raises(CheckpointError, match="something else than tensors by name"):
        brought(index, checker, index.name)


def test_part_that_would_run_code_runs_none(home, checker: Checker, tmp_path: Path):
    index = write_parts(tmp_path, "torch")
    torch.save({"a": Villain(tmp_path / "evil")}, tmp_path / "pytorch_model-00001-of-00002.bin")
    with pytest.raises(CheckpointError):
        brought(index, checker, index.name)
    assert not (tmp_path / "evil").exists()
