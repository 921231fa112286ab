"""What this project's shipped nets and a person's own runs measured."""

import itertools
import math
import statistics
from pathlib import Path

import numpy as np

from resnet_core.atomic import write_atomically
from resnet_core.checkpoints import CheckpointCard, list_checkpoints
from resnet_core.errors import RunError
from resnet_core.models import measure_cost
from resnet_core.scoreboard.entries import Entry, Origin
from resnet_core.scoreboard.published import PUBLISHED
from resnet_core.training.metrics import read_curves
from resnet_core.training.runs import list_runs, read_status, run_dir

_MARK = "on-scoreboard"
_CIFAR10 = "CIFAR-10"
_PAPER_STEPS = 64_000
# The end of a run, over which its training batches are averaged.
_LAST_SHARE = 0.05


def put_on_scoreboard(run_id: str) -> None:
    """Adds a finished run.

    Raises:
        RunError: when it is not finished, or measured nothing on test pictures.
    """
    folder = run_dir(run_id)
    if read_status(run_id).phase != "finished":
        raise RunError("Only a finished run can join the scoreboard.")
    if not _final_cards(folder):
        raise RunError("This run measured nothing on test pictures, so it cannot join.")
    write_atomically(folder / _MARK, b"")


def leave_scoreboard(run_id: str) -> None:
    """Takes a run off again."""
    (run_dir(run_id) / _MARK).unlink(missing_ok=True)


def joined_runs() -> tuple[str, ...]:
    """Ids of the runs that are on the scoreboard."""
    return tuple(s.run_id for s in list_runs() if (run_dir(s.run_id) / _MARK).exists())


def list_entries() -> tuple[Entry, ...]:
    """Lists published results, shipped nets and joined runs."""
    shipped = _entries_of([card for card in list_checkpoints() if _is_scored(card)], "shipped")
    runs = [entry for run_id in joined_runs() for entry in _run_entries(run_id)]
    return (*PUBLISHED, *shipped, *runs)


def _run_entries(run_id: str) -> list[Entry]:
    folder = run_dir(run_id)
    errors = _last_batches_error(folder)
    return [
        _entry([card], "run", run_id, errors.get(int(card.name.split("-")[0])))
        for card in _final_cards(folder)
    ]


def _entries_of(cards: list[CheckpointCard], origin: Origin) -> list[Entry]:
    """Nets that differ in nothing but the seed are one entry."""

    def kind(card: CheckpointCard) -> tuple[str, str, int]:
        return (card.model.name, card.data_title, card.num_steps)

    return [
        _entry(list(group), origin, None, None)
        for _, group in itertools.groupby(sorted(cards, key=kind), key=kind)
    ]


def _entry(
    cards: list[CheckpointCard], origin: Origin, run_id: str | None, training_error: float | None
) -> Entry:
    first = cards[0]
    errors = [1 - card.metrics["test_accuracy"] for card in cards]
    on_training = [1 - c.metrics["train_accuracy"] for c in cards if "train_accuracy" in c.metrics]
    measured = statistics.mean(on_training) if on_training else training_error
    return Entry(
        net=first.model.name,
        title=_title(first),
        depth=_depth(first),
        is_plain=first.model.is_plain,
        data_title=first.data_title,
        origin=origin,
        test_error=statistics.mean(errors),
        test_error_spread=statistics.stdev(errors) if len(errors) > 1 else None,
        training_error=measured,
        parameters=measure_cost(first.model, first.image_size_px).parameters,
        epochs=_epochs(first),
        num_seeds=len(cards),
        hardware=first.hardware,
        time_s=first.training_time_s,
        source=run_id or ", ".join(card.name for card in cards),
        link=run_id,
        note=_note(first),
    )


def _title(card: CheckpointCard) -> str:
    name = card.model.name
    for prefix, title in (("resnet", "ResNet-"), ("plain", "Plain-")):
        if name.startswith(prefix) and name[len(prefix) :].isdigit():
            return title + name[len(prefix) :]
    return name


def _depth(card: CheckpointCard) -> int:
    """Weight layers on the main path: the stem, the blocks' convolutions, the classifier."""
    per_block = 3 if card.model.block == "bottleneck" else 2
    return per_block * sum(card.model.stage_blocks) + 2


def _epochs(card: CheckpointCard) -> float | None:
    is_given = card.training is not None and card.training.steps is None
    return card.training.epochs if card.training and is_given else None


def _note(card: CheckpointCard) -> str:
    """Why the numbers must not be ranked with the papers'."""
    reasons = []
    if card.data_title != _CIFAR10:
        reasons.append(f"Other data: {card.data_title}.")
    if card.num_steps < _PAPER_STEPS:
        reasons.append(f"Shorter budget: {card.num_steps:,} of the paper's 64,000 steps.")
    return " ".join(reasons)


def _final_cards(folder: Path) -> list[CheckpointCard]:
    cards = list_checkpoints(folder / "checkpoints")
    return [card for card in cards if card.step == card.num_steps and _is_scored(card)]


def _is_scored(card: CheckpointCard) -> bool:
    return math.isfinite(card.metrics.get("test_accuracy", math.nan))


def _last_batches_error(folder: Path) -> dict[int, float]:
    """Error of each arm on the augmented batches of the last twentieth of a run."""
    errors = {}
    for index, arm in enumerate(read_curves(folder).arms):
        if len(arm.step):
            late = arm.step > (1 - _LAST_SHARE) * arm.step[-1]
            errors[index] = float(1 - np.mean(arm.scalars["accuracy"][late]))
    return errors
