"""What cutting the skips does in the middle of a training, and how soon it is seen.

    python -m benchmarks.live_edit --seeds 3 --step 300 --steps 400 --json

A real worker trains the narrow ResNet-56 of the demo; it is paused, stepped to the step of the
edit, edited as a page or the command line would, and goes on to its end.  One run for each skip
strength, all seeds side by side.  Goal: the effect is in the store 3 s after it was asked for, of
the first net at least.  On a machine that others use, the worker's own seconds say more than the
clock's, and `--rest` more of a person, who looks before pressing: while a run is paused, its nets
are evaluated ahead.
"""

import argparse
import json
import statistics
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from benchmarks.home import empty_home
from benchmarks.processes import cpu_s, worker_of
from resnet_core.comparing.measured import WINDOW
from resnet_core.edits import Wish, request_edit, wait_for_edit
from resnet_core.recipes.presets import demo_experiment
from resnet_core.runs.control import request
from resnet_core.runs.curves import ArmCurves, CurvesChunk
from resnet_core.runs.launcher import kill_run, start_experiment
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import RunStatus, read_status, run_dir

UNTOUCHED = 1.0
"""The strength that is not asked for: that run is left alone."""
_AHEAD = 15
"""Steps before the edit at which the run is paused: while it is asked, it goes on."""
_TIMEOUT_S = 3600.0
_POLL_S = 0.02


@dataclass(frozen=True, kw_only=True)
class SeedResult:
    """One seed of one strength; shares of right answers, nats, norms."""

    seed: int
    accuracy_before: float | None
    """On at most 500 validation pictures just before the edit; `None` without one."""
    accuracy_after: float | None
    """On the same just after it."""
    accuracy_end: float
    """On the validation pictures, after the last step."""
    loss_before: float
    """Median training loss of the last 20 steps before the edit."""
    loss_after: float
    """Of the first 20 steps with it."""
    loss_end: float
    """Of the last 20 steps."""
    stem_gradient_before: float
    """Median gradient norm of the stem's convolution over the same 20 steps."""
    stem_gradient_after: float


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How soon an edit is seen, from the wish until evaluations could be read."""

    first_s: float
    """Until the first net's."""
    first_cpu_s: float
    """What the worker computed until then, all threads together."""
    all_s: float
    """Until those of all seeds."""
    all_cpu_s: float


@dataclass(frozen=True, kw_only=True)
class StrengthResult:
    """All seeds of one skip strength."""

    skip_strength: float
    step: int
    """Finished steps when the net was edited."""
    effect: Effect | None
    """How soon it was seen; `None` where nothing was edited."""
    seconds: float
    """Of the whole run, from its start to its end."""
    seeds: tuple[SeedResult, ...]


def measure(strength: float, options: argparse.Namespace) -> StrengthResult:
    """Trains, edits and reads one run."""
    started = time.perf_counter()
    demo = demo_experiment(seed=options.seed)
    experiment = replace(
        demo,
        name=f"Skips at {strength:g}",
        arms=demo.arms[:1],
        training=replace(demo.training, steps=options.steps),
        seeds=options.seeds,
        device=options.device,
    )
    run_id = start_experiment(experiment)
    try:
        step, effect = options.step, None
        if strength != UNTOUCHED:
            step, effect = _edit(run_id, strength, options)
        _wait(run_id, lambda status: not status.is_live)
        chunk = read_curves(run_dir(run_id))
    finally:
        kill_run(run_id)
    return StrengthResult(
        skip_strength=strength,
        step=step,
        effect=effect,
        seconds=time.perf_counter() - started,
        seeds=tuple(_result(chunk, arm, step) for arm in chunk.arms),
    )


