"""A run that was stopped and resumed against the same run that never stopped."""

import time
from typing import Any

from benchmarks.claims.commands import lab

_STEPS = 60
_STOP_AFTER = 10
_PATIENCE_S = 200
_TRAIN = (
    *("train", "--arms", "resnet20", "--data", "synthetic", "--recipe", "demo"),
    *("--steps", str(_STEPS), "--batch-size", "16", "--device", "cpu", "--threads", "1"),
)


def differing_results() -> float:
    """Counts the evaluations in which the two runs differ at all.

    Raises:
        TimeoutError: when a run does not come as far as it should.
    """
    whole = lab(*_TRAIN)
    run_id = lab(*_TRAIN, "--detach")["run_id"]
    _wait_for_step(run_id, _STOP_AFTER)
    lab("stop", run_id)
    stopped_at = _find(run_id)["step"]
    resumed = lab("resume", run_id)
    if not 0 < stopped_at < _STEPS:
        raise TimeoutError(f"The run was stopped at step {stopped_at}, not on its way.")
    pairs = zip(whole["evaluations"], resumed["evaluations"], strict=True)
    return float(sum(one != other for one, other in pairs))


def _wait_for_step(run_id: str, step: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while _find(run_id)["step"] < step:
        if time.monotonic() > deadline:
            raise TimeoutError(f"The run did not come to step {step}.")
        time.sleep(0.2)


def _find(run_id: str) -> dict[str, Any]:
    return next(run for run in lab("runs") if run["run_id"] == run_id)
