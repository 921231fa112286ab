"""How long the real worker trains until a net is as good as the article's.

    python -m benchmarks.time_to_accuracy --device cuda --data cifar10 --seeds 0 1 2

The level is read on validation pictures, so that the test pictures choose nothing; they are read
once, at the end.  Time is that of the training steps, without evaluations.  The article trains
ResNet-18 for 200 epochs to about 93 % on the test pictures.  The runs stay in the lab's home.
"""

import argparse
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from resnet_core.config import ExperimentConfig
from resnet_core.recipes.files import load_recipe
from resnet_core.runs.curves import Evaluation
from resnet_core.runs.launcher import kill_run, start_experiment
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import read_status, run_dir
from resnet_core.runs.store import connect_read_only


def train(experiment: ExperimentConfig) -> str:
    """Trains to the end, and gives the run's id."""
    run_id = start_experiment(experiment)
    try:
        while read_status(run_id).is_live:
            time.sleep(0.2)
    finally:
        kill_run(run_id)
    return run_id


def seconds_at(folder: Path, step: int) -> float:
    """Seconds of training behind a step."""
    connection = connect_read_only(folder)
    assert connection is not None
    with closing(connection):
        query = "SELECT time_s FROM curves WHERE width = 1 AND start = ?"
        return float(connection.execute(query, (step - 1,)).fetchone()[0])


def report(run_id: str, level: float) -> str:
    """One line: when the level was reached, and what came of it in the end."""
    status, folder = read_status(run_id), run_dir(run_id)
    evaluations = read_curves(folder).evaluations
    reached = [e for e in evaluations if e.split == "validation" and (e.accuracy or 0.0) >= level]
    when = f"not reached, best {_best(evaluations):.2%}"
    if reached:
        first = reached[0]
        when = f"{seconds_at(folder, first.step):.1f} s (step {first.step:,})"
    test = [e.accuracy for e in evaluations if e.split == "test"]
    return (
        f"{status.name}: {level:.0%} on validation pictures after {when}; test accuracy "
        f"{f'{test[-1]:.2%}' if test else '-'} after {status.elapsed_s:.1f} s on {status.device}"
    )


def _best(evaluations: tuple[Evaluation, ...]) -> float:
    return max((e.accuracy or 0.0 for e in evaluations if e.split == "validation"), default=0.0)


def main() -> None:
    """Prints a line for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="cifar10-resnet18-cifar-fast")
    parser.add_argument("--level", type=float, default=0.93)
    parser.add_argument("--data", help="instead of the recipe's")
    parser.add_argument("--steps", type=int, help="instead of the recipe's length")
    parser.add_argument("--batch-size", type=int, help="instead of the recipe's")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    recipe = load_recipe(options.recipe)
    training = replace(recipe.training, steps=options.steps or recipe.training.steps)
    training = replace(training, batch_size=options.batch_size or training.batch_size)
    data = options.data or recipe.data.source
    source = str(Path(data).resolve()) if Path(data).exists() else data
    experiment = replace(
        recipe,
        training=training,
        data=replace(recipe.data, source=source),
        device=options.device,
        num_threads=options.threads,
    )
    for seed in options.seeds:
        named = replace(experiment, seed=seed, name=f"{recipe.name}, seed {seed}")
        print(report(train(named), options.level), flush=True)


if __name__ == "__main__":
    main()
