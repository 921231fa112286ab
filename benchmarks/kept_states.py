"""What the states cost that a run keeps for forks, of the time that it trains.

    python -m benchmarks.kept_states --recipe demo --device cpu

Goal: a share of 0.02 or less.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from resnet_core.recipes.files import load_recipe
from resnet_core.runs.kept import list_kept, steps_between
from resnet_core.training.kept_states import StateKeeper
from resnet_core.training.preparation import prepare

NUM_STEPS = 30
NUM_STATES = 15


def main() -> None:
    """Measures steps and states in turn, and prints their medians and the share of a whole run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="demo")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    lockstep = prepare(replace(load_recipe(arguments.recipe), device=arguments.device))
    step_s, keep_s, num_bytes = _measure(lockstep)
    spacing = steps_between(lockstep.num_steps, num_bytes)
    if spacing is None:
        print(f"A state has {num_bytes / 1e6:.1f} MB: too large to be kept.")
        return
    count = (lockstep.num_steps - 1) // spacing
    share = count * keep_s / (lockstep.num_steps * step_s)
    print(f"step {step_s * 1e3:.1f} ms (n = {NUM_STEPS})")
    print(f"state {keep_s * 1e3:.1f} ms (n = {NUM_STATES}), {num_bytes / 1e6:.1f} MB")
    print(f"{count} states in {lockstep.num_steps:,} steps, one each {spacing}")
    print(f"share {share:.4f}")


def _measure(lockstep) -> tuple[float, float, int]:
    steps, states = [], []
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        (folder / "checkpoints").mkdir()
        keeper = StateKeeper(folder, lockstep)
        lockstep.advance()  # the first one is slower
        lockstep.drain()
        for number in range(NUM_STEPS):
            steps.append(_time(lambda: (lockstep.advance(), lockstep.drain())))
            if number % (NUM_STEPS // NUM_STATES) == 0:
                states.append(_time(keeper.keep))
        num_bytes = list_kept(folder)[-1].path.stat().st_size
    return statistics.median(steps), statistics.median(states), num_bytes


def _time(action) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
