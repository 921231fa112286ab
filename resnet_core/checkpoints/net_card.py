"""What every net says of itself to whoever shows it pictures: the lab's cards, and others'."""

from collections.abc import Mapping
from typing import Protocol


class NetOutline(Protocol):
    """The size of a net's two ends, and its name."""

    @property
    def name(self) -> str:
        """What the architecture is called."""
        ...

    @property
    def in_channels(self) -> int:
        """Channels of a picture: 1 or 3."""
        ...


class NetCard(Protocol):
    """How a net wants pictures, and what its answers are called.

    `CheckpointCard` is one, and says far more; `resnet_core.others.OtherCard` is the other.
    """

    @property
    def name(self) -> str:
        """What the net is called."""
        ...

    @property
    def model(self) -> NetOutline:
        """The net itself."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of its outputs."""
        ...

    @property
    def image_size_px(self) -> int:
        """Side of the square that it takes, px."""
        ...

    @property
    def resize_px(self) -> int | None:
        """Side to which a picture is brought before that square is cut from its middle."""
        ...

    @property
    def mean(self) -> tuple[float, ...]:
        """Of each channel on the 0..1 scale."""
        ...

    @property
    def std(self) -> tuple[float, ...]:
        """Of each channel on the 0..1 scale."""
        ...

    @property
    def data_title(self) -> str:
        """What it learned."""
        ...

    @property
    def step(self) -> int:
        """Training steps behind its weights, where they are known."""
        ...

    @property
    def source(self) -> str:
        """Where its weights come from."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Hash of the file of its weights; empty without one."""
        ...

    @property
    def metrics(self) -> Mapping[str, float]:
        """Measured values by name; empty where nothing was measured."""
        ...

    @property
    def caution(self) -> str:
        """What forbids to believe its answers, in a sentence; empty where nothing does."""
        ...
