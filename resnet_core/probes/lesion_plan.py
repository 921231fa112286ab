"""What a lesion bench removes, and which pictures judge it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from resnet_core.config import Intervention, block_paths, check_intervention
from resnet_core.data import Batch
from resnet_core.errors import ConfigError
from resnet_core.models import ResNet, dropped_blocks
from resnet_core.probes.lesions import LesionReading

_CHUNK, _LARGE_CHUNK, _LARGE_SIDE_PX = 50, 10, 64
"""Pictures that pass the net together, fewer of large ones: their maps stay in the cache."""
_GROWTH = 1.5
"""From one number of blocks that are removed at random to the next."""


@dataclass(frozen=True, eq=False)
class Removal:
    """Blocks that go together, and which pictures are answered rightly without them."""

    paths: tuple[str, ...]
    """In depth order, at least one."""
    part: int | None = None
    """The share of the pictures that judges it; `None` for all."""
    marks: dict[LesionReading, np.ndarray] = field(default_factory=dict)
    """Bool (n,), one for each picture that judges it; filled as it is tried."""

    @property
    def drops(self) -> tuple[Intervention, ...]:
        """The removal as interventions."""
        return tuple(Intervention(what="drop", blocks=path, value=1) for path in self.paths)


@dataclass(eq=False)
class PictureChunk:
    """Pictures that pass the net together."""

    part: int
    """Their share of all pictures."""
    labels: Tensor
    """(n,) int64."""
    maps: Tensor
    """(n, C, H, W): the pictures, and later what they became on their way."""


def removal_reasons(model: ResNet) -> dict[str, str]:
    """Says of each block, in depth order, why it cannot be removed; nothing where it can."""
    gone, found = dropped_blocks(model), {}
    for path in block_paths(model.config):
        found[path] = f"{path} was dropped from this net before." if path in gone else ""
        try:
            check_intervention(model.config, Intervention(what="drop", blocks=path, value=1))
        except ConfigError as exc:
            found[path] = str(exc)
    return found


def removal_counts(num_removable: int) -> tuple[int, ...]:
    """Numbers of blocks that are removed at random: few first, then ever more, at last all."""
    counts, count = [], 1
    while count < num_removable:
        counts.append(count)
        count = max(count + 1, round(count * _GROWTH))
    return (*counts, num_removable) if num_removable else ()


def draw_removals(removable: Sequence[str], num_draws: int, seed: int) -> list[Removal]:
    """Draws blocks for each number of them, once for each share of the pictures."""
    found = []
    for count in removal_counts(len(removable)) if num_draws else ():
        for part in range(num_draws):
            random = np.random.default_rng((seed, count, part))
            chosen = np.sort(random.choice(len(removable), count, replace=False))
            found.append(Removal(tuple(removable[int(place)] for place in chosen), part))
    return found


def cut_pictures(batch: Batch, num_parts: int) -> list[PictureChunk]:
    """Cuts pictures into shares, and each share into chunks, in the pictures' order."""
    size = _CHUNK if batch.images.shape[-1] <= _LARGE_SIDE_PX else _LARGE_CHUNK
    return [
        PictureChunk(part, labels, maps)
        for part, (images, answers) in enumerate(
            zip(
                batch.images.tensor_split(num_parts),
                batch.labels.tensor_split(num_parts),
                strict=True,
            )
        )
        for maps, labels in zip(images.split(size), answers.split(size), strict=True)
    ]
