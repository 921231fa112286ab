"""What was measured of a landscape."""

from dataclasses import dataclass, replace

import numpy as np

from resnet_core.probes.landscape.places import LandscapeSpec


@dataclass(frozen=True, kw_only=True)
class LandscapePoint:
    """How a net does at one place."""

    loss: float
    """Mean cross-entropy, nats; NaN where the answers leave float32's range."""
    error: float
    """Share of pictures whose most probable class is not the right one."""
    elapsed_s: float
    """Seconds of one worker."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Landscape:
    """Loss and error at B rows of beta and A columns of alpha."""

    label: str = ""
    """What figures call the net."""
    other_label: str = ""
    """What they call the net at the end of a line; empty around a single net."""
    is_plain: bool = False
    """Whether the net has no shortcuts."""
    num_pictures: int = 0
    """Pictures behind each point; 0 where what was measured has none."""
    spec: LandscapeSpec
    """Grid, seed, and what batch norm normalised by."""
    alphas: tuple[float, ...]
    """Places along the first direction; of a line the share of the way."""
    betas: tuple[float, ...]
    """Places along the second direction; 0 alone where there is one direction."""
    loss: np.ndarray
    """Mean cross-entropy, nats, (B, A) float64; NaN where it is no finite number."""
    error: np.ndarray
    """Share of wrong answers, (B, A) float64."""
    elapsed_s: float
    """Seconds of one worker that all points took, also those that were measured before."""
    num_known: int = 0
    """Points that were measured before, and not for this one."""

    @property
    def is_line(self) -> bool:
        """Whether it lies between two nets."""
        return bool(self.other_label)

    @property
    def middle(self) -> tuple[int, int]:
        """Row and column of the middle: the net itself, but on a line."""
        return len(self.betas) // 2, len(self.alphas) // 2

    @property
    def border(self) -> np.ndarray:
        """Which points lie at the edge, (B, A) bool."""
        edge = np.zeros(self.loss.shape, bool)
        edge[:, [0, -1]] = True
        if len(self.betas) > 1:
            edge[[0, -1], :] = True
        return edge

    @property
    def along_alpha(self) -> "Landscape":
        """The row of beta 0: what one direction alone would have given."""
        row = len(self.betas) // 2
        return replace(
            self,
            spec=replace(self.spec, dimensions=1),
            betas=(0.0,),
            loss=self.loss[row : row + 1],
            error=self.error[row : row + 1],
        )
