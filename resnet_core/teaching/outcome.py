"""What came of a run that taught a net: the new net, and how often it is right.

Held out are the data set's own test pictures, else its own validation pictures, else the test
pictures that were drawn from it by a fixed seed, each class in proportion.
"""

from dataclasses import dataclass, field
from pathlib import Path

from resnet_core.checkpoints import CheckpointCard, list_checkpoints, weights_file
from resnet_core.comparing.right_answers import count_right
from resnet_core.config import ExperimentConfig, Replica
from resnet_core.data.catalogue import find_source
from resnet_core.errors import DataError
from resnet_core.runs.status import read_config, read_status, run_dir
from resnet_core.shares import wilson_interval
from resnet_core.teaching.held_out import HeldOutFacts, read_held_out


@dataclass(frozen=True, kw_only=True)
class TaughtNet:
    """A net that learned a person's classes, measured on pictures that it never learned from."""

    run_id: str
    arm: int
    """Its place in the run."""
    title: str
    """What it is called there."""
    checkpoint: Path
    """Its weights; the card lies beside them."""
    class_names: tuple[str, ...]
    """In the order of its outputs."""
    num_right: int
    num_held_out: int
    """Pictures that were held out."""
    is_own_split: bool
    """Whether the data set itself sets them apart; else they were drawn from it."""
    facts: HeldOutFacts = field(default_factory=HeldOutFacts)
    """How common their commonest class is, and how many of them were learned from."""

    @property
    def accuracy(self) -> float:
        """Share of the held-out pictures that it is right on."""
        return self.num_right / self.num_held_out

    @property
    def interval_95(self) -> tuple[float, float]:
        """Wilson's interval of that share."""
        return wilson_interval(self.num_right, self.num_held_out)


def read_taught(run_id: str) -> tuple[TaughtNet, ...]:
    """Reads what came of a run; nothing where it taught no net, or is not finished.

    Raises:
        RunNotFoundError: when there is no such run.
        RunError: when its metrics cannot be read.
    """
    config = read_config(run_id)
    if config.start is None or read_status(run_id).phase != "finished":
        return ()
    found = (_read_one(run_id, config, replica) for replica in config.replicas)
    return tuple(net for net in found if net is not None)


def final_card(folder: Path, replica: Replica) -> CheckpointCard | None:
    """Finds the card of a net's last weights among those of its run; `None` before there are any.

    Args:
        folder: the run's folder.
        replica: the net.
    """
    cards = [
        card
        for card in list_checkpoints(folder / "checkpoints")
        if card.name.startswith(f"{replica.arm}-") and card.seed == replica.seed
    ]
    return max(cards, key=lambda card: card.step, default=None)


def weights_of(folder: Path, card: CheckpointCard) -> Path:
    """Path of the weights that a card in a run's folder describes."""
    return weights_file(folder / "checkpoints" / card.name)


def _read_one(run_id: str, config: ExperimentConfig, replica: Replica) -> TaughtNet | None:
    folder = run_dir(run_id)
    card = final_card(folder, replica)
    if card is None or config.arms[replica.arm].start is None:
        return None
    split, is_own = held_out_split(config.data.source)
    counted = count_right(folder, replica, split, card.step)
    if counted is None:
        return None
    return TaughtNet(
        run_id=run_id,
        arm=replica.arm,
        title=config.title_of(replica),
        checkpoint=weights_of(folder, card),
        class_names=card.class_names,
        num_right=counted[0],
        num_held_out=counted[1],
        is_own_split=is_own,
        facts=read_held_out(folder, counted[1]),
    )


def held_out_split(source: str) -> tuple[str, bool]:
    """Which split is held out, and whether the data set brings it."""
    try:
        parts = find_source(source).parts
    except DataError:  # moved since: the run read it, and keeps what it measured
        return "test", False
    if "test" not in parts and "validation" in parts:
        return "validation", True
    return "test", "test" in parts
