"""Files that are nearly weights: each is named, and what to do."""

import gzip
import io
import json
import zipfile

import pytest
import torch

from resnet_core.errors import CheckpointError
from resnet_core.importing import ImportRequest, import_checkpoint
from resnet_core.importing.shards import copy_shards
from tests.importing.conftest import saved
from tests.importing.villains import tar_of

SMALL = saved({"conv1.weight": torch.zeros(8, 3, 3, 3), "fc.weight": torch.zeros(2, 8)})
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 46827520\n"


def zipped(compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("weights/a.pth", SMALL)
    return buffer.getvalue()


NEAR_MISSES = {
    "lfs.safetensors": (LFS, "is a Git LFS pointer, not the weights: run `git lfs pull`"),
    "page.pth": (b"<!DOCTYPE html><html>Quota exceeded</html>", "is a web page that a download"),
    "page2.pth": (b"\n\n<HTML><body>", "is a web page"),
    "net.onnx": (b"\x08\x07\x12\x07pytorch\x1a\x052.1.0:" + bytes(99), "is an ONNX program"),
    "w.pth.gz": (gzip.compress(SMALL), "is packed with gzip: unpack it"),
    "w.bz2": (b"BZh91AY&SY", "is packed with bzip2"),
    "w.tar": (tar_of(SMALL), "is a tar archive: unpack it"),
    "w.zip": (zipped(), "is a zip archive around 'a.pth': unpack it"),
    "stored.zip": (zipped(zipfile.ZIP_STORED), "is a zip archive around 'a.pth'"),
    "w.h5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "is an HDF5 file, as Keras writes it"),
    "config.json": (b'{"id2label": {}}', "is JSON, not weights"),
    "m.safetensors.index.json": (b'{"weight_map": {}}', "is the index of weights that are split"),
    "model-00001-of-00002.safetensors": (SMALL, "is one part of weights that are split over"),
    "pytorch_model-00002-of-00003.bin": (SMALL, "several files, 3 of them: bring the one file"),
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_misses_are_named(name, home):
    content, words = NEAR_MISSES[name]
    with pytest.raises(CheckpointError) as caught:
        import_checkpoint(content, ImportRequest(name="a"), file_name=name)
    assert str(caught.value).startswith(f"'{name}' ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"a": "gone.safetensors"}, "'gone.safetensors', which is not beside it"),
        ({"a": "../up.safetensors"}, "which is not beside it"),
        ({}, "is no index of split weights"),
        ([1], "is no index of split weights"),
    ],
)
def test_index_that_leads_nowhere_is_told(weights, words, tmp_path):
    (tmp_path.parent / "up.safetensors").write_bytes(b"secret")
    index = tmp_path / "m.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weights}))
    with pytest.raises(CheckpointError, match=words):
        copy_shards(index, tmp_path)
