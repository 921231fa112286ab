"""Where the lab keeps things: one home folder, by default the one that holds this package."""

import os
from pathlib import Path


def home_dir() -> Path:
    """The lab's home: `RESNET_LAB_HOME`, or the folder that holds `resnet_core`."""
    chosen = os.environ.get("RESNET_LAB_HOME")
    return Path(chosen) if chosen else Path(__file__).resolve().parent.parent


def runs_dir() -> Path:
    """Local experiments, one folder each."""
    return home_dir() / "runs"


def data_dir() -> Path:
    """Downloaded and decoded data sets."""
    return home_dir() / "data"


def imported_dir() -> Path:
    """Nets that a person brought, checked and with cards."""
    return home_dir() / "imported"


def checkpoints_dir() -> Path:
    """Nets that this project trained and ships, with their cards; independent of the home."""
    return Path(__file__).resolve().parent.parent / "checkpoints"


def results_dir() -> Path:
    """Cards of nets that this project trained and whose weights would be too much to ship."""
    return checkpoints_dir() / "results"
