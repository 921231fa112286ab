"""What a net is."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import pydantic

from resnet_core.config import families, kinds, later
from resnet_core.config.checks import STRICT
from resnet_core.config.model_checks import check_model, is_classic
from resnet_core.config.settings import Bounds, Setting, check_settings


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A residual, plain or densely connected net, fully described.

    Source: He et al. 2015 (arXiv 1512.03385), He et al. 2016 (arXiv 1603.05027), Huang et al. 2017
    (arXiv 1608.06993).
    """

    __pydantic_config__: ClassVar = STRICT

    name: Annotated[
        str,
        Setting(
            title="Name", explanation="Registry name, such as `resnet20`, or a name of one's own."
        ),
    ]
    block: Annotated[
        str,
        Setting(
            title="Block",
            explanation="The convolutions of a block, and whether their maps are added to its "
            "input or appended to it. A bottleneck's wide side has four times the channels.",
            choices=families.FAMILY_WORDS,
            source="He et al. 2015, arXiv 1512.03385, fig. 5; Huang et al. 2017, arXiv 1608.06993, "
            "sec. 3",
        ),
    ] = "basic"
    stage_blocks: Annotated[
        tuple[int, ...],
        Setting(
            title="Blocks in each stage",
            explanation="Number of blocks in each stage; what Huang et al. call layers in dense "
            "nets.",
            bounds=Bounds(least=1),
        ),
    ] = (3, 3, 3)
    stage_widths: Annotated[
        tuple[int, ...],
        Setting(
            title="Width of each stage",
            explanation="Channels of the 3x3 convolutions in each stage (of a bottleneck: times "
            "the width factor); a dense net's growth rate k.",
            bounds=Bounds(least=1),
        ),
    ] = (16, 32, 64)
    compression: Annotated[
        float,
        Setting(
            title="Compression",
            explanation="Share of the channels that a dense net's transition between two stages "
            "keeps, Huang's theta: 1/2 in DenseNet-C and DenseNet-BC.",
            bounds=Bounds(above=0, most=1),
            source="Huang et al. 2017, arXiv 1608.06993, sec. 3",
        ),
    ] = 1.0
    width_factor: Annotated[
        int,
        Setting(
            title="Width factor",
            explanation="Factor on the channels of a bottleneck's 3x3 alone: 2 in wide_resnet50_2 "
            "and in resnext50_32x4d.",
            bounds=Bounds(least=1),
            source="Zagoruyko and Komodakis 2016, arXiv 1605.07146, table 8",
        ),
    ] = 1
    groups: Annotated[
        int,
        Setting(
            title="Groups",
            explanation="Groups of a bottleneck's 3x3, ResNeXt's cardinality.",
            bounds=Bounds(least=1, most=4_096),
            source="Xie et al. 2017, arXiv 1611.05431, sec. 3",
        ),
    ] = 1
    squeeze_reduction: later.SqueezeReduction = 0
    squeeze_least: later.SqueezeLeast = 1
    stem: later.StemSetting = "cifar"
    stem_width: Annotated[
        int,
        Setting(
            title="Channels of the stem",
            explanation="Channels after the stem.",
            bounds=Bounds(least=1),
        ),
    ] = 16
    stem_pool: later.StemPool = "usual"
    stem_norm: later.StemNorm = False
    shortcut: Annotated[
        kinds.Shortcut,
        Setting(
            title="Shortcut",
            explanation="Where shapes change, A pads with zeros, B projects by a 1x1 convolution "
            "and D averages 2x2 pixels before it; C projects everywhere.",
            choices={
                "A": "A: pad with zeros",
                "B": "B: project",
                "C": "C: project everywhere",
                "D": "D: average, then project",
            },
            source="He et al. 2015, arXiv 1512.03385, sec. 3.3; D: arXiv 1812.01187, fig. 2c",
        ),
    ] = "A"
    zero_pad: later.ZeroPad = "around"
    skip_strength: Annotated[
        float,
        Setting(
            title="Skip strength",
            explanation="Factor alpha on every shortcut: 1 is the residual net, 0 the plain one, "
            "which is built without shortcuts.",
            bounds=Bounds(least=0, most=1),
        ),
    ] = 1.0
    skip_kind: Annotated[
        kinds.SkipKind,
        Setting(
            title="On the shortcut",
            explanation="What a shortcut does on its way: nothing; halve branch and shortcut; a "
            "gate between the two; a gate on the shortcut alone; dropout of one half.",
            choices={
                "identity": "nothing: identity",
                "constant": "halve it and the branch",
                "exclusive_gate": "exclusive gate",
                "shortcut_gate": "shortcut-only gate",
                "dropout": "dropout of one half",
            },
            source="He et al. 2016, arXiv 1603.05027, sec. 3.1",
        ),
    ] = "identity"
    activation_order: Annotated[
        kinds.ActivationOrder,
        Setting(
            title="Activation order",
            explanation="Post-activation: convolution, norm, ReLU, the last ReLU after the "
            "addition. Pre-activation: norm and ReLU before each convolution. The others are "
            "fig. 4b to 4d of the 2016 paper.",
            choices={
                "post": "post-activation (2015)",
                "pre": "pre-activation (2016)",
                "norm_after_add": "norm after addition",
                "relu_before_add": "ReLU before addition",
                "relu_only_pre": "ReLU-only pre-activation",
            },
            source="He et al. 2016, arXiv 1603.05027, fig. 4",
        ),
    ] = "post"
    pre_shortcut: later.PreShortcut = "shared"
    final_norm: later.FinalNorm = True
    stochastic_depth: Annotated[
        float,
        Setting(
            title="Stochastic depth",
            explanation="Share of pictures that skip the last block's branch in training; it grows "
            "linearly from the first block on.",
            bounds=Bounds(least=0, below=1),
            source="Huang et al. 2016, arXiv 1603.09382, sec. 3",
        ),
    ] = 0.0
    norm: Annotated[
        kinds.Norm,
        Setting(
            title="Normalisation",
            explanation="Normalisation beside the convolutions: over the batch, over groups of "
            "channels, over all channels of a picture, or none (convolutions then have a bias).",
            choices={
                "batch": "batch norm",
                "group": "group norm",
                "layer": "layer norm",
                "none": "none",
            },
            source="Wu and He 2018, arXiv 1803.08494, fig. 2",
        ),
    ] = "batch"
    branch_scale: Annotated[
        kinds.BranchScale,
        Setting(
            title="Factor on the branch",
            explanation="How deep nets train without normalisation. SkipInit and ReZero: one "
            "learned factor at the end of each branch, 0 at first; the two papers share the "
            "formula. Fixup: a factor, 1 at first, scalar biases, and smaller weights the deeper "
            "the net.",
            choices={
                "none": "none",
                "skipinit": "SkipInit",
                "rezero": "ReZero",
                "fixup": "Fixup",
            },
            source="De and Smith 2020, arXiv 2002.10444; Bachlechner et al. 2020, arXiv "
            "2003.04887; Zhang et al. 2019, arXiv 1901.09321",
        ),
    ] = "none"
    initialisation: Annotated[
        kinds.Initialisation,
        Setting(
            title="Initialisation",
            explanation="Law of the convolutions' first weights: their variance is 2 / fan for He, "
            "2 / (fan-in + fan-out) for Xavier; the last has half of He's standard deviation.",
            choices={
                "he_fan_out": "He, fan-out",
                "he_fan_in": "He, fan-in",
                "xavier": "Xavier",
                "small": "half of He",
            },
            source="He et al. 2015, arXiv 1502.01852, eq. 10 and 14; Glorot and Bengio 2010, eq. "
            "12",
        ),
    ] = "he_fan_out"
    zero_gamma: Annotated[
        bool,
        Setting(
            title="Branches start at zero",
            explanation="Zero at first: the weight of each branch's last normalisation, or of its "
            "last convolution where no normalisation follows it.",
            source="Goyal et al. 2017, arXiv 1706.02677, sec. 5.1",
        ),
    ] = False
    in_channels: Annotated[
        int,
        Setting(
            title="Channels of a picture",
            explanation="Channels of a picture: 3 in colour, 1 in gray.",
            bounds=Bounds(least=1),
        ),
    ] = 3
    num_classes: Annotated[
        int,
        Setting(title="Classes", explanation="Number of logits.", bounds=Bounds(least=2)),
    ] = 10

    def __post_init__(self) -> None:
        check_settings(self)
        check_model(self)

    @pydantic.model_serializer(mode="wrap")
    def _without_usual(self, write: pydantic.SerializerFunctionWrapHandler) -> dict[str, Any]:
        return later.without_usual(write(self))

    @property
    def family(self) -> families.BlockFamily:
        """What its kind of block is made of."""
        return families.find_family(self.block)

    @property
    def is_plain(self) -> bool:
        """Whether the net has no shortcut at all."""
        return self.skip_strength == 0.0

    @property
    def is_dense(self) -> bool:
        """Whether blocks append their maps to their input instead of adding them."""
        return self.family.appends

    @property
    def has_additions(self) -> bool:
        """Whether its blocks add a shortcut to a branch."""
        return not self.is_plain and not self.is_dense

    @property
    def pools_in_stem(self) -> bool:
        """Whether a max pooling ends the stem."""
        usual = self.stem not in ("cifar", "pointwise")
        return usual if self.stem_pool == "usual" else self.stem_pool == "keep"

    @property
    def num_stem_halvings(self) -> int:
        """How often the stem halves height and width."""
        return (self.stem not in ("cifar", "pointwise")) + self.pools_in_stem

    @property
    def depth(self) -> int:
        """Weight layers on the way from the picture to the logits, as papers count them.

        The stem is one layer, whatever it is made of; a dense net's transitions count.
        """
        return families.depth(self)

    @property
    def stage_channels(self) -> tuple[int, ...]:
        """Channels that leave each stage."""
        return families.stage_channels(self)

    @property
    def is_classic(self) -> bool:
        """Whether it is built of the 2015 and 2016 papers' own blocks alone, as theory assumes."""
        return is_classic(self)
