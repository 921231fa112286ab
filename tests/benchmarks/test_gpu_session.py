"""`make gpu` walked through on the CPU, with two steps, and then taken up where it was left."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.few_pictures import save_few
from benchmarks.gpu_session import Part, Session, estimated_s, fitting_recipes
from resnet_core.config import DataConfig
from resnet_core.data import load_dataset
from tests.pages.tiny import write_pictures

ROOT = Path(__file__).resolve().parents[2]
STEP_MS = {"resnet20": 2.0, "resnet56": 6.0, "resnet18_cifar": 3.0}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_gpu_walks_through_on_a_cpu_and_is_done_then(tmp_path):
    pictures = write_pictures(tmp_path / "pictures")
    arguments = (
        *("make", "gpu", f"GPU_PYTHON={sys.executable}", "DEVICE=cpu", "STEPS=2"),
        *(f"CIFAR10={pictures}", "REPRODUCE=--threads 1", "GPU_OPTIONS=--batch-size 4"),
    )

    def make() -> str:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "RESNET_LAB_HOME": str(tmp_path)}
        done = subprocess.run(
            arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    first = make()
    names = ["tests", "gpu_step", "seeds_together", "throughput", "time_to_accuracy", "reproduce"]
    for name in names:
        assert f"{name}: done after" in first
        assert (tmp_path / "gpu" / f"{name}.txt").read_text()
    assert '"graph_ms": null' in first
    assert list((tmp_path / "gpu" / "nets").glob("resnet20-*.safetensors"))
    again = make()
    assert [f"{name}: done before" in again for name in names] == [True] * len(names)


def test_a_part_that_fails_is_done_anew(tmp_path, capsys):
    part = Part(name="broken", arguments=lambda _left: ("json.tool", str(tmp_path / "nothing")))
    session = Session(tmp_path, seconds=600)
    assert not session.do(part)
    assert "broken: failed with" in capsys.readouterr().out
    (tmp_path / "nothing").write_text("[1]")
    assert session.do(part)
    assert (tmp_path / "broken.txt").read_text().split() == ["[", "1", "]"]


def test_a_part_that_takes_too_long_is_interrupted_and_not_kept(tmp_path, capsys):
    command = ("timeit", "-n", "1", "-r", "1", "-s", "import time", "time.sleep(600)")
    part = Part(name="slow", arguments=lambda _left: command)
    started = time.monotonic()
    assert Session(tmp_path, seconds=3).do(part)
    assert time.monotonic() - started < 600
    assert "slow: out of time" in capsys.readouterr().out
    assert not (tmp_path / "slow.txt").exists()


def test_a_part_can_be_interrupted_where_the_session_itself_runs_in_the_background(
    tmp_path, capsys
):
    telling = "print(signal.getsignal(signal.SIGINT))"
    command = ("timeit", "-n", "1", "-r", "1", "-s", "import signal", telling)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell's `&` has it
    try:
        assert Session(tmp_path, seconds=600).do(Part(name="told", arguments=lambda _: command))
    finally:
        signal.signal(signal.SIGINT, before)
    assert "default_int_handler" in capsys.readouterr().out


def test_a_trial_takes_few_pictures_of_each_class_once(tmp_path):
    pictures = write_pictures(tmp_path / "all")
    few = save_few(str(pictures), tmp_path / "few", most_each=6)
    data = load_dataset(DataConfig(source=str(few)))
    assert data.card.class_names == ("dark", "grey", "light")
    assert len(data.train) + len(data.validation) == 3 * 6
    assert all(1 <= (data.test.labels == label).sum() <= 2 for label in range(3))
    whole = load_dataset(DataConfig(source=str(pictures)))
    known = {picture.tobytes() for picture in np.asarray(whole.train.images)}
    known |= {picture.tobytes() for picture in np.asarray(whole.test.images)}
    known |= {picture.tobytes() for picture in np.asarray(whole.validation.images)}
    assert {picture.tobytes() for picture in np.asarray(data.train.images)} <= known
    assert save_few("no such place", tmp_path / "few") == few


def test_pictures_that_are_not_there_are_told_before_anything_begins(tmp_path):
    command = ("-m", "benchmarks.gpu_session", "--device", "cpu", "--steps", "2")
    done = subprocess.run(
        [
            sys.executable,
            *command,
            "--data",
            str(tmp_path / "no"),
            "--into",
            str(tmp_path / "kept"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_nothing_begins_when_the_time_is_up(tmp_path, capsys):
    part = Part(name="late", arguments=lambda _left: ("json.tool",))
    assert Session(tmp_path, seconds=0).do(part)
    assert "late: nothing fits into the time left" in capsys.readouterr().out


def test_recipes_are_chosen_by_what_a_step_takes_and_the_time_left():
    everything = fitting_recipes(1e6, STEP_MS)
    assert everything[0] == "cifar10-resnet18-cifar-fast"
    assert sum(estimated_s(recipe, STEP_MS) or 0.0 for recipe in fitting_recipes(60, STEP_MS)) <= 60
    assert set(fitting_recipes(60, STEP_MS)) < set(everything)
    assert fitting_recipes(1e6, {}) == ()
    slower = {name: 2 * ms for name, ms in STEP_MS.items()}
    one, other = (estimated_s("cifar10-20-paper", ms) for ms in (STEP_MS, slower))
    assert one == pytest.approx(64_000 * 2 * 3 * 0.002)
    assert other == pytest.approx(64_000 * 2 * 3 * 0.004)
