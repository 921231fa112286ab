"""Experiments: nets that train side by side, how far they are apart, and how good a net is."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resnet_core.asking import ReadyNet
from resnet_core.comparing.pair_reports import PairReport, report_pairs
from resnet_core.config import DataConfig
from resnet_core.errors import CheckpointError, RunError
from resnet_core.evaluation import evaluate_checkpoint
from resnet_core.paths import absolute_path
from resnet_core.recipes.asked import ask_experiment
from resnet_core.runs import launcher
from resnet_core.runs.control import request
from resnet_core.runs.folders import run_dir
from resnet_core.runs.status import RunStatus, read_status
from resnet_core.training.evaluation import Score

_LOOK_EVERY_S = 0.1


def train(
    nets: str | Sequence[str] | None = None,
    *,
    data: str | None = None,
    recipe: str = "demo",
    wait: bool = True,
    **settings: Any,
) -> RunStatus:
    """Trains nets side by side on identical batches, in a process of their own.

    The run lies in the lab's home like any other: the app, the command line and `compare` know it
    by its `run_id`. Ctrl-C asks it to save and stop.

    Args:
        nets: names as `build` takes them, with commas between or one by one; by default those of
            the recipe.
        data: a data set's name or path; by default that of the recipe.
        recipe: a recipe for the training, or for a whole shipped experiment.
        wait: whether to return when it has ended, or as soon as it is started.
        **settings: fields of `resnet_core.config.TrainingConfig`, such as `epochs`, `steps` or
            `learning_rate`, or name, seed, seeds, device and num_threads.

    Returns:
        Its status: `run_id`, `phase`, `step`, one entry for each net.

    Raises:
        ConfigError: for a net, recipe or setting that is not there, or a value that cannot be.
        DataError: when the data set cannot be used.
        RunError: when it is going already, or fails.

    Examples:
        >>> import resnet_core
        >>> run = resnet_core.train(
        ...     "resnet8", steps=2, batch_size=4, device="cpu", num_threads=1)
        >>> run.phase, run.step
        ('finished', 2)
    """
    run_id = launcher.start_experiment(ask_experiment(recipe, nets=nets, data=data, **settings))
    return _ended(run_id) if wait else read_status(run_id)


def compare(run: str | RunStatus) -> tuple[PairReport, ...]:
    """Says how far the nets of a run are apart in validation accuracy, and how sure that is.

    Args:
        run: what `train` gave, or a run's id.

    Returns:
        One report for two nets, of more one for each beside the first, none for one net. It has
        the `difference`, a share, with its `interval_95`, `p_value`, and a `sentence` that says
        what is left open.

    Raises:
        RunNotFoundError: when there is no such run.
        RunError: when its metrics cannot be read.

    Examples:
        >>> import resnet_core
        >>> from resnet_core.runs.folders import list_shipped_runs
        >>> (report,) = resnet_core.compare(list_shipped_runs()[0])
        >>> report.first, report.second, report.test
        ('ResNet-56 narrow', 'Plain-56 narrow', 'exact McNemar')
    """
    return report_pairs(read_status(run) if isinstance(run, str) else run)


def evaluate(
    net: str | Path | ReadyNet,
    data: str,
    *,
    split: str = "test",
    device: str = "auto",
) -> Score:
    """Measures the loss and accuracy of a trained net on a whole split.

    Args:
        net: a name or file as `load` takes it, or what it gave.
        data: a data set's name or path, of the net's own classes.
        split: test, validation or train.
        device: where to compute.

    Raises:
        CheckpointError: when the net has no file, or its classes are not the data's.
        DataError: when the data set cannot be used.
        ConfigError: for another split.

    Examples:
        >>> import resnet_core
        >>> score = resnet_core.evaluate("resnet20-synthetic", "synthetic", split="validation")
        >>> score.num_correct, score.num_pictures
        (990, 1000)
    """
    source = net.source.path if isinstance(net, ReadyNet) else net
    if source is None:
        raise CheckpointError("This net never trained and has no file: load one that has.")
    config = DataConfig(source=absolute_path(data))
    return evaluate_checkpoint(str(source), config, split, device=device)[0]


def _ended(run_id: str) -> RunStatus:
    while (status := read_status(run_id)).is_live:
        try:
            time.sleep(_LOOK_EVERY_S)
        except KeyboardInterrupt:
            request(run_dir(run_id), "stop")
    if status.phase in ("failed", "interrupted", "damaged"):
        raise RunError(f"Run {run_id} is {status.phase}: {status.message}")
    return status
