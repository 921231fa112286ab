"""From a run to a few of its steps that the project ships, so that training can be looked at."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from resnet_core import paths
from resnet_core.asking import list_steps
from resnet_core.atomic import write_atomically
from resnet_core.checkpoints import load_checkpoint, save_checkpoint
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.runs.status import read_config, run_dir
from resnet_core.shipping.arm import describe_budget
from resnet_core.shipping.staging import whole_folder

NUM_SHIPPED_STEPS = 6


def ship_steps(
    run_id: str, *, count: int = NUM_SHIPPED_STEPS, folder: Path | None = None
) -> tuple[Path, ...]:
    """Writes a few steps of each arm in half precision, with their cards and what was asked.

    The folder is laid out as the run's own, so that whoever lists a run's steps lists these. What
    was shipped before makes way: in a folder that is named, the steps of the same run alone.

    Args:
        run_id: a run with saved steps.
        count: steps of each arm: the first, the last, and between them evenly among those saved.
        folder: where the run's folder goes; `checkpoints/over-training` if none is given.

    Raises:
        ConfigError: for the folder that the run itself lies in, or fewer than two steps.
        RunNotFoundError: for an id that is malformed or gone.
        CheckpointError: when an arm has saved fewer steps.
        StorageError: without a folder in an installed lab.
    """
    if folder is None:
        paths.require_checkout("name a folder of your own with --into")
    config, source = read_config(run_id), run_dir(run_id)
    target = (folder or paths.shipped_steps_dir()) / run_id
    chosen = [_chosen(run_id, arm, count) for arm in range(len(config.arms))]
    with whole_folder(target, source=source) as made:
        (made / "checkpoints").mkdir()
        write_atomically(made / "config.json", (source / "config.json").read_bytes())
        written = [_halve(path, made / "checkpoints") for steps in chosen for path in steps]
    if folder is None:
        for other in target.parent.iterdir():
            if other != target and other.is_dir():
                shutil.rmtree(other)
    return tuple(target / "checkpoints" / path.name for path in written)


def _chosen(run_id: str, arm: int, count: int) -> Sequence[Path]:
    if count < 2:
        raise ConfigError(f"At least 2 steps are shipped, the first and the last; got {count}.")
    found = [step.path for step in list_steps(run_id, arm) if step.path is not None]
    if len(found) < count:
        raise CheckpointError(
            f"Run {run_id} has saved {len(found)} steps of arm {arm}, and {count} are to be "
            "shipped: let it go on, or ask for fewer."
        )
    last = len(found) - 1
    return [found[round(place * last / (count - 1))] for place in range(count)]


def _halve(path: Path, folder: Path) -> Path:
    model, card = load_checkpoint(path)
    if card.training is not None:
        card = replace(card, budget=describe_budget(card))
    return save_checkpoint(folder, card, model.state_dict(), half=True)
