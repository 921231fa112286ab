"""What a net is."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from resnet_core.config.checks import STRICT, check_choices
from resnet_core.config.model_checks import check_model

Block = Literal["basic", "bottleneck", "dense", "dense_bottleneck"]
Stem = Literal["cifar", "imagenet", "deep"]
Shortcut = Literal["A", "B", "C", "D"]
SkipKind = Literal["identity", "constant", "exclusive_gate", "shortcut_gate", "dropout"]
ActivationOrder = Literal["post", "pre", "norm_after_add", "relu_before_add", "relu_only_pre"]
Norm = Literal["batch", "group", "layer", "none"]
BranchScale = Literal["none", "skipinit", "rezero", "fixup"]
Initialisation = Literal["he_fan_out", "he_fan_in", "xavier", "small"]

BOTTLENECK_EXPANSION = 4
"""Channels on the wide side of a bottleneck, per channel of its 3x3 convolution: those that leave
it in a residual net (He et al. 2015, 4.1), those that enter its 3x3 in a dense one (Huang et al.
2017, sec. 3)."""


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A residual, plain or densely connected net, fully described.

    Source: He et al. 2015 (arXiv 1512.03385), He et al. 2016 (arXiv 1603.05027), Huang et al. 2017
    (arXiv 1608.06993).
    """

    __pydantic_config__: ClassVar = STRICT

    name: str
    """Registry name, such as `resnet20`, or a name of one's own."""
    block: Block = "basic"
    """`basic`: two 3x3 convolutions.  `bottleneck`: 1x1, 3x3, 1x1 with four times the channels.
    `dense`: one 3x3, whose maps are appended to the block's input instead of added; with
    `dense_bottleneck` a 1x1 to four times its channels comes first (DenseNet-B)."""
    stage_blocks: tuple[int, ...] = (3, 3, 3)
    """Number of blocks in each stage; what Huang et al. call layers in dense nets."""
    stage_widths: tuple[int, ...] = (16, 32, 64)
    """Channels of the 3x3 convolutions in each stage (of a bottleneck: times `width_factor`); a
    dense net's growth rate k."""
    compression: float = 1.0
    """Share of the channels that a dense net's transition between two stages keeps, Huang's theta:
    1/2 in DenseNet-C and DenseNet-BC."""
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
    """How deep nets train without normalisation.  `skipinit` (De and Smith 2020, arXiv 2002.10444)
    and `rezero` (Bachlechner et al. 2020, arXiv 2003.04887): one learned factor at the end of each
    branch, 0 at first; the two papers share the formula.  `fixup` (Zhang et al. 2019, arXiv
    1901.09321): a factor, 1 at first, scalar biases, and smaller weights the deeper the net."""
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
        check_model(self)

    @property
    def is_plain(self) -> bool:
        """Whether the net has no shortcut at all."""
        return self.skip_strength == 0.0

    @property
    def is_dense(self) -> bool:
        """Whether blocks append their maps to their input instead of adding them."""
        return self.block in ("dense", "dense_bottleneck")

    @property
    def has_additions(self) -> bool:
        """Whether its blocks add a shortcut to a branch."""
        return not self.is_plain and not self.is_dense

    @property
    def depth(self) -> int:
        """Weight layers on the way from the picture to the logits, as papers count them.

        The stem is one layer, whatever it is made of; a dense net's transitions count.
        """
        per_block = {"basic": 2, "bottleneck": 3, "dense": 1, "dense_bottleneck": 2}[self.block]
        transitions = len(self.stage_blocks) - 1 if self.is_dense else 0
        return per_block * sum(self.stage_blocks) + transitions + 2

    @property
    def stage_channels(self) -> tuple[int, ...]:
        """Channels that leave each stage."""
        if self.is_dense:
            return self._dense_channels()
        factor = BOTTLENECK_EXPANSION if self.block == "bottleneck" else 1
        return tuple(width * factor for width in self.stage_widths)

    def _dense_channels(self) -> tuple[int, ...]:
        """Every block appends the growth rate; a transition keeps a share, rounded down."""
        channels, leaving = self.stem_width, []
        for index, (blocks, growth) in enumerate(
            zip(self.stage_blocks, self.stage_widths, strict=True)
        ):
            entering = channels if index == 0 else max(1, int(channels * self.compression))
            channels = entering + blocks * growth
            leaving.append(channels)
        return tuple(leaving)

    @property
    def is_classic(self) -> bool:
        """Whether it is built of the 2015 and 2016 papers' own blocks alone, as theory assumes."""
        return (
            self.norm in ("batch", "none")
            and self.activation_order in ("post", "pre")
            and self.skip_kind == "identity"
            and not self.is_dense
            and self.shortcut != "D"
            and self.stem != "deep"
            and self.branch_scale == "none"
            and self.stochastic_depth == 0.0
            and self.groups == 1
            and self.squeeze_reduction == 0
            and self.width_factor == 1
        )
