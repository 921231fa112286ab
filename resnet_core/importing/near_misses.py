"""Files that are no weights but nearly: what each is, and what to do, as the rest of a sentence."""

import re
import tarfile
from collections.abc import Iterable
from pathlib import Path

ALLOWED_KINDS = "Bring a .pt, .pth, .th or .ckpt file of torch, a .safetensors or a .npz file."
_WEIGHTS = re.compile(r".*\.(pth|pt|th|ckpt|safetensors|npz|bin|tar)", re.I)
_EXPORTED = ("archive_format", "serialized_exported_program.json", "model.json")
"""Files that only a `.pt2` has."""
_LOOKED_AT = 4096
_ONNX = re.compile(rb"\x08[\x03-\x14]\x12.{0,40}|.{0,40}(onnx|pytorch\x1a)", re.S)
_STARTS: tuple[tuple[bytes, str], ...] = (
    (
        b"version https://git-lfs",
        "is a Git LFS pointer, not the weights: run `git lfs pull`, or download the file itself.",
    ),
    (b"\x1f\x8b", "is packed with gzip: unpack it, and bring the weights file inside."),
    (b"BZh", "is packed with bzip2: unpack it, and bring the weights file inside."),
    (b"\xfd7zXZ", "is packed with xz: unpack it, and bring the weights file inside."),
    (b"7z\xbc\xaf", "is a 7z archive: unpack it, and bring the weights file inside."),
    (b"Rar!", "is a rar archive: unpack it, and bring the weights file inside."),
    (
        b"\x89HDF",
        "is an HDF5 file, as Keras writes it, not weights of torch: convert it to a state dict.",
    ),
    (
        b"\x93NUMPY",
        "is one numpy array, not the weights of a net: save model.state_dict(), or all arrays by "
        "name with numpy.savez.",
    ),
    (
        b"\x08\x01\x12",
        "is a program of TensorFlow, not weights of torch: convert it to a state dict.",
    ),
    (b"GGUF", "is a GGUF file, which holds language models: bring a ResNet's weights."),
)


def near_miss(path: Path) -> str:
    """Says what a file that is no weights file is, and what to do.

    Args:
        path: the file.
    """
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    for beginning, sentence in _STARTS:
        if start.startswith(beginning):
            return sentence
    if start[4:8] == b"TFL3":
        return "is a program of TensorFlow Lite, not weights of torch: bring the weights."
    if start and not start.strip(b"\0"):
        return "begins with nothing but zeros: its copy or download broke off; get it again."
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return (
            "is a web page that a download left instead of the file: open its address in a "
            "browser, and download the weights themselves."
        )
    if text.startswith(b"{"):
        return _json_miss(text)
    if _is_tar(path):
        return "is a tar archive: unpack it, and bring the weights file inside."
    if _ONNX.match(start):
        return (
            "is an ONNX program, not weights of torch: save model.state_dict() where it was "
            "exported from."
        )
    return f"is not a weights file. {ALLOWED_KINDS}"


def folder_miss(path: Path) -> str:
    """Says what a folder in place of a weights file is, and what to do.

    Args:
        path: the folder.
    """
    names = sorted(each.name for each in path.iterdir())
    if any(name.endswith(".distcp") for name in names):
        return (
            "is a checkpoint of torch.distributed in parts: make one file of it by "
            "torch.distributed.checkpoint.format_utils.dcp_to_torch_save, and bring that."
        )
    if "zero_to_fp32.py" in names:
        return (
            "is a checkpoint of DeepSpeed in parts: run the zero_to_fp32.py in it, and bring the "
            "file that it writes."
        )
    if any(name.endswith((".index", "saved_model.pb")) for name in names):
        return "is a net of TensorFlow, not weights of torch: convert it to a state dict."
    likely = [name for name in names if _WEIGHTS.fullmatch(name) or name.endswith(".index.json")]
    likely.sort(key=lambda name: (not name.endswith(".index.json"), "model" not in name, name))
    if likely:
        return f"is a folder: name a file in it, such as '{_shown(likely[0])}'."
    return f"is a folder without weights. {ALLOWED_KINDS}"


def zip_miss(names: Iterable[str]) -> str:
    """Says what a zip archive that torch did not write is, and what to do.

    Args:
        names: of what it holds.
    """
    names = list(names)
    if any(name.rpartition("/")[2] in _EXPORTED for name in names):
        return "is a program that torch exported, not weights: save model.state_dict()."
    if "model.weights.h5" in names:
        return "is a net of Keras, not weights of torch: convert it to a state dict."
    inside = [name for name in names if _WEIGHTS.fullmatch(name)]
    if inside:
        shown = _shown(inside[0].rpartition("/")[2])
        return f"is a zip archive around '{shown}': unpack it, and bring that file."
    return f"is a zip archive, but not one that torch.save made. {ALLOWED_KINDS}"


def _shown(name: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", name[:60])


def _json_miss(text: bytes) -> str:
    if b'"weight_map"' in text:
        return (
            "is the index of weights that are split over several files: put them beside it and "
            "name it by its path, such as `python -m resnet_core import PATH`."
        )
    return f"is JSON, not weights: bring the file of weights beside it. {ALLOWED_KINDS}"


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except OSError:
        return False
