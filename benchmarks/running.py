"""A run that trains on every core for as long as a measurement takes."""

import time

from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, TrainingConfig
from resnet_core.models import model_config
from resnet_core.runs.launcher import start_experiment
from resnet_core.runs.status import read_status

_START_TIMEOUT_S = 240.0


def start_run() -> str:
    """Starts a run that is too long to end by itself."""
    nets = ("resnet20", "plain20")
    experiment = ExperimentConfig(
        name="Load",
        arms=tuple(ArmConfig(label=net, model=model_config(net)) for net in nets),
        data=DataConfig(source="synthetic"),
        training=TrainingConfig(steps=1_000_000, evaluate_every=1_000_000),
        device="cpu",
    )
    return start_experiment(experiment)


def wait_until_training(run_id: str) -> None:
    """Waits until the run has taken its first steps."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while read_status(run_id).step == 0:
        assert time.monotonic() < deadline, read_status(run_id)
        time.sleep(0.2)
