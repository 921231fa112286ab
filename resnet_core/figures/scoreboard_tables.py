"""The numbers behind the figures of the scoreboard, as CSV."""

from collections.abc import Sequence

from resnet_core.checkpoints import CheckpointCard
from resnet_core.figures.gradient_tables import csv_text
from resnet_core.scoreboard import Entry


def entries_csv(entries: Sequence[Entry]) -> str:
    """One row a result, with its circumstances; what is not known is empty."""
    header = ("net", "kind", "depth_layers", "data", "test_error_percent", "low_95_percent")
    more = ("high_95_percent", "training_error_percent", "seeds", "epochs", "steps", "source")
    return csv_text((*header, *more), map(_row, entries))


def card_responses_csv(cards: Sequence[CheckpointCard]) -> str:
    """One row a net and 3x3 layer, from the picture on."""
    rows = (
        (card.name, place, layer, std)
        for card in cards
        for place, (layer, std) in enumerate(card.layer_responses.items(), start=1)
    )
    return csv_text(("net", "place", "layer", "standard_deviation"), rows)


def _row(entry: Entry) -> tuple[object, ...]:
    low, high = entry.interval or (None, None)
    return (
        entry.title,
        entry.kind,
        _known(entry.depth),
        entry.data_title,
        *(_percents(share) for share in (entry.test_error, low, high, entry.training_error)),
        entry.num_seeds,
        _known(entry.epochs),
        _known(entry.steps),
        entry.source,
    )


def _percents(share: float | None) -> object:
    return _known(None if share is None else 100 * share)


def _known(value: float | None) -> object:
    return "" if value is None else value
