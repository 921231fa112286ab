"""The trained net that an arm begins from, instead of from first weights."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from resnet_core.config.checks import STRICT, require
from resnet_core.config.interventions import BODY, Intervention, is_body_frozen
from resnet_core.config.settings import Setting


@dataclass(frozen=True, kw_only=True)
class StartingNet:
    """A checkpoint whose weights an arm takes over, all but those of the classifier."""

    __pydantic_config__: ClassVar = STRICT

    checkpoint: Annotated[
        str,
        Setting(
            title="Starting net",
            explanation="Name of a shipped or brought net, or the path of its weights.",
        ),
    ]
    weights_sha256: Annotated[
        str,
        Setting(
            title="Hash of its weights",
            explanation="SHA-256 of the file: a run never goes on from other weights in silence.",
        ),
    ]
    mean: Annotated[
        tuple[float, ...],
        Setting(
            title="Mean of its pictures",
            explanation="Of each channel on the 0 to 1 scale: the pictures of the run are "
            "normalised as the net's own were.",
        ),
    ]
    std: Annotated[
        tuple[float, ...],
        Setting(
            title="Deviation of its pictures",
            explanation="Standard deviation of each channel on the 0 to 1 scale.",
        ),
    ]
    interventions: Annotated[
        tuple[Intervention, ...],
        Setting(
            title="Done to it",
            explanation="What holds of the net from the first step on: such as a frozen body, or "
            "skips that were cut already.",
        ),
    ] = ()

    def __post_init__(self) -> None:
        require(bool(self.checkpoint.strip()), "A starting net needs a name or a path.")
        require(
            len(self.mean) == len(self.std) > 0 and min(self.std, default=0) > 0,
            "A starting net needs a mean and a standard deviation above 0 for each channel.",
        )

    @property
    def is_frozen(self) -> bool:
        """Whether only the classifier learns, as far as no edit says otherwise."""
        return is_body_frozen(self.interventions)

    @property
    def in_words(self) -> str:
        """Name of the net and what learns, such as `resnet20-cifar10-jpeg, body frozen`."""
        name = self.checkpoint.rpartition("/")[2]
        return f"{name}, body frozen" if self.is_frozen else f"{name}, all of it learning"

    @property
    def normalisation(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and standard deviation of each channel."""
        return self.mean, self.std


FROZEN_BODY = Intervention(what="freeze", blocks=BODY, value=1)
"""Leaves nothing to learn but the classifier."""
