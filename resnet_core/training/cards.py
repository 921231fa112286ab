"""The card of what a run trained."""

import re
from pathlib import Path

from resnet_core.checkpoints import CheckpointCard, library_versions, today
from resnet_core.config import standing_interventions
from resnet_core.devices import describe_device
from resnet_core.edits import Edit, interventions_of, say_edit
from resnet_core.pictures.names import plain_name
from resnet_core.training.arms import Arm
from resnet_core.training.lockstep import Lockstep


def build_card(
    arm: Arm, lockstep: Lockstep, step: int, run_id: str, edits: tuple[Edit, ...]
) -> CheckpointCard:
    """Describes the weights of one arm at one step; what was measured of them is added later.

    Args:
        arm: whose weights they are.
        lockstep: the experiment.
        step: finished steps behind them.
        run_id: the run.
        edits: what was done to the run before they were taken.
    """
    data, model = lockstep.data.card, arm.config.model
    slug = re.sub(r"[^a-z0-9]+", "-", arm.title.lower()).strip("-") or "arm"
    concerned = [edit for edit in edits if edit.arm in (None, arm.config.label)]
    return CheckpointCard(
        name=f"{arm.replica.arm}-{slug}-{step:07d}",
        model=model,
        interventions=standing_interventions(model, interventions_of(arm.config, edits)),
        edits=tuple(f"step {edit.step:,}: {say_edit(edit)}" for edit in concerned),
        class_names=data.class_names,
        image_size_px=data.image_size_px,
        resizing=lockstep.config.data.resizing,
        mean=data.mean,
        std=data.std,
        data_title=data.title,
        data_sha256=data.sha256,
        num_train=data.num_train,
        step=step,
        num_steps=lockstep.num_steps,
        training=lockstep.config.training,
        seed=arm.replica.seed,
        hardware=describe_device(lockstep.device),
        date=today(),
        training_time_s=lockstep.time_s,
        source=_source(arm, run_id),
        libraries=library_versions(),
    )


def _source(arm: Arm, run_id: str) -> str:
    start = arm.config.start
    if start is None:
        return f"run {run_id}"
    how = "its body frozen at first" if start.is_frozen else "all of it learning"
    return f"run {run_id}, begun from {plain_name(Path(start.checkpoint).name)}, {how}"
