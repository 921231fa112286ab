"""The command line as a person meets it: one process, its output, its exit status."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resnet_core.cli import app, training
from resnet_core.config import fingerprint
from resnet_core.recipes.presets import demo_experiment
from resnet_core.runs import launcher
from resnet_core.runs.status import WorkerState, create_run, list_runs, read_config, write_state
from tests.runs.hostile import build_sound_run, list_variants
from tests.training.conftest import home, picture_folder, tiny_experiment  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[2]
TINY = ["--recipe", "fast", "--steps", "3", "--batch-size", "8", "--device", "cpu"]


def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resnet_core", *arguments],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in this process, which has loaded torch already; what is unexpected raises."""
    runner = CliRunner(env={"COLUMNS": "200"})
    done = runner.invoke(app, arguments, catch_exceptions=False)
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def test_train_to_the_end_then_evaluate_the_checkpoint(home, picture_folder):  # noqa: F811
    done = lab("train", "--arms", "plain8", "--data", str(picture_folder), *TINY, "--json")
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert (run["phase"], run["step"], run["num_steps"]) == ("finished", 3, 3)
    assert run["name"] == "plain8, fast"
    assert run["arms"][0] == {"label": "plain8", "is_plain": True, "stopped_message": None}
    assert run["verdict"]["sentence"].startswith("plain8 trains alone")
    assert run["verdict"]["loss_difference"] is None
    by_split = {entry["split"]: entry for entry in run["evaluations"]}

    (listed,) = json.loads(lab("runs", "--json").stdout)
    assert listed["run_id"] == run["run_id"]
    assert run["run_id"] in here("runs").stdout

    found = json.loads((home / "runs" / run["run_id"] / "pictures.json").read_text())
    assert (found["layout"], found["left_out"]) == ("class folders", [])

    weights = home / "runs" / run["run_id"] / "checkpoints" / "0-plain8-0000003.safetensors"
    done = here("evaluate", str(weights), "--data", str(picture_folder), "--json")
    score = json.loads(done.stdout)
    assert score["accuracy"] == pytest.approx(by_split["test"]["accuracy"])
    assert score["loss"] == pytest.approx(by_split["test"]["loss"], rel=1e-4)

    assert lab("resume", run["run_id"]).returncode == 1
    assert lab("pause", run["run_id"]).returncode == 1
    assert lab("stop", run["run_id"], "--json").returncode == 0


def test_train_of_a_pair_gives_a_verdict(home, picture_folder):  # noqa: F811
    recipe = [*TINY[:2], "--steps", "20", *TINY[4:]]
    arms = ["--arms", "plain8,resnet8", "--data", str(picture_folder)]
    done = here("train", *arms, *recipe, "--json")
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    verdict = run["verdict"]
    last = {
        entry["arm"]: entry["accuracy"]
        for entry in run["evaluations"]
        if (entry["split"], entry["step"]) == ("validation", 20)
    }
    assert verdict["accuracy_difference"] == pytest.approx(last[1] - last[0])
    assert 0 < verdict["p_value"] <= 1
    assert isinstance(verdict["loss_difference"], float)
    assert verdict["seeds"] == 1
    assert "20 steps" in verdict["sentence"]
    comparison = run["comparison"]
    assert comparison["difference"] == verdict["accuracy_difference"]
    assert (comparison["seeds"], comparison["test"]) == (1, "exact McNemar")
    assert "One seed: how much seeds differ is not known." in comparison["sentence"]
    (listed,) = json.loads(here("runs", "--json").stdout)
    assert listed["verdict"] == verdict


