"""The load benchmarks drive a real server; here with few sessions and for seconds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.sessions import Notes, percentile_95, summarise

ROOT = Path(__file__).resolve().parents[2]


def printed(name: str, *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *arguments, "--json"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_sessions_measures_reruns_and_health_while_a_run_trains():
    found = printed("sessions", "--sessions", "2", "--pages", "train", "--seconds", "1")
    train = found["pages"]["train"]
    assert list(found["pages"]) == ["train"] and found["run_trains"] and found["sessions"] == 2
    assert train["n"] >= 2 and train["errors"] == 0, train
    assert 0 < train["median_s"] <= train["p95_s"]
    assert 0 < found["health_p95_s"] <= found["health_max_s"] == train["health_max_s"]
    assert found["rss_mib"] > 100


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_soak_keeps_what_it_prints(tmp_path):
    output = tmp_path / "soak.json"
    arguments = ("--hours", "0.005", "--sessions", "2", "--warm-up", "0.1", "--think", "0.2", "1")
    found = printed("soak", *arguments, "--output", str(output))
    kept = json.loads(output.read_text())
    assert found["reruns"] >= 2 and found["errors"] == 0, kept["errors_seen"]
    for part in ("server_mib", "worker_mib"):
        assert found[part] == kept[part]
        assert found[part][:2] == [round(kept["samples"][0][1 + (part == "worker_mib")], 1)] * 2
        assert found[part][2] == 0.0  # start and end are the same reading


def test_percentile_95_is_what_95_percent_do_not_exceed():
    assert percentile_95([float(value) for value in range(101)]) == 95.0
    assert percentile_95([3.0]) == 3.0
    assert percentile_95([]) is None


def test_summarise_counts_every_error_and_shows_a_few():
    notes = Notes(reruns_s=[1.0, 2.0], errors=["b", "a", "a", "c", "d"])
    figures = summarise(notes)
    assert figures["errors"] == 5
    assert figures["first_errors"] == ["a", "b", "c"]
    assert figures["median_s"] == 1.5
    assert figures["health_max_s"] is None
