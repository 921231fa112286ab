"""What a net is."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from resnet_core.config.checks import STRICT, check_choices, require

Block = Literal["basic", "bottleneck"]
Stem = Literal["cifar", "imagenet"]
Shortcut = Literal["A", "B", "C"]
ActivationOrder = Literal["post", "pre"]
Norm = Literal["batch", "none"]
Initialisation = Literal["he_fan_out", "he_fan_in", "xavier", "small"]

BOTTLENECK_EXPANSION = 4
"""Channels that leave a bottleneck, per channel of its 3x3 convolution (He et al. 2015, 4.1)."""
_MOST_BLOCKS = 5_000
"""So that a slip of the finger does not build for minutes; resnet1202 has 600."""


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A residual or plain net, fully described.

    Source: He et al. 2015 (arXiv 1512.03385), He et al. 2016 (arXiv 1603.05027).
    """

    __pydantic_config__: ClassVar = STRICT

    name: str
    """Registry name, such as `resnet20`, or a name of one's own."""
    block: Block = "basic"
    """`basic`: two 3x3 convolutions.  `bottleneck`: 1x1, 3x3, 1x1 with four times the channels."""
    stage_blocks: tuple[int, ...] = (3, 3, 3)
    """Number of blocks in each stage."""
    stage_widths: tuple[int, ...] = (16, 32, 64)
    """Channels of the 3x3 convolutions in each stage."""
    stem: Stem = "cifar"
    """`cifar`: 3x3, stride 1.  `imagenet`: 7x7, stride 2, then 3x3 max-pool, stride 2."""
    stem_width: int = 16
    """Channels after the stem."""
    shortcut: Shortcut = "A"
    """Where shapes change, A pads with zeros and B projects with 1x1; C projects everywhere."""
    skip_strength: float = 1.0
    """Factor alpha on the shortcut: 1 is a residual net, 0 a plain net (no shortcut is built)."""
    activation_order: ActivationOrder = "post"
    """`post`: conv-norm-ReLU, ReLU after the addition (2015).  `pre`: norm-ReLU-conv (2016)."""
    norm: Norm = "batch"
    """Batch normalisation after every convolution, or none (convolutions then have a bias)."""
    initialisation: Initialisation = "he_fan_out"
    """Law of the convolution weights; `small` is half of He's standard deviation."""
    zero_gamma: bool = False
    """Start every residual branch at zero: the weight of its last normalisation, or of its last
    convolution where no normalisation follows it (Goyal et al. 2017, arXiv 1706.02677, 5.1)."""
    in_channels: int = 3
    """Channels of a picture."""
    num_classes: int = 10
    """Number of logits."""

    def __post_init__(self) -> None:
        check_choices(self, block=Block, stem=Stem, shortcut=Shortcut, norm=Norm)
        check_choices(self, activation_order=ActivationOrder, initialisation=Initialisation)
        require(
            len(self.stage_blocks) == len(self.stage_widths) > 0,
            f"stage_blocks {self.stage_blocks} and stage_widths {self.stage_widths} must have "
            "the same length of at least 1.",
        )
        for count in (*self.stage_blocks, *self.stage_widths, self.stem_width):
            require(count >= 1, f"Blocks and widths must be at least 1, got {count}.")
        require(
            sum(self.stage_blocks) <= _MOST_BLOCKS,
            f"A net has at most {_MOST_BLOCKS} blocks here, got {sum(self.stage_blocks)}.",
        )
        channels = (self.stem_width, *self.stage_channels)
        require(
            self.is_plain or self.shortcut != "A" or channels == tuple(sorted(channels)),
            f"Shortcut A can only add channels, and these go {', '.join(map(str, channels))}: "
            "let the widths grow, or take shortcut B or C.",
        )
        require(
            0.0 <= self.skip_strength <= 1.0,
            f"skip_strength must lie between 0 (plain) and 1 (residual), got {self.skip_strength}.",
        )
        require(
            not (self.zero_gamma and self.is_plain),
            "zero_gamma would silence every block of a plain net for good: switch it off, or give "
            "the net a skip_strength above 0.",
        )
        require(self.in_channels >= 1, f"in_channels must be at least 1, got {self.in_channels}.")
        require(self.num_classes >= 2, f"num_classes must be at least 2, got {self.num_classes}.")

    @property
    def is_plain(self) -> bool:
        """Whether the net has no shortcut at all."""
        return self.skip_strength == 0.0

    @property
    def stage_channels(self) -> tuple[int, ...]:
        """Channels that leave each stage."""
        factor = BOTTLENECK_EXPANSION if self.block == "bottleneck" else 1
        return tuple(width * factor for width in self.stage_widths)
