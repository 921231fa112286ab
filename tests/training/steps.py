"""Tiny nets trained with steps on static buffers, and with steps as they are taken without them."""

import dataclasses
from typing import Any

import numpy as np
import torch

from resnet_core.config import ArmConfig, ExperimentConfig
from resnet_core.edits import Edit, EditKind
from resnet_core.training.captured_step import CapturedSteps
from resnet_core.training.live_edits import apply_due_edits
from resnet_core.training.lockstep import Lockstep
from tests.training.conftest import tiny_data, tiny_experiment, tiny_model

NETS: dict[str, dict[str, Any]] = {
    "residual": {},
    "plain": {"skip_strength": 0.0},
    "stochastic depth": {"stochastic_depth": 0.5},
    "dropout": {"skip_kind": "dropout"},
    "bottleneck": {"block": "bottleneck"},
    "without norm": {"norm": "none", "branch_scale": "fixup"},
}
RECIPES: list[dict[str, Any]] = [
    {"precision": "bfloat16"},
    {"clip_norm": 0.05, "label_smoothing": 0.1, "nesterov": True},
    {"optimizer": "adamw", "learning_rate": 1e-3},
    {"momentum": 0.0, "schedule": "one_cycle", "warmup_share": 0.1},
    {"channels_last": False, "batch_size": 48, "statistics_every": 1},
]

EDITS: dict[EditKind, tuple[str | None, float | str]] = {
    "skip_strength": ("stage2", 0.0),
    "drop": ("stage2", 1.0),
    "freeze": ("stage1", 1.0),
    "redraw": ("stage2.0", 1.0),
    "learning_rate": (None, 0.01),
    "momentum": (None, 0.5),
    "weight_decay": (None, 0.1),
    "label_smoothing": (None, 0.2),
    "augmentation": (None, "none"),
}
"""Kinds of edits, with blocks and value."""


def one_net(net: str, **training) -> ExperimentConfig:
    """An experiment of one net of `NETS`, with statistics every few steps."""
    config = tiny_experiment(**({"steps": 200, "statistics_every": 7} | training))
    return dataclasses.replace(config, arms=(ArmConfig(label=net, model=tiny_model(**NETS[net])),))


def captured(config: ExperimentConfig, device: torch.device, *, graph: bool) -> Lockstep:
    """Arms whose steps are taken on static buffers, recorded or not."""
    lockstep = Lockstep(config, tiny_data(), device)
    lockstep.captured = CapturedSteps(lockstep.arms, lockstep.step_work(), device, graph=graph)
    return lockstep


def as_today(config: ExperimentConfig, device: torch.device) -> Lockstep:
    """Arms whose steps are taken one operation at a time."""
    lockstep = Lockstep(config, tiny_data(), device)
    lockstep.captured = None
    return lockstep


def trained(lockstep: Lockstep, num_steps: int):
    """Trains, and gives the rows and profiles that were measured."""
    rows, profiles = [], []
    for number in range(num_steps):
        lockstep.advance()
        if lockstep.is_full or number == num_steps - 1:
            found = lockstep.drain()
            rows, profiles = rows + found[0], profiles + found[1]
    return rows, profiles


def states(lockstep: Lockstep) -> dict[str, torch.Tensor]:
    """All weights and buffers, and what the optimizers keep."""
    found = {}
    for arm in lockstep.arms:
        found |= {f"{arm.index}/{key}": value for key, value in arm.model.state_dict().items()}
        for number, state in arm.optimizer.state_dict()["state"].items():
            kept = {key: value for key, value in state.items() if value is not None}
            found |= {f"{arm.index}/{number}/{key}": value for key, value in kept.items()}
    return found


def assert_same(one: Lockstep, other: Lockstep, num_steps: int) -> None:
    """Trains both, and compares every measurement and every weight bit by bit."""
    (rows, profiles), (their_rows, their_profiles) = (trained(x, num_steps) for x in (one, other))
    assert rows and len(rows) == len(their_rows)
    for row, theirs in zip(rows, their_rows, strict=True):
        for name in ("step", "arm", "seed", "loss", "accuracy", "gradient_norm", "learning_rate"):
            assert getattr(row, name) == getattr(theirs, name), (row.step, name)
        np.testing.assert_array_equal(row.layer_norms, theirs.layer_norms)
    for profile, theirs in zip(profiles, their_profiles, strict=True):
        assert (profile.step, profile.arm, profile.seed) == (theirs.step, theirs.arm, theirs.seed)
        for name, values in theirs.values.items():
            np.testing.assert_array_equal(profile.values[name], values, name)
    expected = states(other)
    for name, value in states(one).items():
        torch.testing.assert_close(value, expected[name], rtol=0, atol=0, msg=name)


def edits_of(kind: EditKind, step: int) -> tuple[Edit, ...]:
    """An edit of `EDITS`, of the net of `one_net`."""
    blocks, after = EDITS[kind]
    return (
        Edit(
            number=1,
            step=step,
            arm="residual" if blocks else None,
            what=kind,
            blocks=blocks,
            before=None,
            after=after,
        ),
    )


def assert_same_edited(
    one: Lockstep, other: Lockstep, script: tuple[Edit, ...], num_steps: int
) -> None:
    """Trains both with the same edits, each at its step, and compares as `assert_same` does."""
    one.changes.script = other.changes.script = script
    for _ in range(num_steps):
        apply_due_edits(one)
        apply_due_edits(other)
        assert_same(one, other, 1)
