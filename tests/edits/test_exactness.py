"""A run with edits gives the same bits however often it is interrupted and resumed."""

import dataclasses
import itertools

import pytest
import torch

from resnet_core.config import ArmConfig, find_blocks
from resnet_core.edits import Edit
from resnet_core.errors import CheckpointError, RunDamagedError
from resnet_core.training.live_edits import apply_due_edits, follow_script
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.state import load_state, save_state
from tests.training.conftest import tiny_data, tiny_experiment, tiny_model

CPU = torch.device("cpu")
STEPS = 12
NET = tiny_model(stage_blocks=(2, 2), stochastic_depth=0.3)
RECIPES = {
    "nesterov": {"optimizer": "sgd", "nesterov": True, "clip_norm": 1.0},
    "adamw": {"optimizer": "adamw", "schedule": "one_cycle", "warmup_share": 0.3},
}


def edit(what, step, number=1, **facts):
    after = facts.pop("after", 1.0)
    place = {"arm": "net", "blocks": facts.pop("blocks", "stage2")}
    return Edit(number=number, step=step, what=what, before=None, after=after, **(place | facts))


def of_all(what, step, number=1, **facts):
    return edit(what, step, number, arm=None, blocks=None, **facts)


def build(folder, script, recipe):
    arms = (ArmConfig(label="net", model=NET), ArmConfig(label="other", model=NET))
    config = dataclasses.replace(tiny_experiment(steps=STEPS, **RECIPES[recipe]), arms=arms)
    lockstep = Lockstep(config, tiny_data(), CPU)
    follow_script(folder, lockstep, tuple(script))
    return lockstep


