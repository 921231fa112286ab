"""What can be forked and what is said before, from folders alone: nothing is trained here."""

import dataclasses
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from resnet_core import paths
from resnet_core.errors import (
    ConfigError,
    DiskFullError,
    RunDamagedError,
    RunError,
    RunNotFoundError,
    StorageError,
)
from resnet_core.runs import fork_files
from resnet_core.runs.fork_files import furnish_fork
from resnet_core.runs.fork_origin import FORK_NAME, ForkOrigin, read_origin, write_origin
from resnet_core.runs.fork_plan import ForkPlan, plan_fork
from resnet_core.runs.fork_sentences import (
    fork_sentence,
    left_out_sentence,
    origin_sentence,
    place_sentence,
    replay_sentence,
    stand_aside_sentence,
    time_words,
)
from resnet_core.runs.status import create_run, list_runs, read_config, read_status
from resnet_core.runs.store import MetricsWriter, StepRow
from tests.training.conftest import tiny_experiment

TAKEN = 30


def row(step: int, arm: int) -> StepRow:
    return StepRow(
        step=step,
        arm=arm,
        time_s=step * 0.5,
        loss=1.0,
        accuracy=0.5,
        learning_rate=0.1,
        images_per_s=100.0,
        gradient_norm=1.0,
        layer_norms=np.zeros(3, np.float32),
    )


@pytest.fixture
def parent(home) -> Path:
    """A run that took 30 steps; its second arm stopped after 20."""
    folder = create_run(tiny_experiment())
    writer = MetricsWriter(folder)
    with writer.transaction():
        writer.add_steps([row(step, 0) for step in range(1, TAKEN + 1)])
        writer.add_steps([row(step, 1) for step in range(1, 21)])
    writer.close()
    return folder


@pytest.mark.parametrize(
    ("step", "arm", "kind", "says"),
    [
        (-1, None, RunError, "0 or more finished steps, got -1"),
        (31, None, RunError, "has taken 30 steps, so it cannot be forked at 31"),
        (10**30, None, RunError, "choose a step from 0 to 30"),
        (21, "plain", RunError, "plain stopped after 20 steps: fork it at a step from 0 to 20"),
        (10, "resnet99", ConfigError, "is no net of tiny: name one of 0 (residual), 1 (plain)"),
        (10, "2", ConfigError, "is no net of tiny"),
        (10, "tiny", ConfigError, "means several nets of tiny"),
    ],
)
def test_what_cannot_be_forked_is_refused_in_a_sentence(parent, step, arm, kind, says):
    with pytest.raises(kind) as caught:
        plan_fork(parent.name, step, arm)
    assert says in str(caught.value)
    assert [status.run_id for status in list_runs()] == [parent.name]


def test_a_run_that_is_not_there_is_not_forked(home):
    with pytest.raises(RunNotFoundError, match="There is no run"):
        plan_fork("20260101-000000-tiny-0000", 0)


def test_a_run_that_came_with_the_lab_is_not_forked(home):
    shipped = next(paths.shipped_runs_dir().glob("*"))
    with pytest.raises(RunError, match="came with the lab"):
        plan_fork(shipped.name, 0)


@pytest.mark.parametrize("arm", ["residual", "0", 0])
def test_an_arm_is_known_by_number_and_label(parent, arm):
    assert plan_fork(parent.name, 25, arm).arm == 0


def test_an_arm_is_known_by_the_registry_name_of_its_net(parent):
    arms = tiny_experiment().arms
    named = dataclasses.replace(
        arms[1], label="other", model=dataclasses.replace(arms[1].model, name="plain20")
    )
    config = dataclasses.replace(tiny_experiment(), arms=(arms[0], named))
    assert config.find_arm("plain20") == config.find_arm("other") == config.find_arm("1") == 1


def test_an_arm_is_known_by_how_its_name_begins_where_that_is_one():
    names = ("ResNet-56 narrow", "Plain-56 narrow", "Plain-56 wide")
    arms = tuple(dataclasses.replace(tiny_experiment().arms[0], label=name) for name in names)
    config = dataclasses.replace(tiny_experiment(), arms=arms)
    assert config.find_arm("resnet56") == config.find_arm("ResNet-56") == 0
    assert config.find_arm("plain-56-w") == 2
    with pytest.raises(ConfigError, match="'plain56' means several nets"):
        config.find_arm("plain56")
    for nothing in ("", "-", "wide"):
        with pytest.raises(ConfigError, match="is no net"):
            config.find_arm(nothing)


def test_the_time_of_a_replay_is_what_it_took_the_parent(parent):
    plan = plan_fork(parent.name, 25)
    assert (plan.kept_step, plan.replay_steps, plan.state) == (0, 25, None)
    assert plan.replay_s == pytest.approx(12.5)
    assert plan_fork(parent.name, 0).replay_s == 0.0


