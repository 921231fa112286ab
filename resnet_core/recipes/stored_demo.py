"""The run of the demo that comes with the lab: what Home shows before anybody presses anything."""

from resnet_core.checkpoints import CheckpointCard, list_cards
from resnet_core.config import fingerprint
from resnet_core.recipes.presets import demo_experiment
from resnet_core.runs.folders import list_shipped_runs, read_config, run_dir
from resnet_core.runs.status import RunStatus, read_status


def find_stored_demo() -> RunStatus | None:
    """Finds the newest shipped run of today's demo experiment; `None` where there is none.

    A run of a former demo is none: what Home shows is what its button starts.

    Raises:
        RunDamagedError: when a shipped run is not as it was stored.
    """
    wanted = fingerprint(demo_experiment())
    for run_id in list_shipped_runs():
        if fingerprint(read_config(run_id)) == wanted:
            return read_status(run_id)
    return None


def read_conditions(run_id: str) -> CheckpointCard | None:
    """Reads under which conditions a shipped run trained: the card of its first net's end.

    Returns:
        `None` when the run came without cards.
    """
    cards = sorted(list_cards(run_dir(run_id) / "checkpoints"), key=lambda card: card.name)
    return cards[0] if cards else None
