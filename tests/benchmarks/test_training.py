"""The training benchmarks run to their end on the CPU, with settings that say nothing."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.endless import endless_experiment
from benchmarks.precision_accuracy import weight_gradient_rounding
from benchmarks.seeds_together import Seeds, distance
from benchmarks.stacked_seeds import Stacked
from resnet_core.data import load_dataset
from resnet_core.processors import has_bfloat16
from tests.pages.tiny import write_pictures

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *arguments],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def printed(name: str, *arguments: str) -> str:
    done = run(name, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def speed_ratio(line: str) -> float:
    found = re.search(r"speed ratio ([0-9.]+)", line)
    assert found is not None
    return float(found[1])


def test_train_throughput_compares_with_a_usual_loop():
    tiny = ("--net", "resnet8", "--batch-size", "8", "--device", "cpu", "--pairs", "2")
    (line,) = printed("train_throughput", *tiny, "--against", "kuangliu", "--cpu-time").splitlines()
    assert "batch 8, float32, cpu, CPU time, against kuangliu" in line
    assert speed_ratio(line) > 0
    assert len(re.findall(r"[0-9,]+ pictures/s", line)) == 2


def test_the_fair_baseline_has_as_many_workers_as_are_quickest():
    tiny = ("--net", "resnet8", "--batch-size", "8", "--device", "cpu", "--pairs", "2")
    workers, line = printed("train_throughput", *tiny, "--against", "fair").splitlines()
    assert re.fullmatch(r"fair baseline: [0124] loader workers are quickest", workers)
    assert "against fair" in line
    assert speed_ratio(line) > 0


def test_telemetry_overhead_compares_with_a_bare_loop():
    tiny = ("--net", "resnet8", "--batch-size", "8", "--pairs", "2", "--threads", "1")
    (line,) = printed("telemetry_overhead", *tiny, "--device", "cpu", "--cpu-time").splitlines()
    assert speed_ratio(line) > 0


def test_gpu_step_compares_three_ways_and_says_whether_they_are_identical():
    tiny = ("--nets", "resnet8", "--steps", "2", "--batch-size", "8", "--seconds", "4")
    rows = json.loads(printed("gpu_step", *tiny, "--device", "cpu", "--json"))
    assert [(row["net"], row["precision"], row["step"]) for row in rows] == [
        ("resnet8", "float32", "training"),
        ("resnet8", "bfloat16", "training"),
    ]
    for row in rows:
        assert row["ours_ms"] > 0 and row["bare_ms"] > 0
        assert row["telemetry_ratio"] == pytest.approx(row["bare_ms"] / row["ours_ms"])
        assert row["graph_ms"] is None
        assert row["identical"] is True
        assert row["card"].startswith("CPU")


def test_seeds_together_gives_the_weights_of_each_seed_alone():
    tiny = ("--nets", "resnet8", "--seeds", "3", "--batch-size", "4", "--steps", "2")
    options = ("--rounds", "2", "--threads", "1", "--device", "cpu", "--cpu-time", "--json")
    (row,) = json.loads(printed("seeds_together", *tiny, *options))
    assert row["agrees"] is True
    assert row["difference"] < row["tolerance"] == 1e-6
    for way in ("ours", "stacked"):
        assert row[f"{way}_ms"] > 0
        assert row[f"{way}_within_goal"] is (row[f"{way}_ratio"] <= 2)
    assert (row["seeds"], row["rounds"], row["clock"]) == (3, 2, "processor time")


def test_seeds_that_see_each_other_s_pictures_do_not_agree():
    tiny = endless_experiment("resnet8", batch_size=4)
    config = replace(tiny, seeds=2)
    data, cpu = load_dataset(config.data), torch.device("cpu")
    ours, stacked = Seeds(config, data, cpu), Stacked(config, data, cpu)
    first = ours.weights()
    stacked._tables.reverse()
    ours(2)
    stacked(2)
    apart = [distance(*pair) for pair in zip(ours.weights(), stacked.weights(), strict=True)]
    went = [distance(*pair) for pair in zip(ours.weights(), first, strict=True)]
    assert min(apart) > 0.1 * max(went)


def test_precision_compares_both_in_turn():
    tiny = ("--net", "resnet8", "--batch-size", "4", "--steps", "1", "--pairs", "2")
    found = json.loads(printed("precision", *tiny, "--threads", "1", "--cpu-time", "--json"))
    assert found["speed_ratio"] > 0
    assert found["n"] == 2
    low, high = found["quartiles"]
    assert low <= found["speed_ratio"] <= high
    assert found["has_bfloat16"] is has_bfloat16()


def test_precision_accuracy_pairs_both_by_seed():
    tiny = ("--net", "resnet8", "--widths", "2,2,2", "--steps", "1", "--seeds", "2")
    found = json.loads(printed("precision_accuracy", *tiny, "--threads", "1", "--json"))
    assert found["seeds"] == [0, 1]
    differences = [a - b for a, b in zip(found["bfloat16"], found["float32"], strict=True)]
    assert found["difference"] == pytest.approx(sum(differences) / 2)
    low, high = found["interval_95"]
    assert low <= found["difference"] <= high
    assert found["weight_gradient_rounding"] > 0.9
    assert found["has_bfloat16"] is has_bfloat16()


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("precision", ("--pairs", "1"), "--pairs must be at least 2, got 1"),
        ("precision", ("--net", "resnet21"), "resnet21"),
        ("precision_accuracy", ("--threads", "0"), "--threads must be at least 1, got 0"),
    ],
)
def test_both_say_in_a_sentence_what_cannot_be(name, arguments, sentence):
    done = run(name, *arguments, "--json")
    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_the_gradient_of_one_picture_is_rounded_once():
    assert weight_gradient_rounding(1, channels=2, side_px=8) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("gpu_step", ("--nets", "resnet21"), "resnet21"),
        ("gpu_step", ("--device", "cuda:99"), "There is no device cuda:99"),
        ("gpu_step", ("--steps", "0"), "--steps must be at least 1, got 0"),
        ("seeds_together", ("--batch-size", "0"), "--batch-size must be at least 1, got 0"),
    ],
)
def test_a_benchmark_of_steps_says_in_a_sentence_what_cannot_be(name, arguments, sentence):
    done = run(name, *arguments, "--json")
    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_time_to_accuracy_tells_when_and_how_good_in_the_end(tmp_path):
    pictures = write_pictures(tmp_path / "pictures")
    tiny = ("--recipe", "synthetic-20-cpu", "--steps", "2", "--batch-size", "4")
    (line,) = printed(
        *("time_to_accuracy", *tiny, "--data", str(pictures), "--level", "0"),
        *("--device", "cpu", "--threads", "1"),
    ).splitlines()
    assert re.search(r"0% on validation pictures after [0-9.]+ s \(step 2\)", line)
    assert re.search(r"test accuracy [0-9.]+% after [0-9.]+ s on CPU", line)


def test_history_cost_compares_first_and_last():
    first, opened, update = printed("history_cost", "--steps", "2000").splitlines()
    assert re.search(r"first [0-9.]+ s, last [0-9.]+ s", first)
    assert opened.startswith("open the run")
    assert update.startswith("one update")
