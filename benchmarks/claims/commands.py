"""Figures as the command line prints them, each command run once."""

import functools
import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.claims.claim import ROOT

_TIMEOUT_S = 280
_HOME = tempfile.TemporaryDirectory(prefix="claims-")
"""The lab's home of every command here; it goes when the process ends."""


def lab(*arguments: str) -> Any:
    """Runs `python -m resnet_core` with these arguments and `--json`, in a home of its own.

    Raises:
        subprocess.CalledProcessError: when the command fails.
    """
    return json.loads(_run([sys.executable, "-m", "resnet_core", *arguments, "--json"]))


def lab_figure(*arguments: str, path: str, scale: float = 1.0) -> float:
    """Picks one figure out of what a command prints; the same command is run once.

    Args:
        arguments: of the command, without `--json`.
        path: names and places with dots between, such as `nets.0.total`.
        scale: factor from the command's unit to the claim's.
    """
    found = _lab_once(*arguments)
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    return float(found) * scale


def step_ratio(*arguments: str, arm: str, step: int) -> float:
    """Picks the ratio of one net at one of the first steps; the same command is run once."""
    steps = _lab_once(*arguments)["over_steps"]
    (found,) = (each for each in steps if (each["arm"], each["step"]) == (arm, step))
    return float(found["ratio"])


@functools.cache
def loaded_by(module: str, unwanted: str) -> float:
    """Counts the modules of a package that importing another one loads, in a fresh process."""
    code = (
        f"import sys, {module}\n"
        f"print(sum(name.partition('.')[0] == {unwanted!r} for name in sys.modules))"
    )
    return float(_run([sys.executable, "-c", code]))


_lab_once = functools.cache(lab)


def _run(arguments: list[str]) -> str:
    done = subprocess.run(
        arguments,
        cwd=ROOT,
        env={**os.environ, "RESNET_LAB_HOME": _HOME.name},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    done.check_returncode()
    return done.stdout
