"""One warm checker for all tests, and files that people and villains might bring."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from resnet_core.importing import Checker
from resnet_core.models import build_model, model_config


@pytest.fixture(scope="session")
def checker() -> Iterator[Checker]:
    with Checker() as process:
        yield process


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def saved(content: object, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def akamaster_like(net: str = "resnet20", prefix: str = "module.") -> dict[str, torch.Tensor]:
    """A net of this lab under akamaster's names."""
    names = {"stem.conv": "conv1", "stem.norm": "bn1", "classifier": "linear"}
    renamed = {}
    for key, tensor in build_model(model_config(net), seed=1).state_dict().items():
        module, _, last = key.rpartition(".")
        module = names.get(module) or module.replace("stage", "layer").replace("norm", "bn")
        renamed[f"{prefix}{module}.{last}"] = tensor
    return renamed
