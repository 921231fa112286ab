"""Weights files built to do harm, or merely broken, and what is said of each."""

import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch

from tests.importing.conftest import akamaster_like, saved


class Canary:
    """Writes a file when it is unpickled by anything that runs code."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        song = f"import pathlib; pathlib.Path({str(self.path)!r}).write_text('sang')"
        return (exec, (song,))


def state(**changes) -> dict[str, torch.Tensor]:
    return akamaster_like() | changes


def repacked(content: bytes, change: Callable, compression: int = zipfile.ZIP_STORED) -> bytes:
    """Rewrites a torch zip with its records changed: name and bytes in, list of the same out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            for name, data in change(entry.filename, old.read(entry)):
                new.writestr(name, data, compress_type=compression)
    return buffer.getvalue()


def with_pickle(content: bytes, evil: bytes) -> bytes:
    return repacked(
        content, lambda name, data: [(name, evil if name.endswith("data.pkl") else data)]
    )


def tar_of(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("storages", "tensors", "pickle"):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


CODE = "could run code"
RUNNING: dict[str, tuple[Callable[[Canary], bytes], str]] = {
    "bare pickle": (lambda c: pickle.dumps(c), ""),
    "bare pickle, protocol 0": (lambda c: pickle.dumps(c, protocol=0), "not a weights file"),
    "bare pickle of a dict": (lambda c: pickle.dumps({"state_dict": c}), ""),
    "torch zip": (lambda c: saved(c), CODE),
    "torch zip, nested": (lambda c: saved({"state_dict": state(), "extra": {"deep": [c]}}), CODE),
    "torch zip, as a key": (lambda c: saved({"state_dict": state(), "args": {(c,): 1}}), CODE),
    "torch zip, pickle exchanged": (
        lambda c: with_pickle(saved(state()), pickle.dumps(c, 2)),
        CODE,
    ),
    "old torch": (lambda c: saved(c, _use_new_zipfile_serialization=False), CODE),
    "old torch, nested": (
        lambda c: saved({"state_dict": state(), "args": c}, _use_new_zipfile_serialization=False),
        CODE,
    ),
    "oldest torch, a tar": (lambda c: tar_of(pickle.dumps(c)), "is a tar archive"),
    "safetensors name, pickle inside": (lambda c: pickle.dumps([c]), ""),
    "second pickle in the zip": (
        lambda c: repacked(
            saved(state()),
            lambda name, data: [(name, data), (f"x/{name}", pickle.dumps(c))],
        ),
        "not one that torch.save made",
    ),
}


def tensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def entry(shape, begin, end, dtype="F32") -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def stretched() -> bytes:
    """Claims eight gigabytes with four bytes."""
    return saved(state(**{"module.linear.weight": torch.zeros(1).expand(10, 2**28)}))


def scripted() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("m/data.pkl", "m/constants.pkl", "m/code/__torch__.py", "m/version"):
            archive.writestr(name, pickle.dumps({}))
    return buffer.getvalue()


def huge() -> bytes:
    weights = state()
    return saved({k: v * 1e30 if v.is_floating_point() else v for k, v in weights.items()})


def circular() -> bytes:
    content: dict[str, object] = {}
    content["state_dict"] = content
    return saved(content)


def deep_json() -> bytes:
    return tensors(b"{" + b'"a":[' * 200_000)


GOOD = saved(akamaster_like())
NAN, INF = torch.full((10,), torch.nan), torch.full((10,), torch.inf)
BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "no bytes": (lambda: b"", "is empty"),
    "a text": (lambda: b"hello, I am no weights file at all", "not a weights file"),
    "a web page": (lambda: b"<!DOCTYPE html><html>404</html>", "is a web page"),
    "cut in half": (lambda: GOOD[: len(GOOD) // 2], "cut short"),
    "one byte changed": (lambda: GOOD[:50_000] + b"\xff\x00" + GOOD[50_002:], "damaged"),
    "old torch, cut": (
        lambda: saved(akamaster_like(), _use_new_zipfile_serialization=False)[:90_000],
        "cut short",
    ),
    "a zip of pictures": (
        lambda: repacked(GOOD, lambda name, data: [("a.png", data)] if "pkl" in name else []),
        "not one that torch.save made",
    ),
    "compressed records": (
        lambda: repacked(GOOD, lambda n, d: [(n, d)], zipfile.ZIP_DEFLATED),
        "compressed records",
    ),
    "a zip bomb": (
        lambda: repacked(
            saved({"a": torch.zeros(1)}),
            lambda n, d: [(n, d if "pkl" in n else bytes(2**23))],
            zipfile.ZIP_DEFLATED,
        ),
        "is refused",
    ),
    "a pickle of 5 MB": (lambda: with_pickle(GOOD, bytes(5 * 2**20)), "far more than weights"),
    "record outside": (
        lambda: repacked(GOOD, lambda n, d: [(n, d)] + ([("../x", b"")] if "pkl" in n else [])),
        "outside its own folder",
    ),
    "TorchScript": (scripted, "TorchScript"),
    "a list": (lambda: saved([1, 2, 3]), "no state dict"),
    "one tensor": (lambda: saved(torch.zeros(3)), "no state dict"),
    "an empty dict": (lambda: saved({}), "no state dict"),
    "numbers": (lambda: saved({"state_dict": {"a": 1}}), "no state dict"),
    "another kind of net": (lambda: saved({"encoder.weight": torch.zeros(3, 3)}), "no ResNet"),
    "no classifier": (lambda: saved({"conv1.weight": torch.zeros(1, 1, 3, 3)}), "no classifier"),
    "flat convolution": (
        lambda: saved(state(**{"module.conv1.weight": torch.zeros(3)})),
        "four dimensions",
    ),
    "one class": (
        lambda: saved(state(**{"module.linear.weight": torch.zeros(1, 64)})),
        "has one output",
    ),
    "wrong shape": (
        lambda: saved(state(**{"module.layer1.0.conv1.weight": torch.zeros(16, 16, 1, 1)})),
        "has the shape (16, 16, 1, 1), expected (16, 16, 3, 3)",
    ),
    "counter that is no number": (
        lambda: saved(state(**{"module.bn1.num_batches_tracked": torch.tensor(torch.nan)})),
        "not finite",
    ),
    "deep pickle": (
        lambda: with_pickle(GOOD, b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b"."),
        "no state dict",
    ),
    "lists in lists": (
        lambda: with_pickle(GOOD, b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."),
        "no state dict",
    ),
    "dict within itself": (circular, "no state dict"),
    "on the meta device": (
        lambda: saved(state(**{"module.linear.bias": torch.zeros(10, device="meta")})),
        "only the shape was saved",
    ),
    "25,000 tensors": (
        lambda: saved({str(index): torch.zeros(1) for index in range(25_000)}),
        "too many records",
    ),
    "a pickle before the zip": (lambda: pickle.dumps({}, 2) + GOOD, ""),
    "safetensors, then a pickle": (
        lambda: tensors({"__metadata__": {"a": "b"}}) + pickle.dumps({}),
        "damaged",
    ),
    "safetensors with a name twice": (
        lambda: tensors(
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
            b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            bytes(4),
        ),
        "no ResNet",
    ),
    "another depth": (lambda: saved(akamaster_like("resnet32")), "is not part of it"),
    "shallower": (lambda: saved(akamaster_like("resnet8")), "is missing"),
    "strange key": (
        lambda: saved(state(**{"module.layer1.0.gru.w": torch.zeros(2)})),
        "does not fit",
    ),
    "hostile key": (
        lambda: saved(state(**{"module.<img src=x>\n\x1b[31m" + "k" * 900: torch.zeros(2)})),
        "names that no net has",
    ),
    "NaN": (lambda: saved(state(**{"module.linear.bias": NAN})), "not finite"),
    "infinity": (lambda: saved(state(**{"module.linear.bias": INF})), "not finite"),
    "negative variance": (
        lambda: saved(state(**{"module.bn1.running_var": -torch.ones(16)})),
        "negative variance",
    ),
    "answers overflow": (huge, "not finite"),
    "sparse": (lambda: saved(state(**{"module.linear.bias": torch.ones(10).to_sparse()})), ""),
    "complex": (
        lambda: saved(state(**{"module.linear.bias": torch.ones(10, dtype=torch.complex64)})),
        "no weights are",
    ),
    "eight gigabytes of nothing": (stretched, "more numbers than it holds"),
    "header longer than the file": (lambda: tensors({}, length=2**62), "states a header"),
    "header of 5 MB": (lambda: tensors(b"{" + b" " * (5 * 2**20) + b"}"), "states a header"),
    "header is no JSON": (lambda: tensors(b"{]]]]"), "damaged"),
    "header is deep": (deep_json, "damaged"),
    "header without tensors": (lambda: tensors({"__metadata__": {"a": "b"}}), "no state dict"),
    "tensors overlap": (
        lambda: tensors({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, bytes(12)),
        "damaged",
    ),
    "gap between tensors": (
        lambda: tensors({"a": entry([2], 0, 8), "b": entry([2], 12, 20)}, bytes(20)),
        "damaged",
    ),
    "tensor beyond the end": (lambda: tensors({"a": entry([2], 0, 8)}, bytes(4)), "damaged"),
    "shape against bytes": (lambda: tensors({"a": entry([3], 0, 8)}, bytes(8)), "damaged"),
    "negative shape": (lambda: tensors({"a": entry([-2, -1], 0, 8)}, bytes(8)), "damaged"),
    "absurd shape": (lambda: tensors({"a": entry([2**39] * 8, 0, 8)}, bytes(8)), "damaged"),
    "unknown type": (lambda: tensors({"a": entry([2], 0, 8, "F999")}, bytes(8)), "damaged"),
}
