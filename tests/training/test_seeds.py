"""Several seeds in one run: each goes as it would alone, through pauses, kills and resumes."""

import csv
import dataclasses

import pytest
import torch

from resnet_core.checkpoints import list_checkpoints
from resnet_core.config import ArmConfig, ExperimentConfig
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.runs.control import request
from resnet_core.runs.csv import metrics_csv
from resnet_core.runs.metrics import read_curves, read_profiles
from resnet_core.scoreboard.ours import list_entries, put_on_scoreboard
from resnet_core.training.flow import read_flow
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.state import load_state, save_state
from tests.training.conftest import tiny_data, tiny_experiment, tiny_model, wait_for
from tests.training.test_worker import weights_of

CPU = torch.device("cpu")
FIRST, COUNT = 3, 3


def experiment(**training) -> ExperimentConfig:
    """Two arms, of which one draws from torch's generator in every step."""
    arms = (
        ArmConfig(label="drawn", model=tiny_model(stochastic_depth=0.5)),
        ArmConfig(label="plain", model=tiny_model(skip_strength=0.0)),
    )
    return dataclasses.replace(tiny_experiment(**training), arms=arms, seed=FIRST, seeds=COUNT)


def build(config: ExperimentConfig) -> Lockstep:
    return Lockstep(config, tiny_data(), CPU)


def alone(config: ExperimentConfig, seed: int) -> ExperimentConfig:
    return dataclasses.replace(config, seed=seed, seeds=1)


def advance(lockstep: Lockstep, steps: int):
    for _ in range(steps):
        lockstep.advance()
    return lockstep.drain()


def same_weights(one: Lockstep, other: Lockstep) -> bool:
    pairs = zip(one.arms, other.arms, strict=True)
    return all(
        torch.equal(value, second.model.state_dict()[key])
        for first, second in pairs
        for key, value in first.model.state_dict().items()
    )


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_seed_among_others_goes_as_it_would_alone(precision):
    config = experiment(precision=precision)
    together = build(config)
    rows, profiles = advance(together, 7)
    for number in range(COUNT):
        single = build(alone(config, FIRST + number))
        alone_rows, alone_profiles = advance(single, 7)
        mine = [row for row in rows if row.seed == FIRST + number]
        assert [(r.step, r.arm, r.loss, r.accuracy, r.gradient_norm) for r in mine] == [
            (r.step, r.arm, r.loss, r.accuracy, r.gradient_norm) for r in alone_rows
        ]
        for one, other in zip(mine, alone_rows, strict=True):
            assert (one.layer_norms == other.layer_norms).all()
        for arm in range(2):
            found = together.arms[2 * number + arm].model.state_dict()
            for key, value in single.arms[arm].model.state_dict().items():
                assert torch.equal(value, found[key]), key
        seen = [p for p in profiles if p.seed == FIRST + number]
        for one, other in zip(seen, alone_profiles, strict=True):
            assert (one.step, one.arm) == (other.step, other.arm)
            for name, values in other.values.items():
                assert (one.values[name] == values).all(), name
    losses = {row.seed: row.loss for row in rows if (row.step, row.arm) == (7, 0)}
    assert len(set(losses.values())) == COUNT, "seeds differ"


@pytest.mark.parametrize("cut", [0, 1, 5])
def test_all_seeds_are_resumed_bit_identically(tmp_path, cut):
    config = experiment(optimizer="adamw", schedule="one_cycle", warmup_share=0.3)
    whole, stopped, resumed = build(config), build(config), build(config)
    advance(whole, 12)
    if cut:
        advance(stopped, cut)
    save_state(tmp_path, stopped)
    assert load_state(tmp_path, resumed)
    advance(resumed, 12 - cut)
    assert same_weights(whole, resumed)


def test_a_seed_that_diverges_stops_alone():
    lockstep = build(experiment())
    with torch.no_grad():
        for parameter in lockstep.arms[3].model.parameters():
            parameter.fill_(float("nan"))
    rows, _ = advance(lockstep, 3)
    assert lockstep.arms[3].title == "plain, seed 4"
    assert [arm.index for arm in lockstep.arms if arm.stopped] == [3]
    steps = [row.step for row in rows if (row.arm, row.seed) == (1, 4)]
    assert steps == [1], "its rows end where it diverged"


def test_a_run_of_several_seeds_is_paused_killed_resumed_and_read(start):
    config = experiment(steps=60, evaluate_every=30, checkpoint_every_s=0.05, num_snapshots=3)
    cut = start(dataclasses.replace(config, name="cut"))
    wait_for(cut, lambda status: status.step > 5)
    folder = runs.run_dir(cut)
    request(folder, "pause")
    paused = wait_for(cut, lambda status: status.phase == "paused")
    request(folder, "step")
    wait_for(cut, lambda status: status.step == paused.step + 1)
    assert launcher.kill_run(cut)
    launcher.resume_run(cut)
    single = start(alone(config, FIRST + 1))
    status = wait_for(cut, lambda status: not status.is_live)
    assert (status.phase, status.step, status.seed, status.seeds) == ("finished", 60, FIRST, COUNT)
    wait_for(single, lambda status: not status.is_live)

    found, expected = weights_of(cut), weights_of(single)
    assert len(found) == COUNT * len(expected)
    for key, value in expected.items():
        arm, _, rest = key.partition("/")
        assert torch.equal(found[f"{2 + int(arm)}/{rest}"], value), key
    chunk = read_curves(folder)
    assert [(arm.arm, arm.seed) for arm in chunk.arms] == [
        (0, 3), (1, 3), (0, 4), (1, 4), (0, 5), (1, 5)
    ]  # fmt: skip
    assert all(arm.step.tolist() == list(range(1, 61)) for arm in chunk.arms)
    of_single = {(e.arm, e.step, e.split): e for e in read_curves(runs.run_dir(single)).evaluations}
    mine = {(e.arm, e.step, e.split): e for e in chunk.evaluations if e.seed == FIRST + 1}
    assert mine == of_single
    assert {e.seed for e in chunk.evaluations} == {3, 4, 5}
    _check_what_others_read(cut)


def _check_what_others_read(run_id: str) -> None:
    folder = runs.run_dir(run_id)
    rows = list(csv.DictReader("".join(metrics_csv(folder)).splitlines()))
    assert len([row for row in rows if row["split"] == "batch"]) == 2 * COUNT * 60
    assert {row["seed"] for row in rows if row["split"] == "test"} == {"3", "4", "5"}
    cards = [card for card in list_checkpoints(folder / "checkpoints") if card.step == 60]
    assert {card.name: card.seed for card in cards} == {
        f"{arm}-{label}-seed-{seed}-0000060": seed
        for arm, label in enumerate(("drawn", "plain"))
        for seed in (3, 4, 5)
    }
    first, last = (read_profiles(folder, 0, "update_ratio", seed=seed).values for seed in (3, 5))
    assert first.shape == last.shape
    assert (first != last).any()
    assert (read_profiles(folder, 0, "update_ratio").values == first).all()
    for quantity in ("gradient_norm", "update_ratio"):
        assert [flow.label for flow in read_flow(run_id, quantity)] == [
            "drawn, seed 3",
            "plain, seed 3",
        ]
    put_on_scoreboard(run_id)
    joined = [entry for entry in list_entries() if entry.run_ids]
    assert [(entry.num_seeds, entry.run_ids) for entry in joined] == [(COUNT, (run_id,))] * 2
