"""From a finished run of the demo to the stored one on Home: history and cards, no weights."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from resnet_core import paths
from resnet_core.checkpoints import list_checkpoints
from resnet_core.config import fingerprint
from resnet_core.edits.log import read_log
from resnet_core.errors import RunError
from resnet_core.recipes.presets import demo_experiment
from resnet_core.runs.layout import damaged_store_errors
from resnet_core.runs.status import read_config, read_status, run_dir
from resnet_core.runs.store import STORE_NAME
from resnet_core.shipping.staging import whole_folder

MOST_BYTES = 2 * 2**20
"""What the stored run may weigh in a checkout of the project."""

_KEPT = ("config.json", "state.json")


def ship_demo(run_id: str, folder: Path | None = None) -> Path:
    """Stores a finished run of today's demo under its own id, as small as it can be.

    Args:
        run_id: a run of the very experiment that the button starts.
        folder: where shipped runs lie; `checkpoints/runs` if none is given.

    Raises:
        ConfigError: for the folder that the run itself lies in.
        RunError: for another experiment, a run that is not finished, was changed while it trained
            or is a fork, or one that is too large.
        StorageError: without a folder in an installed lab, or when it cannot be written.
    """
    if folder is None:
        paths.require_checkout("name a folder of your own with --into")
    if fingerprint(read_config(run_id)) != fingerprint(demo_experiment()):
        raise RunError(f"Run {run_id} is no run of today's demo: train one with --recipe demo.")
    if read_status(run_id).phase != "finished":
        raise RunError(f"Run {run_id} is not finished: only a whole demo is stored.")
    _refuse_changed(run_id)
    source, target = run_dir(run_id), (folder or paths.shipped_runs_dir()) / run_id
    with whole_folder(target, source=source) as made:
        (made / "checkpoints").mkdir()
        for name in _KEPT:
            shutil.copyfile(source / name, made / name)
        _copy_last_cards(source / "checkpoints", made / "checkpoints")
        with damaged_store_errors(source):
            _copy_store(source / STORE_NAME, made / STORE_NAME)
        _check_size(made)
    return target


def _refuse_changed(run_id: str) -> None:
    """Refuses a run that is not what its configuration says."""
    if read_log(run_dir(run_id)):
        raise RunError(f"Run {run_id} was changed while it trained, as `edits` lists: train anew.")
    if read_status(run_id).parent is not None:
        raise RunError(f"Run {run_id} is a fork of another one: train anew.")


def _copy_last_cards(source: Path, target: Path) -> None:
    for card in list_checkpoints(source):
        if card.step == card.num_steps:
            shutil.copyfile(source / f"{card.name}.json", target / f"{card.name}.json")


def _copy_store(source: Path, target: Path) -> None:
    """Copies a store into one file without a journal, so that it is read on a read-only disk."""
    with closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _check_size(folder: Path) -> None:
    size = sum(path.stat().st_size for path in folder.rglob("*"))
    if size > MOST_BYTES:
        raise RunError(f"The stored run has {size:,} bytes, at most {MOST_BYTES:,} are allowed.")