def train(folder, script, recipe="nesterov", cuts=(), after_edits=False):
    """Trains to the end, and gives everything that was measured, and what a save would hold.

    Args:
        folder: where states are saved.
        script: the edits.
        recipe: of `RECIPES`.
        cuts: steps after which it is killed and resumed from the state of that step.
        after_edits: whether that state is saved after the edits of its step, not before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lockstep, rows, profiles = build(folder, script, recipe), [], []
    while True:
        if after_edits:
            apply_due_edits(lockstep)
        if lockstep.step in cuts:
            save_state(folder, lockstep)
            lockstep = build(folder, script, recipe)
            load_state(folder, lockstep)
        apply_due_edits(lockstep)
        if lockstep.is_done:
            break
        lockstep.advance()
        found = lockstep.drain()
        rows += found[0]
        profiles += found[1]
    save_state(folder, lockstep)
    return lockstep, rows, profiles


def bits_of(folder, run):
    """Final tensors as saved, losses, norms, and every profile, as bytes."""
    _, rows, profiles = run
    saved = (folder / "resume.safetensors").read_bytes()
    tensors = saved[8 + int.from_bytes(saved[:8], "little") :]
    measured = [(row.step, row.arm, row.loss, row.layer_norms.tobytes()) for row in rows]
    drawn = [(p.step, p.arm, k, v.tobytes()) for p in profiles for k, v in p.values.items()]
    return tensors, measured, drawn, [row.learning_rate for row in rows]


KINDS = {
    "cut": lambda step: [
        edit("skip_strength", step, after=0.0),
        edit("skip_strength", step + 2, 2, after=1.0),
    ],
    "drop": lambda step: [edit("drop", step), edit("drop", step + 2, 2, after=0.0)],
    "freeze": lambda step: [edit("freeze", step), edit("freeze", step + 2, 2, after=0.0)],
    "redraw": lambda step: [edit("redraw", step, blocks="stage1.1")],
    "recipe": lambda step: [
        of_all("learning_rate", step, after=0.05),
        of_all("momentum", step, 2, after=0.5),
        of_all("weight_decay", step, 3, after=0.01),
        of_all("label_smoothing", step, 4, after=0.1),
        of_all("augmentation", step + 1, 5, after="none"),
        of_all("learning_rate_factor", step + 2, 6, after=0.5),
    ],
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """The final tensors of each recipe without an edit."""
    folders = {recipe: tmp_path_factory.mktemp(recipe) for recipe in RECIPES}
    return {name: bits_of(path, train(path, [], name))[0] for name, path in folders.items()}


@pytest.mark.parametrize(
    ("recipe", "step"), [("nesterov", 0), ("nesterov", 4), ("nesterov", 9), ("adamw", 4)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_run_with_edits_ends_with_the_same_bits(tmp_path, untouched, kind, step, recipe):
    script = KINDS[kind](step)
    whole = train(tmp_path / "whole", script, recipe)
    expected = bits_of(tmp_path / "whole", whole)
    assert untouched[recipe] != expected[0], "the edit does something"
    for after_edits in (False, True):
        folder = tmp_path / f"killed-{after_edits}"
        cuts = (step, step + 2)
        resumed = train(folder, script, recipe, cuts=cuts, after_edits=after_edits)
        assert bits_of(folder, resumed) == expected, after_edits


def test_the_other_arm_and_what_came_before_are_those_of_an_untouched_run(tmp_path):
    edited = train(tmp_path / "a", KINDS["drop"](5))
    untouched = train(tmp_path / "b", [])
    for mine, theirs in zip(edited[1], untouched[1], strict=True):
        if mine.arm == 1 or mine.step <= 5:
            assert (mine.loss, mine.layer_norms.tobytes()) == (
                theirs.loss,
                theirs.layer_norms.tobytes(),
            )
    assert edited[1][-2].loss != untouched[1][-2].loss


def test_more_steps_leave_those_taken_and_have_a_rate_of_their_own(tmp_path):
    more = of_all("steps", STEPS, after=STEPS + 4.0, rate=0.003)
    longer = train(tmp_path / "a", [dataclasses.replace(more, before=float(STEPS))])
    planned = train(tmp_path / "b", [])
    rates = [[row.learning_rate for row in run[1] if row.arm == 0] for run in (longer, planned)]
    assert rates[0] == rates[1] + [0.003] * 4
    losses = [[row.loss for row in run[1]] for run in (longer, planned)]
    assert losses[0][: len(losses[1])] == losses[1]
    resumed = train(tmp_path / "c", [dataclasses.replace(more, before=float(STEPS))], cuts=(12, 14))
    assert bits_of(tmp_path / "c", resumed) == bits_of(tmp_path / "a", longer)


def test_the_step_after_an_edit_is_measured_fully(tmp_path):
    _, _, profiles = train(tmp_path, [edit("skip_strength", 7, after=0.0)])
    assert sorted({profile.step for profile in profiles}) == [1, 6, 8, 11]
    quantities = {name for p in profiles if p.step == 8 for name in p.values}
    assert {"skip_norm", "update_ratio", "activation_std", "skip_gradient_share"} <= quantities


@pytest.mark.parametrize("kind", ["freeze", "drop"])
def test_what_does_not_learn_is_a_gap(tmp_path, kind):
    lockstep, rows, profiles = train(tmp_path, [edit(kind, 6, blocks="stage2.1")])
    layers = lockstep.arms[0].layers
    still = [path.startswith("stage2.1.") for path in layers]
    for row in rows:
        gaps = torch.isnan(torch.from_numpy(row.layer_norms)).tolist()
        assert gaps == (still if row.arm == 0 and row.step > 6 else [False] * len(layers))
        assert torch.isfinite(torch.tensor(row.gradient_norm))
    (profile,) = [p for p in profiles if p.step == 7 and p.arm == 0]
    assert torch.isnan(torch.from_numpy(profile.values["update_ratio"])).tolist() == still


def test_a_skip_that_is_put_back_gives_the_same_answers(tmp_path):
    lockstep = build(tmp_path, KINDS["cut"](0), "nesterov")
    images = torch.randn(4, 3, 8, 8)
    before = lockstep.arms[0].model.eval()(images)
    apply_due_edits(lockstep)
    assert not torch.equal(lockstep.arms[0].model.eval()(images), before)
    lockstep.step = 2
    apply_due_edits(lockstep)
    assert torch.equal(lockstep.arms[0].model.eval()(images), before)


def test_every_seed_of_an_arm_is_edited(tmp_path):
    config = dataclasses.replace(tiny_experiment(), seeds=2)
    lockstep = Lockstep(config, tiny_data(), CPU)
    follow_script(tmp_path, lockstep, (edit("redraw", 0, arm="residual", blocks="stage2"),))
    before = [{k: v.clone() for k, v in a.model.state_dict().items()} for a in lockstep.arms]
    apply_due_edits(lockstep)
    names = set(find_blocks(lockstep.arms[0].config.model, "stage2"))
    for arm, old in zip(lockstep.arms, before, strict=True):
        changed = {
            key.rsplit(".", 2)[0]
            for key, value in arm.model.state_dict().items()
            if not torch.equal(value, old[key])
        }
        assert changed == (names if arm.replica.arm == 0 else set())
    drawn = [arm.model.get_parameter("stage2.0.conv1.weight") for arm in lockstep.arms]
    assert not any(torch.equal(a, b) for a, b in itertools.combinations(drawn[::2], 2))


def test_a_state_that_knows_more_edits_than_the_log_is_told(tmp_path):
    train(tmp_path, KINDS["cut"](3))
    with pytest.raises(CheckpointError, match=r"has had 2 edits, and the run's edits\.jsonl holds"):
        load_state(tmp_path, build(tmp_path, KINDS["cut"](3)[:1], "nesterov"))


def test_a_log_that_the_run_cannot_have_had_is_told(tmp_path):
    with pytest.raises(RunDamagedError, match=r"edit 1 of its log cannot be done \(tiny has no bl"):
        build(tmp_path, [edit("drop", 3, blocks="stage7")], "nesterov")
