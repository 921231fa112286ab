"""Which nets have learned photographs, which is what people bring."""

from collections.abc import Sequence

from resnet_core.checkpoints import CheckpointCard, NetCard
from resnet_core.data.synthetic import synthetic_source

_COLOURS = 3


def knows_photographs(card: NetCard) -> bool:
    """Whether a net may have learned photographs: colour pictures that were not drawn.

    The published sets of gray pictures are clothes cut out and digits.
    """
    return card.model.in_channels == _COLOURS and card.data_title != synthetic_source().title


def net_of_photographs(cards: Sequence[CheckpointCard]) -> CheckpointCard | None:
    """Finds the first residual net that learned photographs, else any such net."""
    known = [card for card in cards if knows_photographs(card)]
    return min(known, key=lambda card: card.model.is_plain, default=None)