def test_train_from_several_seeds_pairs_them(home, picture_folder):  # noqa: F811
    recipe = [*TINY[:2], "--steps", "20", *TINY[4:], "--seed", "4", "--seeds", "3"]
    arms = ["--arms", "resnet8,plain8", "--data", str(picture_folder)]
    done = here("train", *arms, *recipe, "--json")
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert (run["seed"], run["seeds"]) == (4, 3)
    last = {
        (entry["arm"], entry["seed"]): entry["accuracy"]
        for entry in run["evaluations"]
        if (entry["split"], entry["step"]) == ("validation", 20)
    }
    assert sorted(last) == [(arm, seed) for arm in (0, 1) for seed in (4, 5, 6)]
    differences = [last[0, seed] - last[1, seed] for seed in (4, 5, 6)]
    comparison, verdict = run["comparison"], run["verdict"]
    assert comparison["difference"] == pytest.approx(statistics.fmean(differences))
    low, high = comparison["interval_95"]
    half = 4.302653 * statistics.stdev(differences) / 3**0.5
    assert (high - low) / 2 == pytest.approx(half, abs=1e-6)
    assert (comparison["seeds"], comparison["test"]) == (3, "paired t")
    assert (verdict["accuracy_difference"], verdict["seeds"]) == (comparison["difference"], 3)
    assert ("not yet more than noise" in comparison["sentence"]) == (low <= 0 <= high)
    (listed,) = json.loads(here("runs", "--json").stdout)
    assert (listed["seeds"], listed["comparison"]) == (3, comparison)


def start_and_kill(*arguments: str) -> dict:
    """Starts a run for real, and ends its worker before that has loaded anything."""
    done = CliRunner().invoke(app, ["train", "--detach", "--json", *arguments])
    assert done.exit_code == 0, done.output
    run = json.loads(done.stdout)
    launcher.kill_run(run["run_id"])
    return run


def test_train_alone_is_the_demo(home):  # noqa: F811
    run = start_and_kill()
    assert fingerprint(read_config(run["run_id"])) == fingerprint(demo_experiment())


