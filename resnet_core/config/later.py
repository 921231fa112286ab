"""Settings of a net that came after the first versions: what nets of other projects differ in.

They are left out of JSON where they have their usual value, so that configurations, cards and
hashes of nets that do without them stay as they were.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from resnet_core.config import kinds
from resnet_core.config.settings import Bounds, Setting

StemSetting = Annotated[
    kinds.Stem,
    Setting(
        title="Stem",
        explanation="What stands before the first stage: `cifar` and `pointwise` keep the size, "
        "the others make it four times smaller; `deep` and `tiered` have the 7x7 as three 3x3.",
        choices={
            "cifar": "cifar: 3x3",
            "imagenet": "imagenet: 7x7 /2, pool /2",
            "deep": "deep: three 3x3 /2, pool /2",
            "tiered": "tiered: three 3x3 /2 that widen, pool /2",
            "pointwise": "pointwise: 1x1",
        },
        source='He et al. 2018 "Bag of tricks", arXiv 1812.01187, fig. 2b',
    ),
]
StemPool = Annotated[
    Literal["usual", "keep", "none"],
    Setting(
        title="Pooling of the stem",
        explanation="Whether a 3x3 max pooling of stride 2 ends the stem: the usual one of each "
        "stem, or one that was kept or taken away.",
        choices={"usual": "as usual", "keep": "keep it", "none": "no pooling"},
    ),
]
StemNorm = Annotated[
    bool,
    Setting(
        title="Norm in the stem",
        explanation="Whether the stem of a pre-activation net ends in norm and ReLU, too, as in "
        "SE-Nets for CIFAR.",
    ),
]
PreShortcut = Annotated[
    Literal["shared", "projections", "raw"],
    Setting(
        title="Start of the shortcut",
        explanation="Where shortcuts of pre-activation blocks start: after the first ReLU in the "
        "net's first block and where the shape changes, as in the authors' code; there only where "
        "the shape changes; or always at the raw input.",
        choices={
            "shared": "after the first ReLU",
            "projections": "after it where shapes change",
            "raw": "at the raw input",
        },
        source="He et al. 2016, arXiv 1603.05027, appendix",
    ),
]
FinalNorm = Annotated[
    bool,
    Setting(
        title="Norm at the end",
        explanation="Whether norm and ReLU follow the last block of a pre-activation net.",
        source="He et al. 2016, arXiv 1603.05027, appendix",
    ),
]
ZeroPad = Annotated[
    Literal["around", "behind"],
    Setting(
        title="New channels of shortcut A",
        explanation="Where the channels of zeros stand: half of them on each side, or all behind.",
        choices={"around": "on both sides", "behind": "behind"},
    ),
]
SqueezeReduction = Annotated[
    int,
    Setting(
        title="Squeeze-and-excitation",
        explanation="A gate for each channel at the end of every branch, whose bottleneck has "
        "so many times fewer channels; 0 is none, the paper's choice is 16.",
        bounds=Bounds(least=0),
        source="Hu et al. 2018, arXiv 1709.01507, sec. 3",
    ),
]
SqueezeLeast = Annotated[
    int,
    Setting(
        title="Fewest channels of a gate",
        explanation="Channels that the bottleneck of a squeeze-and-excitation gate has at least.",
        bounds=Bounds(least=1, most=4_096),
    ),
]
LATER_SETTINGS: Mapping[str, object] = {
    "squeeze_least": 1,
    "stem_pool": "usual",
    "stem_norm": False,
    "pre_shortcut": "shared",
    "final_norm": True,
    "zero_pad": "around",
}
"""Settings that came later, and the value at which JSON leaves them out."""


def without_usual(content: dict[str, Any]) -> dict[str, Any]:
    """Leaves settings that came later out of a net's JSON where they have their usual value."""
    return {
        name: value
        for name, value in content.items()
        if name not in LATER_SETTINGS or value != LATER_SETTINGS[name]
    }
