"""What is done to the final weights of a run, before it is called finished."""

from collections.abc import Callable
from pathlib import Path

from resnet_core.progress import Progress
from resnet_core.training.lockstep import Lockstep

AtEnd = Callable[[Path, Lockstep, Progress], str]
"""Takes the run's folder, the experiment, and whom to tell; gives a sentence for the person."""


def nothing_at_end(run_dir: Path, lockstep: Lockstep, progress: Progress) -> str:
    """Leaves the final weights as they are."""
    return ""
