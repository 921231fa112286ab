"""What is known of a net of others, in the words of the lab's own cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class OtherOutline:
    """The two ends of a net, and its name."""

    name: str
    """What its library or its function calls it."""
    in_channels: int
    """Channels of a picture: 1 or 3."""
    num_classes: int
    """Its outputs."""


@dataclass(frozen=True, kw_only=True)
class OtherCard:
    """How a net of others wants pictures, what its answers are called, and whether it learned.

    It reads like a `CheckpointCard` (see `resnet_core.checkpoints.NetCard`).
    """

    name: str
    """As the person named it, such as `torchvision:resnet50`."""
    model: OtherOutline
    """The net itself."""
    class_names: tuple[str, ...]
    """In the order of its outputs."""
    image_size_px: int
    """Side of the square that it takes, px."""
    resize_px: int | None
    """Side to which a picture is brought before that square is cut from its middle."""
    mean: tuple[float, ...]
    """Of each channel on the 0..1 scale."""
    std: tuple[float, ...]
    """Of each channel on the 0..1 scale."""
    data_title: str
    """What its weights learned; `nothing` without weights, `unknown` where nobody says."""
    source: str
    """Its library or function, and where its weights come from."""
    weights_sha256: str = ""
    """Hash of the file of its weights; empty without one."""
    caution: str = ""
    """Says of an untrained net that its answers mean nothing; empty for one with weights."""
    assumed: tuple[str, ...] = ()
    """What the file does not tell and its library says, each with the option for otherwise."""
    step: int = 0
    """Nobody tells the steps of its training."""
    metrics: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Nothing was measured of it."""

    @property
    def is_trained(self) -> bool:
        """Whether its weights come from a file."""
        return bool(self.weights_sha256)
