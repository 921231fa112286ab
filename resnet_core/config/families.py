"""Families of blocks: which convolutions a block has, and whether its maps are added or appended.

A family is registered by the function that lists its convolutions, here or in a plugin:

    @block_family("basic", word="basic: 3x3, 3x3")
    def _basic(net, entering, width, leaving):
        return Convolution(3, entering, width, is_strided=True), Convolution(3, width, leaving)

Everything else follows from that list: the modules, depth, channels, cost, theory, forms.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resnet_core.config.checks import require
from resnet_core.config.plugins import load_plugins, missing_sentence, qualified

if TYPE_CHECKING:
    from resnet_core.config.model import ModelConfig

BOTTLENECK_EXPANSION = 4
"""Channels on the wide side of a bottleneck, per channel of its 3x3 convolution: those that leave
it in a residual net (He et al. 2015, 4.1), those that enter its 3x3 in a dense one (Huang et al.
2017, sec. 3)."""
DENSE_SETTINGS: dict[str, object] = {
    "activation_order": "pre",
    "shortcut": "A",
    "skip_kind": "identity",
    "skip_strength": 1.0,
    "branch_scale": "none",
    "stochastic_depth": 0.0,
    "squeeze_reduction": 0,
    "zero_gamma": False,
    "squeeze_least": 1,
    "zero_pad": "around",
    "stem_norm": False,
    "pre_shortcut": "shared",
    "final_norm": True,
}
"""Settings of residual blocks, and the one value that they have in a dense net."""
_OWN_SETTINGS: dict[str, object] = {"compression": 1.0, "groups": 1, "width_factor": 1}
"""Settings that some families have alone, and the value that they have in the others."""


@dataclass(frozen=True)
class Convolution:
    """One convolution of a branch; the stride is the block's."""

    kernel_px: int
    in_channels: int
    out_channels: int
    is_strided: bool = False
    """Whether it is the one that shrinks the map where the block does."""
    is_grouped: bool = False
    """Whether it works in the net's `groups`."""
    is_blurred: bool = False
    """Whether the map is blurred before it shrinks, after the ReLU that follows."""


ListConvolutions = Callable[["ModelConfig", int, int, int], tuple[Convolution, ...]]
"""(net, channels that enter, width of the stage, channels that leave) to a branch's convolutions,
in order."""


@dataclass(frozen=True, kw_only=True)
class BlockFamily:
    """One kind of block."""

    name: str
    """The value of `ModelConfig.block`; a plugin's begins with its module and a colon."""
    word: str
    """What forms call it."""
    convolutions: ListConvolutions
    """Lists a branch's convolutions."""
    expansion: int = 1
    """Channels that leave a block, per channel of its stage's width."""
    appends: bool = False
    """Whether a block appends its maps to its input, as dense nets do, instead of adding them."""
    blurs: bool = False
    """Whether the stem's pooling, too, blurs the map before it shrinks."""
    own_settings: tuple[str, ...] = ()
    """Which of compression, groups and width_factor it has."""
    paper: tuple[str, str] | None = None
    """Authors and title, and the number on arXiv; `None`: the residual papers."""
    ending: Callable[["ModelConfig", int], Any] | None = None
    """Further operations at the end of the branch: from the net and the branch's channels, pairs of
    a name and a module whose kind is a registered operation."""

    @property
    def fixed_settings(self) -> Mapping[str, object]:
        """Settings that it leaves no choice of."""
        missing = {k: v for k, v in _OWN_SETTINGS.items() if k not in self.own_settings}
        return {**missing, **(DENSE_SETTINGS if self.appends else {})}


_FAMILIES: dict[str, BlockFamily] = {}
FAMILY_WORDS: dict[str, str] = {}
"""What forms call each family, by name."""


def block_family(
    name: str, *, word: str, **facts: Any
) -> Callable[[ListConvolutions], ListConvolutions]:
    """Registers a family by the function that lists a branch's convolutions.

    Args:
        name: value of `ModelConfig.block`; a plugin's gets its module before it.
        word: what forms call it.
        **facts: the other fields of `BlockFamily`.
    """

    def register(convolutions: ListConvolutions) -> ListConvolutions:
        full = qualified(name, convolutions.__module__)
        require(full not in _FAMILIES, f"There is a block family '{full}' already: rename one.")
        _FAMILIES[full] = BlockFamily(name=full, word=word, convolutions=convolutions, **facts)
        FAMILY_WORDS[full] = word
        return convolutions

    return register


def list_families() -> tuple[BlockFamily, ...]:
    """Lists the lab's families, then those of plugins."""
    load_plugins()
    return tuple(_FAMILIES.values())


def find_family(name: str) -> BlockFamily:
    """Looks a family up.

    Raises:
        ConfigError: for an unknown name; it says which are known, or which module is missing.
    """
    if name not in _FAMILIES:
        load_plugins()
    require(name in _FAMILIES, missing_sentence("block", name, tuple(_FAMILIES)))
    return _FAMILIES[name]


def depth(config: "ModelConfig") -> int:
    """Weight layers on the way from the picture to the logits, as papers count them."""
    transitions = len(config.stage_blocks) - 1 if config.is_dense else 0
    return num_convolutions(config) * sum(config.stage_blocks) + transitions + 2


def num_convolutions(config: "ModelConfig") -> int:
    """Weight layers of one block."""
    return len(config.family.convolutions(config, 1, 1, 1))


def stage_channels(config: "ModelConfig") -> tuple[int, ...]:
    """Channels that leave each stage."""
    if config.is_dense:
        return _dense_channels(config)
    return tuple(width * config.family.expansion for width in config.stage_widths)


def _dense_channels(config: "ModelConfig") -> tuple[int, ...]:
    """Every block appends the growth rate; a transition keeps a share, rounded down."""
    channels, leaving = config.stem_width, []
    for index, (blocks, growth) in enumerate(
        zip(config.stage_blocks, config.stage_widths, strict=True)
    ):
        entering = channels if index == 0 else max(1, int(channels * config.compression))
        channels = entering + blocks * growth
        leaving.append(channels)
    return tuple(leaving)


@block_family("basic", word="basic: 3x3, 3x3")
def _basic(net: "ModelConfig", entering: int, width: int, leaving: int) -> tuple[Convolution, ...]:
    return Convolution(3, entering, width, is_strided=True), Convolution(3, width, leaving)


@block_family(
    "bottleneck",
    word="bottleneck: 1x1, 3x3, 1x1",
    expansion=BOTTLENECK_EXPANSION,
    own_settings=("groups", "width_factor"),
)
def _bottleneck(
    net: "ModelConfig", entering: int, width: int, leaving: int
) -> tuple[Convolution, ...]:
    """The stride is on the 3x3 (torchvision's "v1.5")."""
    inner = width * net.width_factor
    return (
        Convolution(1, entering, inner),
        Convolution(3, inner, inner, is_strided=True, is_grouped=True),
        Convolution(1, inner, leaving),
    )


@block_family(
    "bottleneck_first",
    word="bottleneck: 1x1 /2, 3x3, 1x1",
    expansion=BOTTLENECK_EXPANSION,
    own_settings=("groups", "width_factor"),
)
def _bottleneck_first(
    net: "ModelConfig", entering: int, width: int, leaving: int
) -> tuple[Convolution, ...]:
    """The stride is on the first 1x1, as in the 2015 paper's own nets."""
    inner = width * net.width_factor
    return (
        Convolution(1, entering, inner, is_strided=True),
        Convolution(3, inner, inner, is_grouped=True),
        Convolution(1, inner, leaving),
    )


_ZHANG_2019 = ("R. Zhang 2019, Making convolutional networks shift-invariant", "1904.11486")


@block_family("basic_blur", word="basic with blur: 3x3, 3x3", blurs=True, paper=_ZHANG_2019)
def _basic_blur(
    net: "ModelConfig", entering: int, width: int, leaving: int
) -> tuple[Convolution, ...]:
    first = Convolution(3, entering, width, is_strided=True, is_blurred=True)
    return first, Convolution(3, width, leaving)


@block_family(
    "bottleneck_blur",
    word="bottleneck with blur: 1x1, 3x3, 1x1",
    expansion=BOTTLENECK_EXPANSION,
    own_settings=("groups", "width_factor"),
    blurs=True,
    paper=_ZHANG_2019,
)
def _bottleneck_blur(
    net: "ModelConfig", entering: int, width: int, leaving: int
) -> tuple[Convolution, ...]:
    inner = width * net.width_factor
    return (
        Convolution(1, entering, inner),
        Convolution(3, inner, inner, is_strided=True, is_grouped=True, is_blurred=True),
        Convolution(1, inner, leaving),
    )


_HUANG_2017 = ("G. Huang et al. 2017, Densely connected networks, eq. 2", "1608.06993")


@block_family(
    "dense",
    word="dense: 3x3, appended",
    appends=True,
    own_settings=("compression",),
    paper=_HUANG_2017,
)
def _dense(net: "ModelConfig", entering: int, width: int, leaving: int) -> tuple[Convolution, ...]:
    return (Convolution(3, entering, width),)


@block_family(
    "dense_bottleneck",
    word="dense bottleneck: 1x1, 3x3, appended",
    appends=True,
    own_settings=("compression",),
    paper=_HUANG_2017,
)
def _dense_bottleneck(
    net: "ModelConfig", entering: int, width: int, leaving: int
) -> tuple[Convolution, ...]:
    wide = BOTTLENECK_EXPANSION * width
    return Convolution(1, entering, wide), Convolution(3, wide, width)
