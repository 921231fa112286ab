"""What a net is."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from resnet_core.config.checks import STRICT, check_choices, require

Block = Literal["basic", "bottleneck"]
Stem = Literal["cifar", "imagenet", "deep"]
Shortcut = Literal["A", "B", "C", "D"]
SkipKind = Literal["identity", "constant", "exclusive_gate", "shortcut_gate", "dropout"]
ActivationOrder = Literal["post", "pre", "norm_after_add", "relu_before_add", "relu_only_pre"]
Norm = Literal["batch", "group", "layer", "none"]
BranchScale = Literal["none", "skipinit"]
Initialisation = Literal["he_fan_out", "he_fan_in", "xavier", "small"]

BOTTLENECK_EXPANSION = 4
"""Channels that leave a bottleneck, per channel of its 3x3 convolution (He et al. 2015, 4.1)."""
_MOST_BLOCKS = 5_000
"""So that a slip of the finger does not build for minutes; resnet1202 has 600."""
_MOST_GROUPS = 4_096


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
    """Channels of the 3x3 convolutions in each stage (of a bottleneck: times `width_factor`)."""
    width_factor: int = 1
    """Factor on the channels of a bottleneck's 3x3 alone: 2 in wide_resnet50_2 (Zagoruyko and
    Komodakis 2016, arXiv 1605.07146) and in resnext50_32x4d."""
    groups: int = 1
    """Groups of a bottleneck's 3x3, ResNeXt's cardinality (Xie et al. 2017, arXiv 1611.05431)."""
    squeeze_reduction: int = 0
    """Squeeze-and-excitation at the end of every branch: its bottleneck has so many times fewer
    channels; 0 is none (Hu et al. 2018, arXiv 1709.01507, whose choice is 16)."""
    stem: Stem = "cifar"
    """`cifar`: 3x3, stride 1.  `imagenet`: 7x7, stride 2, then 3x3 max-pool, stride 2.  `deep`: the
    7x7 as three 3x3 (He et al. 2018 "Bag of tricks", arXiv 1812.01187, fig. 2b)."""
    stem_width: int = 16
    """Channels after the stem."""
    shortcut: Shortcut = "A"
    """Where shapes change, A pads with zeros and B projects with 1x1; C projects everywhere; D
    averages 2x2 pixels, then projects (arXiv 1812.01187, fig. 2c)."""
    skip_strength: float = 1.0
    """Factor alpha on the shortcut: 1 is a residual net, 0 a plain net (no shortcut is built)."""
    skip_kind: SkipKind = "identity"
    """What a shortcut does on its way (He et al. 2016, sec. 3.1): nothing; halve branch and
    shortcut; a gate between the two; a gate on the shortcut alone; dropout of one half."""
    activation_order: ActivationOrder = "post"
    """`post`: conv-norm-ReLU, ReLU after the addition (2015).  `pre`: norm-ReLU-conv (2016, fig.
    4e).  The others are fig. 4b to 4d there: `norm_after_add`, `relu_before_add`,
    `relu_only_pre`."""
    stochastic_depth: float = 0.0
    """Share of pictures that skip the last block's branch in training; it grows linearly from the
    first block on (Huang et al. 2016, arXiv 1603.09382)."""
    norm: Norm = "batch"
    """Normalisation beside the convolutions: over the batch, over groups of channels (Wu and He
    2018, arXiv 1803.08494), over all channels of a picture, or none (convolutions then have a
    bias)."""
    branch_scale: BranchScale = "none"
    """`skipinit`: one learned factor at the end of each branch, 0 at first, with which deep nets
    train without normalisation (De and Smith 2020, arXiv 2002.10444; the formula is that of
    ReZero, Bachlechner et al. 2020, arXiv 2003.04887)."""
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
        check_choices(self, skip_kind=SkipKind, branch_scale=BranchScale)
        self._check_sizes()
        self._check_bottleneck()
        self._check_skips()
        require(self.in_channels >= 1, f"in_channels must be at least 1, got {self.in_channels}.")
        require(self.num_classes >= 2, f"num_classes must be at least 2, got {self.num_classes}.")

    def _check_sizes(self) -> None:
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
        require(
            self.stem != "deep" or self.stem_width % 2 == 0,
            f"A deep stem starts with half of its channels, so stem_width must be even: take "
            f"{self.stem_width + 1} instead of {self.stem_width}.",
        )
        channels = (self.stem_width, *self.stage_channels)
        require(
            self.is_plain or self.shortcut != "A" or channels == tuple(sorted(channels)),
            f"Shortcut A can only add channels, and these go {', '.join(map(str, channels))}: "
            "let the widths grow, or take shortcut B or C.",
        )

    def _check_bottleneck(self) -> None:
        require(
            self.width_factor >= 1, f"width_factor must be at least 1, got {self.width_factor}."
        )
        require(
            1 <= self.groups <= _MOST_GROUPS,
            f"groups must lie between 1 and {_MOST_GROUPS:,}, got {self.groups}.",
        )
        require(
            self.squeeze_reduction >= 0,
            f"squeeze_reduction must be 0 (none) or more, got {self.squeeze_reduction}.",
        )
        require(
            self.block == "bottleneck" or self.groups == self.width_factor == 1,
            "groups and width_factor belong to bottlenecks: take block bottleneck, or leave both "
            "at 1 and change stage_widths.",
        )
        inner = [width * self.width_factor for width in self.stage_widths]
        nearest = _nearest_divisor(self.groups, inner)
        require(
            nearest == self.groups,
            f"groups must divide the 3x3 convolutions' channels {', '.join(map(str, inner))}, and "
            f"{self.groups} does not: the nearest that does is {nearest}.",
        )

    def _check_skips(self) -> None:
        require(
            0.0 <= self.skip_strength <= 1.0,
            f"skip_strength must lie between 0 (plain) and 1 (residual), got {self.skip_strength}.",
        )
        require(
            0.0 <= self.stochastic_depth < 1.0,
            f"stochastic_depth must lie between 0 and below 1, got {self.stochastic_depth}.",
        )
        silent = [
            name
            for name, is_on in (
                ("zero_gamma", self.zero_gamma),
                ("branch_scale skipinit", self.branch_scale == "skipinit"),
                ("stochastic_depth", self.stochastic_depth > 0),
            )
            if is_on
        ]
        require(
            not (silent and self.is_plain),
            f"{' and '.join(silent)} would silence blocks of a plain net, through which nothing "
            "else leads: switch it off, or give the net a skip_strength above 0.",
        )
        require(
            not self.is_plain or self.skip_kind == "identity",
            "skip_kind says what a shortcut does, and a plain net has none: take identity, or a "
            "skip_strength above 0.",
        )

    @property
    def is_plain(self) -> bool:
        """Whether the net has no shortcut at all."""
        return self.skip_strength == 0.0

    @property
    def stage_channels(self) -> tuple[int, ...]:
        """Channels that leave each stage."""
        factor = BOTTLENECK_EXPANSION if self.block == "bottleneck" else 1
        return tuple(width * factor for width in self.stage_widths)

    @property
    def is_classic(self) -> bool:
        """Whether it is built of the 2015 and 2016 papers' own blocks alone, as theory assumes."""
        return (
            self.norm in ("batch", "none")
            and self.activation_order in ("post", "pre")
            and self.skip_kind == "identity"
            and self.shortcut != "D"
            and self.stem != "deep"
            and self.branch_scale == "none"
            and self.stochastic_depth == 0.0
            and self.groups == 1
            and self.squeeze_reduction == 0
            and self.width_factor == 1
        )


def _nearest_divisor(number: int, multiples: list[int]) -> int:
    """The common divisor of some numbers that is nearest to a number, the smaller of two."""
    divides = [n for n in range(1, 2 * number + 1) if not any(value % n for value in multiples)]
    return min(divides, key=lambda divisor: abs(divisor - number))
