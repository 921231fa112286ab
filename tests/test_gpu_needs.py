"""A machine with a card has neither a page's libraries nor a figure's: its tests do without."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ABSENT = ("streamlit", "plotly", "playwright", "timm", "torchcam")
WITHOUT = f"""
import sys
for name in {ABSENT!r}:
    sys.modules[name] = None  # an import of it fails
"""
COLLECT = """
import pytest
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests/gpu"]))
"""
BENCHMARKS = ("gpu_session", "gpu_step", "train_throughput", "time_to_accuracy", "precision")


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_benchmarks_of_a_card_need_nothing_else():
    names = ", ".join(f"benchmarks.{name}" for name in BENCHMARKS)
    done = run(f"import {names}, resnet_core.cli, resnet_core.training.session")
    assert done.returncode == 0, done.stderr


def test_gpu_tests_are_found_without_what_a_card_s_machine_lacks():
    done = run(COLLECT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests/gpu/test_captured_step.py" in done.stdout


def test_every_gpu_test_stands_where_they_are_run():
    marked = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if "node_modules" not in path.parts and "pytest.mark.gpu" in path.read_text()
    ]
    here = Path(__file__).relative_to(ROOT).as_posix()
    assert sorted(set(marked) - {here}) == sorted(
        path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/gpu").glob("test_*.py")
    )
