"""Where the lab keeps things: one home folder, and beside the code what ships with it.

In a checkout both are the checkout.  An installed lab writes nothing into the folder that it was
installed in: its home is the person's own folder for data of programs.
"""

import os
from pathlib import Path

from resnet_core.errors import StorageError

_CODE = Path(__file__).resolve().parent.parent
"""The folder that holds `resnet_core`: a checkout, or where packages are installed."""
_INSTALLED_APP = "resnet_lab_app"
"""The name under which a wheel installs the app and what ships with it; no checkout has it."""


def is_installed() -> bool:
    """Whether this is an installed lab and no checkout of the project."""
    return (_CODE / _INSTALLED_APP).is_dir()


def app_dir() -> Path:
    """The folder that holds `streamlit_app.py`, the pages, and the shipped nets."""
    return _CODE / _INSTALLED_APP if is_installed() else _CODE


def home_dir() -> Path:
    """The lab's home: `RESNET_LAB_HOME`, or a checkout, or the person's folder for data.

    Raises:
        StorageError: when it begins with the name of a user that this machine does not have, or
            nothing says where a person's data go.
    """
    chosen = os.environ.get("RESNET_LAB_HOME")
    if not chosen:
        return _data_folder() if is_installed() else _CODE
    try:
        return Path(chosen).expanduser().absolute()
    except RuntimeError as exc:
        raise StorageError(
            f"RESNET_LAB_HOME is '{chosen}', but this machine has no such user: set it to the "
            "path of a folder that can be written."
        ) from exc


def require_checkout(advice: str) -> None:
    """Refuses to change what ships with an installed lab.

    Args:
        advice: what to do instead, as the end of a sentence.

    Raises:
        StorageError: when this is no checkout.
    """
    if is_installed():
        raise StorageError(f"What came with an installed lab is not changed: {advice}.")


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


def brought_weights_dir() -> Path:
    """Files of weights that a person brought for nets of others, as they came."""
    return home_dir() / "brought_weights"


def calibrations_dir() -> Path:
    """What a person measured of nets that the project ships, and nobody else gets to see."""
    return home_dir() / "calibrations"


def measurements_dir() -> Path:
    """What took long to measure of nets, kept for whoever asks again."""
    return home_dir() / "measurements"


def checkpoints_dir() -> Path:
    """Nets that this project trained and ships, with their cards; independent of the home."""
    return app_dir() / "checkpoints"


def shipped_runs_dir() -> Path:
    """Runs that the project ships to be looked at, folders like those of `runs_dir`."""
    return checkpoints_dir() / "runs"


def results_dir() -> Path:
    """Cards of nets that this project trained and whose weights would be too much to ship."""
    return checkpoints_dir() / "results"


def shipped_steps_dir() -> Path:
    """Runs of which a few steps ship with the lab, each laid out as in `runs_dir`."""
    return checkpoints_dir() / "over-training"


def absolute_path(data: str) -> str:
    """Makes the path of existing pictures absolute, as a worker runs in another folder."""
    try:
        return str(Path(data).resolve()) if Path(data).exists() else data
    except OSError:  # such as a name too long for any file; whoever looks for the data says so
        return data


def _data_folder() -> Path:
    import platformdirs  # only an installed lab asks: a checkout runs without it

    folder = platformdirs.user_data_path("resnet-lab", appauthor=False)
    if not folder.is_absolute():
        raise StorageError(
            "Nothing says where your data go on this machine: set RESNET_LAB_HOME to the path of a "
            "folder that can be written."
        )
    return folder
