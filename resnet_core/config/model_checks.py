"""What a net's settings must agree on; every refusal names a valid choice."""

from typing import TYPE_CHECKING

from resnet_core.config.checks import require
from resnet_core.config.families import DENSE_SETTINGS, list_families
from resnet_core.config.later import LATER_SETTINGS
from resnet_core.errors import ConfigError

if TYPE_CHECKING:
    from resnet_core.config.model import ModelConfig

_PARTS = {"deep": 2, "tiered": 8}
"""Stems that start with a part of their channels, and what these must be a multiple of."""
_MOST_BLOCKS = 5_000
"""So that a slip of the finger does not build for minutes; resnet1202 has 600."""


def check_model(config: "ModelConfig") -> None:
    """Refuses a net that cannot be.

    Raises:
        ConfigError: naming the setting, its value, and one that is allowed.
    """
    _check_family(config)
    _check_sizes(config)
    _check_groups(config)
    _check_skips(config)
    _check_fixup(config)
    _check_preactivation(config)


def _check_family(config: "ModelConfig") -> None:
    wrong = [n for n, value in config.family.fixed_settings.items() if _differs(config, n, value)]
    foreign = [name for name in wrong if name not in DENSE_SETTINGS]
    if foreign:
        having = [f.name for f in list_families() if foreign[0] not in f.fixed_settings]
        value = config.family.fixed_settings[foreign[0]]
        raise ConfigError(
            f"{foreign[0]} does not belong to {config.block} blocks: take block "
            f"{' or '.join(having)}, or leave it at {value}."
        )
    changes = ", ".join(f"{name} to {DENSE_SETTINGS[name]}" for name in wrong)
    require(
        not wrong,
        "A dense block appends its maps instead of adding them, and starts with norm and ReLU: "
        f"set {changes}.",
    )


def _check_sizes(config: "ModelConfig") -> None:
    require(
        len(config.stage_blocks) == len(config.stage_widths) > 0,
        f"stage_blocks {config.stage_blocks} and stage_widths {config.stage_widths} must have "
        "the same length of at least 1.",
    )
    require(
        sum(config.stage_blocks) <= _MOST_BLOCKS,
        f"A net has at most {_MOST_BLOCKS} blocks here, got {sum(config.stage_blocks)}.",
    )
    require(
        config.stem not in _PARTS or config.stem_width % _PARTS[config.stem] == 0,
        f"A {config.stem} stem starts with a part of its channels, so stem_width must be a "
        f"multiple of {_PARTS.get(config.stem, 1)}: take {_next_multiple(config)} instead of "
        f"{config.stem_width}.",
    )
    channels = (config.stem_width, *config.stage_channels)
    pads = config.has_additions and config.shortcut == "A"
    require(
        not pads or channels == tuple(sorted(channels)),
        f"Shortcut A can only add channels, and these go {', '.join(map(str, channels))}: "
        "let the widths grow, or take shortcut B or C.",
    )


def _check_groups(config: "ModelConfig") -> None:
    inner = [
        convolution.in_channels
        for width in config.stage_widths
        for convolution in config.family.convolutions(config, width, width, width)
        if convolution.is_grouped
    ]
    nearest = _nearest_divisor(config.groups, inner)
    require(
        nearest == config.groups,
        f"groups must divide the 3x3 convolutions' channels {', '.join(map(str, inner))}, and "
        f"{config.groups} does not: the nearest that does is {nearest}.",
    )


def _check_skips(config: "ModelConfig") -> None:
    silent = [
        name
        for name, is_on in (
            ("zero_gamma", config.zero_gamma),
            (f"branch_scale {config.branch_scale}", config.branch_scale != "none"),
            ("stochastic_depth", config.stochastic_depth > 0),
        )
        if is_on
    ]
    require(
        not (silent and config.is_plain),
        f"{' and '.join(silent)} would silence blocks of a plain net, through which nothing "
        "else leads: switch it off, or give the net a skip_strength above 0.",
    )
    require(
        not config.is_plain or config.skip_kind == "identity",
        "skip_kind says what a shortcut does, and a plain net has none: take identity, or a "
        "skip_strength above 0.",
    )


def _check_fixup(config: "ModelConfig") -> None:
    if config.branch_scale != "fixup":
        return
    wanted = {"norm": "none", "activation_order": "post", "zero_gamma": False}
    wrong = [
        f"{name} to {value}" for name, value in wanted.items() if _differs(config, name, value)
    ]
    require(
        not wrong,
        "Fixup replaces normalisation and starts branches at zero in nets of post-activation "
        f"blocks: set {', '.join(wrong)}.",
    )


def _check_preactivation(config: "ModelConfig") -> None:
    """Refuses settings of pre-activation nets in others, which would do nothing there."""
    own = {"stem_norm": False, "pre_shortcut": "shared", "final_norm": True}
    wrong = [f"{name} at {value}" for name, value in own.items() if _differs(config, name, value)]
    is_pre = config.activation_order in ("pre", "relu_only_pre") and not config.is_dense
    require(
        is_pre or not wrong,
        "Only pre-activation nets of added blocks have a choice there: leave "
        f"{' and '.join(wrong)}, or take activation_order pre.",
    )


def _next_multiple(config: "ModelConfig") -> int:
    part = _PARTS.get(config.stem, 1)
    return -(-config.stem_width // part) * part


def is_classic(config: "ModelConfig") -> bool:
    """Whether a net is built of the 2015 and 2016 papers' own blocks alone."""
    return (
        config.norm in ("batch", "none")
        and config.activation_order in ("post", "pre")
        and config.skip_kind == "identity"
        and not config.is_dense
        and config.shortcut != "D"
        and config.stem in ("cifar", "imagenet")
        and config.block not in ("bottleneck_first", "basic_blur", "bottleneck_blur")
        and not any(_differs(config, name, value) for name, value in LATER_SETTINGS.items())
        and config.branch_scale == "none"
        and config.stochastic_depth == 0.0
        and config.groups == 1
        and config.squeeze_reduction == 0
        and config.width_factor == 1
    )


def _differs(config: "ModelConfig", name: str, value: object) -> bool:
    return getattr(config, name) != value


def _nearest_divisor(number: int, multiples: list[int]) -> int:
    """The common divisor of some numbers that is nearest to a number, the smaller of two."""
    divides = [n for n in range(1, 2 * number + 1) if not any(value % n for value in multiples)]
    return min(divides, key=lambda divisor: abs(divisor - number))
