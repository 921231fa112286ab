"""A home of a test's own, and what a watched run wrote there."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import run_dir
from resnet_core.watching import WatchedRun


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    return tmp_path


def small_net(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))


def batch(step: int, size: int = 4) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(step)
    return torch.randn(size, 6, generator=generator), torch.randint(
        0, 3, (size,), generator=generator
    )


def loss_of(model: nn.Module, step: int, size: int = 4) -> Tensor:
    images, labels = batch(step, size)
    return nn.functional.cross_entropy(model(images), labels)


def norms_by_hand(model: nn.Module) -> dict[str, float]:
    """Norm of each gradient in double precision, by the parameter's own name; NaN for none."""
    return {
        name: float("nan") if value.grad is None else value.grad.double().norm().item()
        for name, value in model.named_parameters()
    }


def stored_norms(run: WatchedRun) -> list[dict[str, float]]:
    """Norms of each step as the store has them, by layer."""
    assert run.run_id is not None
    (arm,) = read_curves(run_dir(run.run_id)).arms
    return [
        dict(zip(arm.layers, row, strict=True)) for row in 10.0 ** arm.layer_norms.astype(float)
    ]


def layer_name(name: str, model: nn.Module) -> str:
    is_weight = name.endswith(".weight") and model.get_parameter(name).ndim > 1
    return name.removesuffix(".weight") if is_weight else name


def assert_same(stored: dict[str, float], by_hand: dict[str, float], model: nn.Module) -> None:
    named = {layer_name(name, model): value for name, value in by_hand.items()}
    assert set(stored) == set(named)
    np.testing.assert_allclose(
        [stored[name] for name in named], list(named.values()), rtol=1e-5, equal_nan=True
    )
