"""Runs of which a few steps ship with the lab: there is training to look at before any was done."""

from dataclasses import dataclass
from pathlib import Path

from resnet_core import paths
from resnet_core.errors import ResNetLabError
from resnet_core.runs.files import read_experiment


@dataclass(frozen=True, kw_only=True)
class ShippedArm:
    """One net of such a run."""

    run_id: str
    arm: int
    title: str
    """What pages call it, as plain text."""


def list_shipped_arms() -> tuple[ShippedArm, ...]:
    """Lists the nets whose steps ship with the lab, run by run."""
    return tuple(
        ShippedArm(run_id=run_id, arm=number, title=f"{arm.label}, steps that ship with the lab")
        for run_id, folder in shipped_runs().items()
        for number, arm in enumerate(read_experiment(folder).arms)
    )


def shipped_runs() -> dict[str, Path]:
    """Finds the folders of shipped runs that can be read, by the run's id."""
    found = {}
    for config in sorted(paths.shipped_steps_dir().glob("*/config.json")):
        try:
            read_experiment(config.parent)
        except ResNetLabError:
            continue
        found[config.parent.name] = config.parent
    return found
