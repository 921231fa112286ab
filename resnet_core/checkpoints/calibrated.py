"""What was measured of a net after its training, kept with its card.

A net of a person's own gets it into its card.  The nets that the project ships stay as they are:
what a person measures of them lies in the lab's home, under the same name, and is believed as long
as the weights are the same.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from resnet_core import paths
from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.checkpoints.card import CheckpointCard, Detection, card_to_json
from resnet_core.checkpoints.checks import check_card
from resnet_core.checkpoints.naming import card_file
from resnet_core.checkpoints.reading import read_card
from resnet_core.checkpoints.statistics import statistics_file
from resnet_core.errors import CheckpointError


@dataclass(frozen=True, kw_only=True)
class MeasuredAfterwards:
    """What a calibration adds to a card."""

    metrics: Mapping[str, float] = field(default_factory=dict)
    detection: Detection | None = None
    statistics: bytes = b""
    """Content of the statistics file, if there is one."""


def read_calibrated_card(path: Path) -> CheckpointCard:
    """Reads a card with what a person measured of the net since.

    Raises:
        CheckpointError: when the card is missing or damaged.
    """
    card = read_card(path)
    if not _is_shipped(path):
        return card
    with contextlib.suppress(CheckpointError):
        own = read_card(_own_file(path))
        if own.weights_sha256 == card.weights_sha256:
            return replace(
                card,
                metrics=card.metrics | own.metrics,
                detection=own.detection or card.detection,
            )
    return card


def keep_measured(
    path: Path, measured: MeasuredAfterwards, *, as_shipped: bool = False
) -> CheckpointCard:
    """Adds to the card of a checkpoint, and replaces values of the same name.

    Args:
        path: weights or card of the checkpoint.
        measured: what is kept.
        as_shipped: whether a shipped net's own card is written, as its maintainer does.

    Raises:
        CheckpointError: when the card is missing or damaged, or a value is one that cannot be.
        StorageError: when the disk is full or read-only, or for `as_shipped` in an installed lab.
    """
    if as_shipped and _is_shipped(path):
        paths.require_checkout("leave out --as-shipped, and it is kept in your home")
    target = path if as_shipped or not _is_shipped(path) else _own_file(path)
    card = read_card(path) if target == path else read_calibrated_card(path)
    card = replace(
        card,
        metrics={**card.metrics, **measured.metrics},
        detection=measured.detection or card.detection,
    )
    check_card(card, card_file(path).name)
    with storage_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    if measured.statistics:
        write_atomically(statistics_file(target), measured.statistics)
    write_atomically(card_file(target), card_to_json(card))
    return card


def statistics_places(path: Path) -> tuple[Path, ...]:
    """Where the statistics of a checkpoint may lie, a person's own first."""
    beside = statistics_file(path)
    return (statistics_file(_own_file(path)), beside) if _is_shipped(path) else (beside,)


def _is_shipped(path: Path) -> bool:
    return path.resolve().is_relative_to(paths.checkpoints_dir().resolve())


def _own_file(path: Path) -> Path:
    return card_file(paths.calibrations_dir() / path.name)
