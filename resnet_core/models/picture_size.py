"""Which pictures are large enough for a net."""

from resnet_core.config import ModelConfig


def smallest_picture_px(config: ModelConfig, last_px: int = 1) -> int:
    """Side of the smallest picture that leaves a net last maps of a given side.

    Strided convolutions and poolings with padding round up, a dense net's transitions down.

    Args:
        config: the net.
        last_px: wanted side of the maps before the global pooling.
    """
    side_px = last_px
    for _ in config.stage_blocks[1:]:
        side_px = 2 * side_px if config.is_dense else 2 * side_px - 1
    for _ in range(config.num_stem_halvings):
        side_px = 2 * side_px - 1
    return side_px
