"""Exported nets, read back by whoever would read them."""

import json

import numpy as np
import pytest
import torch

from resnet_core.checkpoints import exporting, load_checkpoint
from resnet_core.checkpoints.exporting import export_checkpoint
from resnet_core.errors import CheckpointError, ConfigError
from tests.inference.conftest import save_tiny


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.randn(5, 3, 16, 16, generator=torch.Generator().manual_seed(4))


@pytest.fixture
def path(tmp_path):
    return save_tiny(tmp_path / "nets")


def test_safetensors_is_the_checkpoint_with_its_card(path, tmp_path):
    target = export_checkpoint(path, tmp_path, "safetensors")
    assert target.read_bytes() == path.read_bytes()
    assert load_checkpoint(target)[1] == load_checkpoint(path)[1]


@pytest.mark.slow
def test_torch_program_gives_the_logits_for_another_number_of_pictures(path, tmp_path, pictures):
    target = export_checkpoint(path, tmp_path, "torch")
    program = torch.export.load(target).module()
    with torch.no_grad():
        expected = load_checkpoint(path)[0](pictures)
        torch.testing.assert_close(program(pictures), expected, rtol=1e-4, atol=1e-5)
    assert json.loads(target.with_suffix(".json").read_text())["name"] == "tiny"


@pytest.mark.slow
def test_onnx_gives_the_logits_in_onnxruntime(path, tmp_path, pictures):
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    target = export_checkpoint(path, tmp_path, "onnx")
    assert not list(tmp_path.glob("*.data"))  # one file
    session = runtime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"pictures": pictures.numpy()})
    with torch.no_grad():
        expected = load_checkpoint(path)[0](pictures).numpy()
    assert np.abs(logits - expected).max() < 1e-4


def test_onnx_without_its_packages_says_what_to_install(path, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "missing_for_onnx", lambda: ("onnx", "onnxruntime"))
    with pytest.raises(CheckpointError, match="pip install onnx onnxruntime"):
        export_checkpoint(path, tmp_path, "onnx")
    assert not list(tmp_path.glob("*.onnx"))


@pytest.mark.slow
def test_program_with_other_logits_is_not_written(path, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    with pytest.raises(CheckpointError, match="other logits"):
        export_checkpoint(path, tmp_path, "torch")
    assert not list(tmp_path.glob("*.pt2"))


def test_what_cannot_be_exported_is_told(path, tmp_path):
    with pytest.raises(ConfigError, match="Export as safetensors, torch, onnx"):
        export_checkpoint(path, tmp_path, "keras")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="is no folder"):
        export_checkpoint(path, tmp_path / "none", "torch")
    with pytest.raises(ConfigError, match="lies there already"):
        export_checkpoint(path, path.parent, "safetensors")