def test_arms_of_the_demo_recipe_are_those_nets(home):  # noqa: F811
    run = start_and_kill("--arms", "resnet20,plain20", "--data", "synthetic", "--recipe", "demo")
    assert [arm["label"] for arm in run["arms"]] == ["resnet20", "plain20"]
    assert run["name"] == "resnet20 and plain20, demo"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "--arms", "resnet2o"], "resnet20"),
        (["train", "--recipe", "slow"], "Unknown recipe 'slow'"),
        (["train", "--arms", ","], "at least one net"),
        (["train", "--data", "~nobody-of-that-name/x"], "give the whole path"),
        (["train", "--data", "/nowhere/at/all"], "give a path that exists"),
        (["train", "--data", "x" * 300], "cannot be read"),
        (["train", "--batch-size", "0"], "batch_size must be at least 1"),
        (["resume", "../../etc"], "There is no run"),
        (["stop", "20200101-000000-none-0000"], "There is no run"),
        (["evaluate", "nothing", "--data", "synthetic"], "There is no checkpoint 'nothing'"),
    ],
)
def test_refusals_are_one_sentence_and_exit_status_1(home, arguments, sentence):  # noqa: F811
    done = here(*arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr
    assert not list(home.glob("runs/2*"))


def test_notes_are_written_listed_and_emptied(home):  # noqa: F811
    run_id = build_sound_run().name
    assert lab("notes", run_id).stdout == f"Nothing is noted on {run_id}.\n"
    assert lab("notes", run_id, "wider\nnext: 3 seeds").stdout == "wider\nnext: 3 seeds\n"
    (listed,) = json.loads(lab("runs", "--json").stdout)
    assert listed["notes"] == "wider\nnext: 3 seeds"
    assert json.loads(lab("notes", run_id, "", "--json").stdout)["notes"] == ""


def test_every_command_on_a_damaged_run_is_refused_and_the_list_goes_on(home):  # noqa: F811
    damaged, sound = build_sound_run(), build_sound_run()
    (damaged / "state.json").write_text('{"phase": "starting", "said_at": "x"}')
    (damaged / "name").write_bytes(b"\xff")
    listed = {run["run_id"]: run for run in json.loads(lab("runs", "--json").stdout)}
    assert listed[sound.name]["phase"] == "stopped"
    assert listed[damaged.name]["phase"] == "damaged"
    assert "state.json cannot be used" in listed[damaged.name]["message"]
    assert listed[damaged.name]["evaluations"] == []
    for command in (
        ["resume", damaged.name],
        ["pause", damaged.name],
        ["stop", damaged.name],
        ["stop", damaged.name, "--force"],
        ["ship", damaged.name, "--name", "x"],
    ):
        done = here(*command)
        assert (done.returncode, done.stdout) == (1, ""), command
        assert "Traceback" not in done.stderr
        assert "is damaged" in done.stderr


def test_list_of_runs_that_are_spoiled_in_every_way(home):  # noqa: F811
    sound = build_sound_run()
    variants = list(list_variants())
    for number, variant in enumerate(variants):
        name = f"20260101-00{number // 60:02}{number % 60:02}-spoiled-0000"
        variant.spoil(shutil.copytree(sound, sound.with_name(name)))
    done = lab("runs", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads(done.stdout)
    assert len(listed) == len(variants) + 1
    damaged = [run for run in listed if run["phase"] == "damaged"]
    assert len(damaged) == sum(variant.is_damaged for variant in variants)
    assert all(run["message"] for run in damaged)


@pytest.mark.parametrize("command", [["runs"], ["train", "--device", "cpu"]])
def test_a_home_of_nobody_is_refused_in_a_sentence(home, monkeypatch, command):  # noqa: F811
    monkeypatch.setenv("RESNET_LAB_HOME", "~nobody-of-that-name/lab")
    done = lab(*command)
    assert (done.returncode, done.stdout) == (1, "")
    assert "RESNET_LAB_HOME is '~nobody-of-that-name/lab'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(ROOT.glob("~*"))


def test_a_home_that_cannot_be_written_is_refused_in_a_sentence(home, tmp_path):  # noqa: F811
    build_sound_run()
    mount = ["mount", "--bind", str(home), str(home)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a read-only disk needs root")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(home)], check=True)
    try:
        (listed,) = json.loads(lab("runs", "--json").stdout)
        refused = [lab("train", "--device", "cpu"), lab("resume", listed["run_id"])]
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)
    for done in refused:
        assert (done.returncode, done.stdout) == (1, "")
        assert "read-only" in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("place", ["runs", "runs/.launch.lock", "."])
def test_a_file_in_the_way_of_a_folder_is_told_in_a_sentence(home, monkeypatch, place):  # noqa: F811
    monkeypatch.setenv("RESNET_LAB_HOME", str(home / "lab"))
    path = home / "lab" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if place.endswith(".lock") else path.write_text("in the way")
    done = here("train", "--device", "cpu")
    assert (done.returncode, done.stdout) == (1, "")
    assert "remove it" in " ".join(done.stderr.split())
    assert here("runs", "--json").stdout.strip() == "[]"


def test_mistyped_command_exits_with_2(home):  # noqa: F811
    assert lab("trian").returncode == 2
    assert lab("train", "--epocs", "3").returncode == 2


def test_no_runs_tells_what_to_do(home):  # noqa: F811
    assert "python -m resnet_core train" in lab("runs").stdout
    assert json.loads(lab("runs", "--json").stdout) == []


def test_ctrl_c_at_any_moment_asks_the_run_that_is_followed_to_stop(home, monkeypatch):  # noqa: F811
    build_sound_run()
    (status,) = list_runs()
    moments = iter([KeyboardInterrupt, replace(status, phase="training"), KeyboardInterrupt])

    def read_between_two(run_id):
        found = next(moments, status)
        if found is KeyboardInterrupt:
            raise KeyboardInterrupt
        return found

    asked = []
    monkeypatch.setattr(training.run_folders, "read_status", read_between_two)
    monkeypatch.setattr(training, "request", lambda folder, wish: asked.append(wish))
    training.follow(status.run_id)
    assert asked == ["stop", "stop"]


def test_names_of_runs_are_listed_whole_and_what_they_say_stands_below(home):  # noqa: F811
    config = replace(tiny_experiment(), name="Demo: ResNet-56 narrow from step 300")
    folder = create_run(config)
    write_state(folder, WorkerState(phase="failed", message="The disk is full: free some space."))
    lines = here("runs").stdout.splitlines()
    assert {"ResNet-56", "narrow"} <= set(" ".join(lines[1:]).split()), "no name is cut"
    assert lines[-1] == f"{folder.name}: The disk is full: free some space."


def test_a_finished_run_is_not_resumed_and_what_makes_it_longer_is_said(home):  # noqa: F811
    folder = create_run(tiny_experiment())
    write_state(folder, WorkerState(phase="finished"))
    refused = here("resume", folder.name)
    assert refused.returncode == 1
    assert "extend it by an edit of its steps, or start a new one" in refused.stderr
