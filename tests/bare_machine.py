"""A machine with a card, as it is found: neither a page's libraries nor a figure's are there."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ABSENT = (
    *("streamlit", "starlette", "plotly", "playwright", "timm", "torchcam", "platformdirs"),
    *("captum", "matplotlib", "tqdm"),  # the last two are what captum's import wants besides
)
HIDE = f"""
import importlib.metadata as metadata

found = metadata.Distribution.from_name

def from_name(name):
    if name in {ABSENT!r}:
        raise metadata.PackageNotFoundError(name)
    return found(name)

metadata.Distribution.from_name = from_name
"""
"""What Python runs before anything else, so that no version of theirs is known either."""


def bare_environment(folder: Path) -> dict[str, str]:
    """Makes an environment in which nothing of `ABSENT` can be imported, by no child either.

    Args:
        folder: where the home is, and what stands before the packages that are installed here.
    """
    absent = folder / "absent"
    absent.mkdir()
    for name in ABSENT:
        (absent / f"{name}.py").write_text(f"raise ModuleNotFoundError(name={name!r})\n")
    (absent / "sitecustomize.py").write_text(HIDE)
    return os.environ | {
        "PYTHONPATH": f"{absent}{os.pathsep}{ROOT}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "RESNET_LAB_HOME": str(folder / "home"),
        "OMP_NUM_THREADS": "1",
    }


def run_bare(folder: Path, *arguments: str) -> str:
    """Runs Python there, and gives what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=bare_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
