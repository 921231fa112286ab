"""What the kinds of block have in common and what sets them apart, as far as a config knows."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resnet_core.config.model import ModelConfig

BOTTLENECK_EXPANSION = 4
"""Channels on the wide side of a bottleneck, per channel of its 3x3 convolution: those that leave
it in a residual net (He et al. 2015, 4.1), those that enter its 3x3 in a dense one (Huang et al.
2017, sec. 3)."""


def depth(config: "ModelConfig") -> int:
    """Weight layers on the way from the picture to the logits, as papers count them."""
    per_block = {"basic": 2, "bottleneck": 3, "dense": 1, "dense_bottleneck": 2}[config.block]
    transitions = len(config.stage_blocks) - 1 if config.is_dense else 0
    return per_block * sum(config.stage_blocks) + transitions + 2


def stage_channels(config: "ModelConfig") -> tuple[int, ...]:
    """Channels that leave each stage."""
    if config.is_dense:
        return _dense_channels(config)
    factor = BOTTLENECK_EXPANSION if config.block == "bottleneck" else 1
    return tuple(width * factor for width in config.stage_widths)


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
