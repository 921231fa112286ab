"""What a diagram marks of single blocks: the one that is looked at, cut skips, dropped branches."""

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_core.config import BlockState


@dataclass(frozen=True, kw_only=True)
class SwitchedBlocks:
    """What is marked of blocks that each are a section of their own."""

    chosen: str = ""
    """Path of the one with the heavy frame."""
    cut: frozenset[str] = frozenset()
    """Paths of those whose skip carries nothing."""
    dropped: frozenset[str] = frozenset()
    """Paths of those that compute nothing."""

    @property
    def paths(self) -> frozenset[str]:
        """All of them."""
        return self.cut | self.dropped | {self.chosen}

    def turn_off(self, operation: str, block: str) -> bool:
        """Whether nothing passes an operation of a block: a dropped one's shortcut goes on."""
        return block in self.dropped and not operation.startswith(f"{block}.shortcut")


AS_BUILT = SwitchedBlocks()


def switched_blocks(chosen: str, states: Mapping[str, BlockState]) -> SwitchedBlocks:
    """Reads from what holds of each block what is to be marked."""
    return SwitchedBlocks(
        chosen=chosen,
        cut=frozenset(path for path, state in states.items() if not state.passing_strength),
        dropped=frozenset(path for path, state in states.items() if state.is_dropped),
    )
