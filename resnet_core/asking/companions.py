"""Which net to set beside another one, where nobody says: its twin, of the same classes."""

from collections.abc import Sequence

from resnet_core.checkpoints import CheckpointCard


def find_companion(card: CheckpointCard, kept: Sequence[CheckpointCard]) -> CheckpointCard | None:
    """Finds the net that differs from another in its skips and in as little else as possible.

    Args:
        card: of the net.
        kept: those to choose from.

    Returns:
        One that knows the same classes, in the same order: a plain one beside a residual one and
        the other way round, then of the same pictures, depth, length of training and size; `None`
        where there is none.
    """

    def distance(other: CheckpointCard) -> tuple[bool, bool, bool, bool, bool]:
        return (
            other.model.is_plain == card.model.is_plain,
            other.data_title != card.data_title,
            other.model.stage_blocks != card.model.stage_blocks,
            (other.num_steps, other.training) != (card.num_steps, card.training),
            other.model.stage_widths != card.model.stage_widths,
        )

    alike = [
        each for each in kept if each.class_names == card.class_names and each.name != card.name
    ]
    return min(alike, key=distance, default=None)
