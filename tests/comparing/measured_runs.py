"""Run folders with chosen numbers in them, written as the worker writes them but untrained."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from resnet_core.config import ArmConfig
from resnet_core.runs.status import WorkerState, create_run, write_state
from resnet_core.runs.store import MetricsWriter, StepRow
from tests.training.conftest import tiny_experiment, tiny_model

NETS = {"residual": tiny_model(), "plain": tiny_model(skip_strength=0.0)}


def step_row(step: int, arm: int, loss: float, norm: float = 1.0) -> StepRow:
    return StepRow(
        step=step,
        arm=arm,
        time_s=0.1 * step,
        loss=loss,
        accuracy=0.25,
        learning_rate=0.1,
        images_per_s=100.0,
        gradient_norm=norm,
        layer_norms=np.zeros(1, np.float32),
    )


def write_run(
    losses: Mapping[str, list[float]],
    *,
    norms: Mapping[str, list[float]] | None = None,
    answers: Mapping[str, dict[int, list[bool]]] | None = None,
    stopped: Mapping[str, str] | None = None,
    num_steps: int = 400,
    max_validation: int | None = None,
    **training: object,
) -> Path:
    """Writes a run that ended.

    Args:
        losses: of each arm, one a step; a label that begins with `plain` is a plain net's.
        norms: gradient norms likewise, 1 where none are given.
        answers: of each arm, step to which validation pictures were right.
        stopped: of arms that stopped early, the reason.
        num_steps: how long it was to be.
        max_validation: validation pictures that were asked for at most.
        training: fields of the recipe.
    """
    arms = tuple(
        ArmConfig(label=label, model=NETS["plain" if label.startswith("plain") else "residual"])
        for label in losses
    )
    experiment = tiny_experiment(**training)
    data = replace(experiment.data, max_validation=max_validation)
    folder = create_run(replace(experiment, arms=arms, data=data))
    writer = MetricsWriter(folder)
    with writer.transaction():
        for arm, (label, values) in enumerate(losses.items()):
            each = (norms or {}).get(label, [1.0] * len(values))
            writer.add_steps(
                step_row(step, arm, loss, norm)
                for step, (loss, norm) in enumerate(zip(values, each, strict=True), start=1)
            )
            for step, marks in (answers or {}).get(label, {}).items():
                is_right = np.array(marks)
                accuracy = float(is_right.mean())
                writer.add_evaluation(step, arm, "validation", loss=1.0, accuracy=accuracy)
                writer.add_answers(step, arm, "validation", is_right)
    writer.close()
    reasons = tuple((stopped or {}).items())
    state = WorkerState(phase="finished", num_steps=num_steps, stopped_arms=reasons)
    write_state(folder, state)
    return folder


def write_seeds(
    losses: Mapping[str, Mapping[int, list[float]]],
    shares: Mapping[str, Mapping[int, Mapping[int, float]]] | None = None,
    stopped: Mapping[str, str] | None = None,
) -> Path:
    """Writes a run of several seeds that ended.

    Args:
        losses: arm to seed to losses, one a step.
        shares: arm to seed to step to validation accuracy.
        stopped: of nets that stopped early, by arm and seed as a run calls them, the reason.
    """
    seeds = list(next(iter(losses.values())))
    arms = tuple(
        ArmConfig(label=label, model=NETS["plain" if label.startswith("plain") else "residual"])
        for label in losses
    )
    experiment = replace(tiny_experiment(), arms=arms, seed=seeds[0], seeds=len(seeds))
    folder = create_run(experiment)
    writer = MetricsWriter(folder)
    with writer.transaction():
        for replica in experiment.replicas:
            label, seed = arms[replica.arm].label, replica.seed
            # Norms of 1, 2, 4, ...: the ratio of two arms is a power of two.
            rows = (
                step_row(step, replica.arm, loss, 2.0 ** (replica.arm * (1 + seeds.index(seed))))
                for step, loss in enumerate(losses[label][seed], start=1)
            )
            writer.add_steps(replace(row, seed=seed) for row in rows)
            for step, share in (shares or {}).get(label, {}).get(seed, {}).items():
                writer.add_evaluation(
                    step, replica.arm, "validation", loss=1.0, accuracy=share, seed=seed
                )
    writer.close()
    reasons = tuple((stopped or {}).items())
    write_state(folder, WorkerState(phase="finished", num_steps=400, stopped_arms=reasons))
    return folder