def _edit(run_id: str, strength: float, options: argparse.Namespace) -> tuple[int, Effect]:
    """Brings a run to a step, edits it there, and lets it go on."""
    folder, step = run_dir(run_id), options.step
    _wait(run_id, lambda status: status.step >= step - _AHEAD)
    request(folder, "pause")
    _wait(run_id, lambda status: status.phase == "paused")
    while (at := read_status(run_id).step) < step:
        request(folder, "step")
        _wait(run_id, lambda status, at=at: status.step > at)
    time.sleep(options.rest)
    worker = worker_of(run_id)
    asked, busy = time.perf_counter(), cpu_s(worker)
    wish = Wish(what="skip_strength", value=strength, arm=0)
    edit = wait_for_edit(run_id, request_edit(run_id, wish), _TIMEOUT_S)
    assert edit.step is not None
    seen = []
    for count in (1, options.seeds):
        while len(_scores(read_curves(folder), edit.step, "after_edit")) < count:
            time.sleep(_POLL_S)
        seen += [time.perf_counter() - asked, cpu_s(worker) - busy]
    request(folder, "run")
    first_s, first_cpu_s, all_s, all_cpu_s = seen
    effect = Effect(first_s=first_s, first_cpu_s=first_cpu_s, all_s=all_s, all_cpu_s=all_cpu_s)
    return edit.step, effect


def _wait(run_id: str, condition) -> RunStatus:
    deadline = time.monotonic() + _TIMEOUT_S
    while not condition(status := read_status(run_id)):
        assert time.monotonic() < deadline, status
        time.sleep(_POLL_S)
    return status


def _result(chunk: CurvesChunk, arm: ArmCurves, step: int) -> SeedResult:
    before, after = _scores(chunk, step, "before_edit"), _scores(chunk, step, "after_edit")
    last = max(each.step for each in chunk.evaluations if each.split == "validation")
    return SeedResult(
        seed=arm.seed,
        accuracy_before=before.get(arm.seed),
        accuracy_after=after.get(arm.seed),
        accuracy_end=_scores(chunk, last, "validation")[arm.seed],
        loss_before=_median(arm.scalars["loss"], arm, step - WINDOW, step),
        loss_after=_median(arm.scalars["loss"], arm, step, step + WINDOW),
        loss_end=float(np.median(arm.scalars["loss"][-WINDOW:])),
        stem_gradient_before=_median(10 ** arm.layer_norms[:, 0], arm, step - WINDOW, step),
        stem_gradient_after=_median(10 ** arm.layer_norms[:, 0], arm, step, step + WINDOW),
    )


def _median(values: np.ndarray, arm: ArmCurves, after: int, until: int) -> float:
    return float(np.median(values[(arm.step > after) & (arm.step <= until)]))


def _scores(chunk: CurvesChunk, step: int, split: str) -> dict[int, float]:
    """Accuracy of each seed on a split at a step."""
    return {
        each.seed: each.accuracy
        for each in chunk.evaluations
        if (each.step, each.split) == (step, split) and each.accuracy is not None
    }


def _line(result: StrengthResult) -> str:
    def mean(name: str) -> str:
        values = [value for each in result.seeds if (value := getattr(each, name)) is not None]
        return f"{statistics.fmean(values):.3f}" if values else "-"

    names = ("accuracy_before", "accuracy_after", "accuracy_end", "loss_before", "loss_after")
    names += ("loss_end", "stem_gradient_before", "stem_gradient_after")
    effect = result.effect
    waited = (
        ""
        if effect is None
        else f", seen in {effect.first_s:.2f} s ({effect.first_cpu_s:.2f} s of the worker), of all "
        f"seeds in {effect.all_s:.2f} s ({effect.all_cpu_s:.2f} s)"
    )
    means = ", ".join(f"{name} {mean(name)}" for name in names)
    return f"skips at {result.skip_strength:g} from step {result.step:,}: {means}{waited}"


def main() -> None:
    """Measures every strength and prints a line each, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strengths", type=float, nargs="+", default=[UNTOUCHED, 0.0, 0.5, 0.9])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--step", type=int, default=300)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--rest", type=float, default=0.0, help="s before the wish, paused")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    with empty_home():
        for strength in options.strengths:
            result = measure(strength, options)
            found.append(asdict(result))
            if not options.as_json:
                print(_line(result), flush=True)
    if options.as_json:
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