def test_a_run_without_a_store_can_be_forked_at_its_beginning_alone(home):
    folder = create_run(tiny_experiment())
    assert plan_fork(folder.name, 0).replay_steps == 0
    with pytest.raises(RunError, match="has taken 0 steps"):
        plan_fork(folder.name, 1)


def test_a_damaged_history_is_told(parent):
    (parent / "metrics.db").write_bytes(b"no database" * 100)
    for companion in parent.glob("metrics.db-*"):
        companion.unlink()
    with pytest.raises(RunError, match="cannot be read"):
        plan_fork(parent.name, 10)


def fork(parent: Path, step: int) -> Path:
    plan = plan_fork(parent.name, step)
    return create_run(read_config(parent.name), lambda made: furnish_fork(made, parent, plan))


def test_a_full_disk_leaves_nothing_of_a_fork(parent, monkeypatch):
    def refuse(*_arguments) -> None:
        raise DiskFullError("Cannot write fork.json: the disk is full; free some space.")

    monkeypatch.setattr(fork_files, "write_origin", refuse)
    with pytest.raises(DiskFullError, match="free some space"):
        fork(parent, 10)
    assert [folder.name for folder in parent.parent.iterdir() if folder != parent] == []


def test_a_disk_that_fills_while_the_history_is_copied_is_told(parent):
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    told = fork_files.explain_copying(full, "this run")
    assert isinstance(told, DiskFullError)
    assert str(told) == (
        "The history of this run cannot be copied: the disk is full; free some space."
    )
    assert not isinstance(fork_files.explain_copying(sqlite3.Error("broken"), "it"), StorageError)


def test_a_fork_of_a_run_with_a_long_name_has_one_that_can_be_read(parent):
    (parent / "name").write_text("x" * 80)
    name = read_status(fork(parent, 10).name).name
    assert len(name) == 80
    assert name.endswith("x, from step 10")


def test_what_is_no_origin_is_damage(parent):
    write_origin(parent, ForkOrigin(parent="other", step=3, kept_step=0))
    assert read_origin(parent) == ForkOrigin(parent="other", step=3, kept_step=0)
    for content in (b"", b"{}", b'{"parent": "x", "step": -1, "kept_step": 0}', b"[1]"):
        (parent / FORK_NAME).write_bytes(content)
        with pytest.raises(RunDamagedError, match=r"its fork\.json does not say"):
            read_origin(parent)
    assert read_status(parent.name).phase == "damaged"
    shutil.rmtree(parent)


PLAN = ForkPlan(parent="demo", step=1300, arm=None, state=Path("x"), kept_step=1288, replay_s=3.4)


def test_sentences_say_what_a_fork_will_do():
    assert replay_sentence(PLAN) == (
        "The fork begins with the state of step 1,288 and replays 12 steps, which took the run"
        " about 3 s."
    )
    bare = dataclasses.replace(PLAN, state=None, kept_step=0, replay_s=1200)
    assert replay_sentence(bare) == (
        "The fork begins with the first weights and replays 1,300 steps, which took the run "
        "about 20 minutes."
    )
    at_once = dataclasses.replace(PLAN, kept_step=1300)
    assert replay_sentence(at_once) == "The fork begins at step 1,300 at once."
    one = dataclasses.replace(PLAN, kept_step=1299, replay_s=0.2)
    assert replay_sentence(one).endswith("replays 1 step, which took the run less than a second.")
    assert time_words(119) == "about 119 s"


def test_sentences_say_whose_place_is_taken_and_what_is_damaged():
    assert place_sentence(PLAN) == ""
    taking = dataclasses.replace(PLAN, takes_place=True)
    assert place_sentence(taking) == (
        "The run has the device: it saves, pauses and gives up its turn, and goes on when asked "
        "to, or when the fork ends."
    )
    waiting = dataclasses.replace(PLAN, num_ahead=2)
    assert place_sentence(waiting) == "The fork waits: 2 runs are ahead on this device."
    damaged = dataclasses.replace(taking, damaged_steps=(1299, 1290))
    assert fork_sentence(damaged) == " ".join(
        (
            "The kept states of step 1,299 and 1,290 cannot be used.",
            replay_sentence(PLAN),
            place_sentence(taking),
        )
    )
    assert "kept state of step 1,290 cannot" in fork_sentence(
        dataclasses.replace(PLAN, damaged_steps=(1290,))
    )
    assert fork_sentence(PLAN) == replay_sentence(PLAN)
    assert stand_aside_sentence("x").startswith("Its fork x has the device")
    assert origin_sentence(1300, "Demo") == "from step 1,300 of Demo"
    assert origin_sentence(2, None) == "from step 2 of a run that was deleted"
    assert left_out_sentence(3) != left_out_sentence(4)
