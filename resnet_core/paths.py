"""Where the lab keeps things: one home folder, by default the one that holds this package."""

import os
from pathlib import Path

from resnet_core.errors import StorageError


def home_dir() -> Path:
    """The lab's home: `RESNET_LAB_HOME`, or the folder that holds `resnet_core`.

    Raises:
        StorageError: when it begins with the name of a user that this machine does not have.
    """
    chosen = os.environ.get("RESNET_LAB_HOME")
    if not chosen:
        return Path(__file__).resolve().parent.parent
    try:
        return Path(chosen).expanduser()
    except RuntimeError as exc:
        raise StorageError(
            f"RESNET_LAB_HOME is '{chosen}', but this machine has no such user: set it to the "
            "path of a folder that can be written."
        ) from exc


def runs_dir() -> Path:
    """Local experiments, one folder each."""
    return home_dir() / "runs"


def data_dir() -> Path:
    """Downloaded and decoded data sets."""
    return home_dir() / "data"


def compiled_dir() -> Path:
    """What torch compiled of nets, kept for the next run."""
    return home_dir() / "compiled"


def imported_dir() -> Path:
    """Nets that a person brought, checked and with cards."""
    return home_dir() / "imported"


def calibrations_dir() -> Path:
    """What a person measured of nets that the project ships, and nobody else gets to see."""
    return home_dir() / "calibrations"


def measurements_dir() -> Path:
    """What took long to measure of nets, kept for whoever asks again."""
    return home_dir() / "measurements"


def checkpoints_dir() -> Path:
    """Nets that this project trained and ships, with their cards; independent of the home."""
    return Path(__file__).resolve().parent.parent / "checkpoints"


def shipped_runs_dir() -> Path:
    """Runs that the project ships to be looked at, folders like those of `runs_dir`."""
    return checkpoints_dir() / "runs"


def results_dir() -> Path:
    """Cards of nets that this project trained and whose weights would be too much to ship."""
    return checkpoints_dir() / "results"


def shipped_steps_dir() -> Path:
    """Runs of which a few steps ship with the lab, each laid out as in `runs_dir`."""
    return checkpoints_dir() / "over-training"
