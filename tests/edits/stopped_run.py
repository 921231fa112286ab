"""A run that stopped before its first step, which a test may edit without a worker."""

import dataclasses

from resnet_core.config import ArmConfig
from resnet_core.edits import Wish
from resnet_core.runs import status as runs
from resnet_core.runs.files import WorkerState
from tests.training.conftest import tiny_experiment, tiny_model

CUT = Wish(what="skip_strength", value=0, arm="residual", blocks="stage2")


def create_stopped_run() -> str:
    """A residual, a plain and a dense net at step 0 of 12."""
    dense = tiny_model(name="dense", block="dense", activation_order="pre", skip_strength=1.0)
    config = tiny_experiment()
    config = dataclasses.replace(config, arms=(*config.arms, ArmConfig(label="dense", model=dense)))
    folder = runs.create_run(config)
    say(folder.name, "stopped")
    return folder.name


def say(run_id, phase, **facts):
    state = WorkerState(phase=phase, num_steps=12, **facts)
    runs.write_state(runs.run_dir(run_id), state)


def files_of(run_id):
    folder = runs.run_dir(run_id)
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }
