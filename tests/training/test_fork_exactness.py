"""A fork that nothing is changed in ends as its parent did, bit for bit."""

import dataclasses
import json
import shutil

import pytest
import torch

from resnet_core.checkpoints import list_checkpoints
from resnet_core.errors import CancelledError
from resnet_core.runs.fork_origin import read_origin
from resnet_core.runs.fork_plan import plan_fork
from resnet_core.runs.kept import KEPT_NAME, STATE_NAME, list_kept
from resnet_core.runs.status import delete_run, read_config, read_status
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.replay import catch_up
from tests.training.conftest import tiny_data, tiny_experiment
from tests.training.forking import (
    CPU,
    assert_same_end,
    content_of,
    make_fork,
    rows_of,
    state_of,
    train,
    trained_run,
)

STEPS = 40
"""A state is kept after every third of them."""
CONFIG = tiny_experiment(steps=STEPS, evaluate_every=10, num_snapshots=5)


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory):
    """Trained once for all tests, which get copies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(tmp_path_factory.mktemp("finished")))
        return trained_run(CONFIG)


@pytest.fixture
def parent(finished_run, home):
    (home / "runs").mkdir()
    return shutil.copytree(finished_run, home / "runs" / finished_run.name)


@pytest.mark.parametrize("step", [0, 1, 20, 21, 39, 40])
def test_an_unchanged_fork_ends_as_its_parent(parent, step):
    plan = plan_fork(parent.name, step)
    assert (plan.kept_step, plan.replay_steps) == (
        (STEPS, 0) if step == STEPS else (step // 3 * 3, step % 3)
    )
    before = content_of(parent)
    child = make_fork(parent, step)
    train(child, CONFIG)
    assert_same_end(child, parent)
    assert content_of(parent) == before
    status = read_status(child.name)
    assert (status.phase, status.step, status.num_steps) == ("finished", STEPS, STEPS)
    assert (status.parent, status.fork_step) == (parent.name, step)
    names = [card.name for card in list_checkpoints(child / "checkpoints")]
    assert names == [card.name for card in list_checkpoints(parent / "checkpoints")]


def test_a_fork_of_several_seeds_with_another_optimizer_ends_as_its_parent(home):
    training = dataclasses.replace(CONFIG.training, optimizer="adamw", steps=20)
    config = dataclasses.replace(CONFIG, seeds=2, training=training)
    parent = trained_run(config)
    child = make_fork(parent, 11)
    train(child, config)
    assert_same_end(child, parent)


def test_a_fork_begins_with_the_rows_of_its_parent_and_says_where(parent):
    child = make_fork(parent, 23)
    expected = rows_of(parent)
    assert rows_of(child)["evaluations"] == [r for r in expected["evaluations"] if r[0] <= 23]
    assert rows_of(child)["curves"] == [r for r in expected["curves"] if r[2] + r[3] <= 23]
    status = read_status(child.name)
    assert (status.step, status.num_steps, status.name) == (23, STEPS, "tiny, from step 23")
    origin = read_origin(child)
    assert origin is not None
    assert (origin.parent, origin.step, origin.kept_step, origin.arm) == (parent.name, 23, 21, None)
    assert status.elapsed_s == pytest.approx(plan_time(parent, 23))


def plan_time(parent, step: int) -> float:
    """Seconds up to a step: a fork without any state would replay all of them."""
    shutil.copytree(parent, parent.with_name(parent.name[:-4] + "ffff"))
    bare = parent.with_name(parent.name[:-4] + "ffff")
    shutil.rmtree(bare / KEPT_NAME)
    plan = plan_fork(bare.name, step)
    assert (plan.kept_step, plan.state) == (0, None)
    return plan.replay_s


def test_a_fork_outlives_its_deleted_parent(parent):
    expected_state, expected_rows = state_of(parent), rows_of(parent)
    child = make_fork(parent, 22)
    delete_run(parent.name)
    train(child, CONFIG)
    assert all(torch.equal(v, expected_state[key]) for key, v in state_of(child).items())
    assert rows_of(child) == expected_rows
    assert read_status(child.name).parent == parent.name


def test_a_fork_of_a_stopped_run_goes_past_where_that_stopped(home, parent):
    whole, stopped = parent, make_fork(parent, 0)
    asked = iter(range(10_000))
    train(stopped, CONFIG, lambda: next(asked) > 15)
    taken = read_status(stopped.name).step
    assert read_status(stopped.name).phase == "stopped"
    assert 3 < taken < STEPS
    child = make_fork(stopped, taken)
    assert plan_fork(stopped.name, taken).replay_steps == 0  # its newest state serves
    train(child, CONFIG)
    assert_same_end(child, whole)


def test_a_fork_of_one_arm_trains_that_alone_and_leaves_the_other_where_it_was(parent):
    child = make_fork(parent, 22, "plain")
    lockstep = train(child, CONFIG)
    assert [arm.stopped is None for arm in lockstep.arms] == [False, True]
    assert_same_end(child, parent, arm=1)
    assert max(row[3] for row in rows_of(child, 0)["curves"]) == 21
    assert read_status(child.name).name == "tiny, plain from step 22"
    left_out, trained = read_status(child.name).arms
    assert left_out.stopped_message == "Left out of this fork, it stays as it was at step 22."
    assert trained.stopped_message is None


def test_a_fork_of_a_fork_goes_on_with_its_arm_and_names(parent):
    child = make_fork(parent, 22, 1)
    train(child, CONFIG)
    grandchild = make_fork(child, 32)
    train(grandchild, CONFIG)
    assert_same_end(grandchild, child)
    status = read_status(grandchild.name)
    assert (status.parent, status.fork_step) == (child.name, 32)
    before_the_fork = make_fork(child, 10)  # where both arms still trained
    train(before_the_fork, CONFIG)
    assert_same_end(before_the_fork, parent)


def test_a_damaged_kept_state_is_passed_over(parent):
    kept = {each.step: each.path for each in list_kept(parent)}
    for step in (21, 18):
        content = bytearray(kept[step].read_bytes())
        content[-1] ^= 1
        kept[step].write_bytes(content)
    plan = plan_fork(parent.name, 22)
    assert (plan.kept_step, plan.replay_steps, plan.damaged_steps) == (15, 7, (21, 18))
    child = make_fork(parent, 22)
    assert {21, 18}.isdisjoint(each.step for each in list_kept(child))
    train(child, CONFIG)
    assert_same_end(child, parent)


def test_an_older_run_is_replayed_from_the_beginning(parent):
    shutil.rmtree(parent / KEPT_NAME)
    plan = plan_fork(parent.name, 22)
    assert (plan.kept_step, plan.replay_steps, plan.state) == (0, 22, None)
    child = make_fork(parent, 22)
    train(child, CONFIG)
    assert_same_end(child, parent)


def test_a_replay_that_is_cut_off_begins_anew(parent):
    child = make_fork(parent, 23)
    state = (child / "checkpoints" / STATE_NAME).read_bytes()

    def cut(message: str, fraction: float | None = None) -> None:
        raise CancelledError(f"{message} {fraction}")

    lockstep = Lockstep(read_config(child.name), tiny_data(), CPU)
    with pytest.raises(CancelledError):
        catch_up(child, lockstep, cut)
    assert (child / "checkpoints" / STATE_NAME).read_bytes() == state
    train(child, CONFIG)
    assert_same_end(child, parent)


def test_the_edits_of_a_parent_begin_the_log_of_its_fork(parent):
    lines = [json.dumps({"number": n, "step": step}) for n, step in enumerate((5, 22, 22, 23), 1)]
    (parent / "edits.jsonl").write_text("\n".join(lines) + "\n" + lines[0][:-3])
    child = make_fork(parent, 22)
    assert (child / "edits.jsonl").read_text().splitlines() == lines[:3]
    (parent / "edits.jsonl").unlink()
    assert not (make_fork(parent, 22) / "edits.jsonl").exists()
