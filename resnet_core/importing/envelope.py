"""What can be told of a weights file before anything reads its tensors: size, container, header.

zip            torch since 1.6: stored records only, one small pickle, sums that are right
numpy          an npz file, which unpacks to no more than a weights file may have
safetensors    a JSON header of at most 4 MB whose tensors lie side by side in the file
old torch      a bare pickle; nothing to check from outside, so the child's limits must do
"""

import json
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Literal

from resnet_core.errors import CheckpointError
from resnet_core.importing.near_misses import near_miss, zip_miss
from resnet_core.pictures.names import plain_name

Container = Literal["zip", "numpy", "safetensors", "old torch"]

MAX_CHECKPOINT_BYTES = 600 * 2**20
"""Largest weights file that is looked at, bytes; ResNet-152 has 241 MB in single precision."""
MAX_HEADER_BYTES = 4 * 2**20
MAX_PICKLE_BYTES = 4 * 2**20
"""Largest pickle in a zip: it names the tensors and does not hold them."""
MAX_RECORDS = 20_000

_ZIP_START = b"PK\x03\x04"
_OLD_TORCH_STARTS = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
_DTYPE_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1, "BOOL": 1}
_DTYPE_BYTES |= {"I8": 1, "I16": 2, "U16": 2, "U32": 4, "U64": 8, "C64": 8}  # told by name later
_DTYPE_BYTES |= {"F8_E4M3": 1, "F8_E5M2": 1}


def check_envelope(path: Path, name: str) -> Container:
    """Looks at a file from outside, and tells what it is.

    Args:
        path: the file.
        name: what the person calls it; refusals begin with it.

    Raises:
        CheckpointError: one sentence that names the file and says what to do.
    """
    shown = plain_name(name)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as exc:
        raise CheckpointError(f"'{shown}' cannot be opened: check that it is there.") from exc
    if size > MAX_CHECKPOINT_BYTES:
        raise CheckpointError(
            f"'{shown}' has {size / 2**20:,.0f} MB; a weights file may have at most "
            f"{MAX_CHECKPOINT_BYTES // 2**20} MB: save the weights alone, without optimizer state."
        )
    if size == 0:
        raise CheckpointError(f"'{shown}' is empty: it holds no bytes. Copy it again.")
    if start.startswith(_ZIP_START):
        return _check_zip(path, shown)
    if start.startswith(_OLD_TORCH_STARTS):
        if tarfile.is_tarfile(path):
            raise CheckpointError(f"'{shown}' {near_miss(path)}")
        return "old torch"
    if len(start) >= 9 and start[8:9] == b"{":
        _check_safetensors(path, shown, size)
        return "safetensors"
    raise CheckpointError(f"'{shown}' {near_miss(path)}")


def _check_zip(path: Path, shown: str) -> Container:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            is_numpy = bool(names) and all(name.endswith(".npy") for name in names)
            if is_numpy:
                _check_arrays(archive.infolist(), shown)
            else:
                _check_records(archive, shown, path.stat().st_size)
            damaged = archive.testzip()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as exc:
        raise _cut_or_damaged(shown) from exc
    if damaged is not None:
        raise _cut_or_damaged(shown)
    return "numpy" if is_numpy else "zip"


def _check_arrays(entries: list[zipfile.ZipInfo], shown: str) -> None:
    problem = None
    if len(entries) > MAX_RECORDS:
        problem = "lists too many arrays"
    elif len({entry.filename for entry in entries}) != len(entries):
        problem = "lists an array twice"
    elif sum(entry.file_size for entry in entries) > MAX_CHECKPOINT_BYTES:
        problem = f"unpacks to more than {MAX_CHECKPOINT_BYTES // 2**20} MB"
    if problem:
        raise CheckpointError(f"'{shown}' is refused: it {problem}. Save it anew with numpy.savez.")


def _check_records(archive: zipfile.ZipFile, shown: str, file_bytes: int) -> None:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    pickles = [entry for entry in entries if entry.filename.rpartition("/")[2] == "data.pkl"]
    if len(pickles) != 1:
        raise CheckpointError(f"'{shown}' {zip_miss(names)}")
    if pickles[0].file_size > MAX_PICKLE_BYTES:
        raise CheckpointError(
            f"'{shown}' holds far more than weights (a pickle of "
            f"{pickles[0].file_size / 2**20:,.0f} MB): save the state dict alone."
        )
    folder = pickles[0].filename.removesuffix("data.pkl")
    if f"{folder}constants.pkl" in names:
        raise CheckpointError(
            f"'{shown}' is a TorchScript program, not weights: save model.state_dict()."
        )
    problem = None
    if len(entries) > MAX_RECORDS:
        problem = "lists too many records"
    elif len(set(names)) != len(names):
        problem = "lists a record twice"
    elif any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        problem = "has compressed records, which torch never writes"
    elif sum(entry.file_size for entry in entries) > file_bytes:
        problem = "states more bytes than it has"
    elif any(not name.startswith(folder) or ".." in name or "\\" in name for name in names):
        problem = "has records outside its own folder"
    if problem:
        raise CheckpointError(f"'{shown}' is refused: it {problem}. Save it anew with torch.save.")


def _check_safetensors(path: Path, shown: str, size: int) -> None:
    with path.open("rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        if header_bytes > min(MAX_HEADER_BYTES, size - 8):
            raise CheckpointError(
                f"'{shown}' states a header of {header_bytes:,} bytes; at most "
                f"{min(MAX_HEADER_BYTES, size - 8):,} are possible: it is damaged, or no "
                "safetensors file."
            )
        raw = file.read(header_bytes)
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise _cut_or_damaged(shown) from exc
    if not isinstance(header, dict) or not _is_tidy(header, size - 8 - header_bytes):
        raise _cut_or_damaged(shown)


def _is_tidy(header: dict[str, Any], data_bytes: int) -> bool:
    """Whether the tensors follow each other without gap or overlap and fill the file."""
    spans = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        span = _span(entry)
        if span is None:
            return False
        spans.append(span)
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            return False
        position = end
    return position == data_bytes


def _span(entry: Any) -> tuple[int, int] | None:
    """First byte and end of a tensor, if its type, shape and place agree."""
    if not isinstance(entry, dict):
        return None
    shape, offsets = _counts(entry.get("shape"), 8), _counts(entry.get("data_offsets"), 2)
    num_bytes = _DTYPE_BYTES.get(str(entry.get("dtype")))
    if shape is None or offsets is None or len(offsets) != 2 or num_bytes is None:
        return None
    for length in shape:
        num_bytes *= length
        if num_bytes > MAX_CHECKPOINT_BYTES:
            return None
    begin, end = offsets
    return (begin, end) if end - begin == num_bytes else None


def _counts(values: Any, most: int) -> list[int] | None:
    """The values, if they are a short list of whole numbers that are not absurd."""
    if not isinstance(values, list) or len(values) > most:
        return None
    return values if all(type(v) is int and 0 <= v < 2**40 for v in values) else None


def _cut_or_damaged(shown: str) -> CheckpointError:
    return CheckpointError(
        f"'{shown}' is damaged or cut short: copy or download it again, and compare its size."
    )
