"""A trained tiny net, and an experiment that begins from it."""

import dataclasses
from pathlib import Path

import pytest
import torch

from resnet_core.checkpoints import load_checkpoint, read_card
from resnet_core.config import (
    FROZEN_BODY,
    ArmConfig,
    ExperimentConfig,
    Intervention,
    StartingNet,
)
from resnet_core.data import DataSet
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.starting import seen_by_start
from tests.inference.conftest import save_tiny
from tests.training.conftest import (
    _one_thread,  # noqa: F401 - fixture
    home,  # noqa: F401 - fixture
    tiny_data,
    tiny_experiment,
)

CPU = torch.device("cpu")


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Weights of a net that knows other classes, and whose batch norms have seen pictures."""
    return save_tiny(tmp_path / "nets", "trained", class_names=("ant", "bee", "cow"))


def start_of(trained: Path, *interventions: Intervention) -> StartingNet:
    card = read_card(trained)
    return StartingNet(
        checkpoint=str(trained),
        weights_sha256=card.weights_sha256,
        mean=card.mean,
        std=card.std,
        interventions=interventions,
    )


def teaching(trained: Path, *interventions: Intervention, **training) -> ExperimentConfig:
    """An experiment of one arm that begins from the trained net."""
    config = tiny_experiment(**training)
    arm = ArmConfig(
        label="taught",
        model=read_card(trained).model,
        start=start_of(trained, *interventions),
    )
    data = dataclasses.replace(config.data, augmentation="none")
    return dataclasses.replace(config, arms=(arm,), data=data)


def frozen(trained: Path, **training) -> ExperimentConfig:
    return teaching(trained, FROZEN_BODY, **training)


def lockstep_of(config: ExperimentConfig, data: DataSet | None = None) -> Lockstep:
    return Lockstep(config, seen_by_start(config, data or tiny_data()), CPU)


def train(lockstep: Lockstep, steps: int | None = None) -> dict[str, torch.Tensor]:
    """Trains to the end, or so many steps; gives a copy of the weights of the first arm."""
    for _ in range(lockstep.num_steps - lockstep.step if steps is None else steps):
        lockstep.advance()
        if lockstep.is_full:
            lockstep.drain()
    lockstep.drain()
    return {k: v.clone() for k, v in lockstep.arms[0].model.state_dict().items()}


def body_of(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key: value for key, value in state.items() if not key.startswith("classifier.")}


def weights_of_trained(trained: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(trained)[0].state_dict()
