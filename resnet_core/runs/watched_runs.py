"""Runs that train in a program of somebody's own: what cannot be asked of them."""

from pathlib import Path

from resnet_core.errors import RunError
from resnet_core.runs.files import read_experiment


def refuse_watched(folder: Path, deed: str) -> None:
    """Refuses what needs a worker of the lab's own.

    Args:
        folder: a run's folder.
        deed: what was asked, such as `be paused`.

    Raises:
        RunError: for a run that is only watched.
        RunDamagedError: when its configuration cannot be read.
    """
    if read_experiment(folder).kind == "watched":
        raise RunError(
            f"Run {folder.name} is only watched: its own program trains it, and alone can stop or "
            f"change it, so it cannot {deed} here."
        )
