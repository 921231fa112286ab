"""Batches of noise as CIFAR's archives hold them, pickled as Python 2 did."""

import io
import pickle
import tarfile
from pathlib import Path

import numpy as np


def python2_pickle(data: np.ndarray, label_key: str, labels: list[int]) -> bytes:
    """Writes a batch with the opcodes that Python 2 wrote, as in the published archives."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    def number(value: int) -> bytes:
        return b"M" + value.to_bytes(2, "little")

    content = data.tobytes()
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + text(b"b") + b"tR"
        b"(K\x01(" + number(data.shape[0]) + number(data.shape[1]) + b"tcnumpy\ndtype\n("
        + text(b"u1") + b"K\x00K\x01tR(K\x03" + text(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + b"T" + len(content).to_bytes(4, "little") + content + b"tb"
    )  # fmt: skip
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(" + text(b"data") + array + text(label_key.encode()) + listed + b"u."


def write_archive(path: Path, folder: str, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def cifar_files(per_batch: int = 10) -> dict[str, bytes]:
    names = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
    rows = np.random.default_rng(0).integers(0, 256, (len(names), per_batch, 3072), np.uint8)
    files = {
        name: python2_pickle(rows[n], "labels", [k % 10 for k in range(per_batch)])
        for n, name in enumerate(names)
    }
    meta = {"label_names": [f"thing {n}" for n in range(10)], "num_cases_per_batch": per_batch}
    return files | {"batches.meta": pickle.dumps(meta, protocol=2), "readme.html": b"<html>"}
