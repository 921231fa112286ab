"""Nothing that lies in a run's folder breaks a list, or leads the lab to write outside it."""

import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from resnet_core.errors import ResNetLabError, RunBusyError, RunDamagedError
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.runs.control import request
from resnet_core.runs.csv import metrics_csv
from resnet_core.runs.fork_files import furnish_fork
from resnet_core.runs.fork_plan import plan_fork
from resnet_core.runs.lock import exclusive, hold_lock
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import RunStatus
from resnet_core.runs.store import (
    SCALARS,
    MetricsWriter,
    StepRow,
    read_last_step,
    set_aside_if_damaged,
)
from resnet_core.training.flow import read_flow
from tests.runs.hostile import build_sound_run, list_variants
from tests.training.conftest import tiny_experiment

VARIANTS = {variant.name: variant for variant in list_variants()}

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def _sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(tmp_path_factory.mktemp("sound")))
        return build_sound_run()


@pytest.fixture
def folder(home: Path, _sound: Path) -> Path:
    shutil.copytree(_sound, home / "runs" / _sound.name)
    return home / "runs" / _sound.name


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_spoiled_run_is_told_in_words(home, folder, variant, monkeypatch):
    monkeypatch.setattr(launcher, "launch_worker", pytest.fail)
    variant.spoil(folder)
    (status,) = runs.list_runs()
    assert status == runs.read_status(folder.name)
    assert status.is_damaged == variant.is_damaged, status.message
    if status.is_damaged:
        check_nothing_opens_it(status)
    else:
        check_the_rest_lives(folder)
    runs.delete_run(folder.name)
    assert list((home / "runs").iterdir()) == []
    assert Path("/etc/hostname").exists()
    assert not (home / "made-by-the-lab").exists()


def check_nothing_opens_it(status: RunStatus) -> None:
    run_id = status.run_id
    assert status.message.startswith(f"Run {run_id} is damaged: ")
    assert "delete" in status.message
    assert len(status.message) < 400
    assert (status.is_live, status.is_resumable) == (False, False)
    for open_it in (
        lambda: runs.read_config(run_id),
        lambda: runs.rename_run(run_id, "new"),
        lambda: launcher.resume_run(run_id),
        lambda: plan_fork(run_id, 0),
        lambda: read_flow(run_id, "gradient_norm"),
    ):
        with pytest.raises(RunDamagedError, match="is damaged"):
            open_it()
    assert not launcher.kill_run(run_id)


def check_the_rest_lives(folder: Path) -> None:
    for read in (
        lambda: read_curves(folder).to_bytes({}),
        lambda: list(metrics_csv(folder)),
        lambda: read_flow(folder.name, "gradient_norm"),
        lambda: read_flow(folder.name, "update_ratio"),
        lambda: request(folder, "pause"),
        lambda: fork_and_delete(folder.name),
    ):
        try:
            read()
        except ResNetLabError as exc:
            assert len(str(exc)) < 400
    set_aside_if_damaged(folder)
    writer = MetricsWriter(folder)
    with writer.transaction():
        writer.truncate(0)
        writer.add_steps(step_row(step) for step in range(1, 17))
    writer.close()
    assert read_last_step(folder).step == 16
    with hold_lock(folder), pytest.raises(RunBusyError):
        runs.delete_run(folder.name)


def fork_and_delete(run_id: str) -> None:
    plan, parent = plan_fork(run_id, 0), runs.run_dir(run_id)
    child = runs.create_run(runs.read_config(run_id), lambda made: furnish_fork(made, parent, plan))
    assert not runs.read_status(child.name).is_damaged
    runs.delete_run(child.name)


def step_row(step: int) -> StepRow:
    scalars = dict.fromkeys(SCALARS, 1.0)
    return StepRow(step=step, arm=0, seed=None, layer_norms=np.zeros(1), **scalars)


@pytest.mark.parametrize("name", ["", "checkpoints"])
def test_delete_run_never_follows_a_link(home, folder, name):
    treasure = home / "treasure"
    treasure.mkdir()
    (treasure / "gold").touch()
    shutil.rmtree(folder / name)
    (folder / name).symlink_to(treasure)
    runs.delete_run(folder.name)
    assert not os.path.lexists(folder)
    assert (treasure / "gold").exists()


def test_delete_run_ends_the_worker_that_a_damaged_run_still_has(start):
    run_id = start(tiny_experiment(steps=1_000_000))
    (runs.run_dir(run_id) / "config.json").write_text("{")
    assert runs.read_status(run_id).is_damaged
    runs.delete_run(run_id)
    assert runs.list_runs() == ()


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_exclusive_never_hangs_nor_follows(home, kind):
    path = home / "runs" / ".launch.lock"
    path.parent.mkdir()
    {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda p: p.symlink_to(home / "made")}[kind](
        path
    )
    problems = []

    def enter() -> None:
        try:
            with exclusive(path):
                pass
        except ResNetLabError as exc:
            problems.append(str(exc))

    thread = threading.Thread(target=enter, daemon=True)
    thread.start()
    thread.join(120)
    (problem,) = problems
    assert "where a file belongs: remove it" in problem
    assert not (home / "made").exists()
