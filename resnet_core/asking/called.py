"""What a person means by a name: a checkpoint, a run with all its saved steps, or a fresh net."""

from pathlib import Path

from resnet_core.asking.net_sources import (
    NetSource,
    list_steps,
    source_of_card,
    untrained_source,
)
from resnet_core.asking.shipped_runs import shipped_runs
from resnet_core.checkpoints import find_checkpoint, read_card
from resnet_core.config.plugins import is_other_name
from resnet_core.errors import CheckpointError, ResNetLabError, RunError
from resnet_core.models import list_models
from resnet_core.runs.files import read_experiment
from resnet_core.runs.folders import run_dir


def sources_called(name: str) -> tuple[NetSource, ...]:
    """Finds the nets of a name: one, or every saved step of every arm of a run.

    Args:
        name: of a shipped or imported net, a checkpoint's path, a run, or a net of the registry,
            whose first weights are those of seed 0.

    Raises:
        CheckpointError: where nothing has that name.
        RunError: for a run that has saved nothing yet.
    """
    run = _run_called(name)
    if run is not None:
        arms = range(len(read_experiment(run).arms))
        steps = tuple(step for arm in arms for step in list_steps(run.name, arm))
        if not steps:
            raise RunError(f"{run.name} has saved no weights yet: the first come at step 0.")
        return steps
    try:
        path = find_checkpoint(name)
    except CheckpointError as exc:
        if name in list_models():
            return (untrained_source(name, 0),)
        if is_other_name(name):
            raise
        raise CheckpointError(
            f"{exc} A run's name and a net of the registry, which is untrained, will do as well."
        ) from exc
    card = read_card(path)
    return (source_of_card(card, path, card.name),)


def _run_called(name: str) -> Path | None:
    try:
        return shipped_runs().get(name) or run_dir(name)
    except ResNetLabError:
        return None
