"""The stem and resolution teacher: how small the maps get, and what to do about it."""

from dataclasses import dataclass

from resnet_core.config import ModelConfig
from resnet_core.models.picture_size import smallest_picture_px
from resnet_core.models.trace import Operation, trace_operations

LEAST_LAST_PX = 4
"""Side of the last maps below which a picture of where a net looks says little: 4 x 4 cells."""


@dataclass(frozen=True, kw_only=True)
class MapSize:
    """The maps after one part of a net."""

    part: str
    """`Picture`, `stem.conv`, `stem.pool`, `stage1`, ..."""
    channels: int
    """Channels of the maps."""
    side_px: int
    """Their height and width."""
    stride_px: int
    """Input pixels between two neighbouring positions."""
    receptive_field_px: int
    """Side of the square of input pixels that one position can depend on."""


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """Map sizes along a net for one picture size, and what they mean."""

    maps: tuple[MapSize, ...]
    """From the picture to the last stage."""
    is_collapsed: bool
    """Whether maps shrink to 1x1 before the global pooling does it."""
    is_coarse: bool
    """Whether the last maps have fewer than 4 x 4 positions."""
    verdict: str
    """What the sizes mean, in a sentence or two, with what to do about it."""


def trace_resolution(config: ModelConfig, image_size_px: int) -> Resolution:
    """Lists the map sizes along a net for square pictures.

    Raises:
        ConfigError: for a picture that the net cannot take.
    """
    operations = trace_operations(config, image_size_px)
    picture = MapSize(
        part="picture",
        channels=config.in_channels,
        side_px=image_size_px,
        stride_px=1,
        receptive_field_px=1,
    )
    maps = (picture, *(_map_size(part, last) for part, last in _parts(operations).items()))
    is_collapsed = maps[-1].side_px == 1
    return Resolution(
        maps=maps,
        is_collapsed=is_collapsed,
        is_coarse=maps[-1].side_px < LEAST_LAST_PX,
        verdict=_verdict(config, maps),
    )


def _parts(operations: tuple[Operation, ...]) -> dict[str, Operation]:
    """The last operation of each part: stem convolution, stem pooling, stages."""
    parts: dict[str, Operation] = {}
    for operation in operations:
        first, _, rest = operation.path.partition(".")
        if first.startswith("stage"):
            parts[first] = operation
        elif first == "stem" and operation.kind in ("conv", "pool"):
            parts[f"stem.{rest}"] = operation
    return parts


def _map_size(part: str, operation: Operation) -> MapSize:
    output = operation.output
    return MapSize(
        part=part,
        channels=output.channels,
        side_px=output.map_size_px[0],
        stride_px=output.stride_px,
        receptive_field_px=output.receptive_field_px,
    )


def _verdict(config: ModelConfig, maps: tuple[MapSize, ...]) -> str:
    last = maps[-1]
    if last.side_px >= LEAST_LAST_PX:
        return (
            f"The last maps have {last.side_px} x {last.side_px} positions, enough to see where "
            f"in the picture the net looks; each of them can depend on "
            f"{last.receptive_field_px:,} px, the picture has {maps[0].side_px:,}."
        )
    remedy = f"take pictures of at least {smallest_picture_px(config, LEAST_LAST_PX)} px"
    if config.num_stem_halvings:
        remedy = f"Take the cifar stem (3x3, stride 1, no pooling), or {remedy}."
    else:
        remedy = f"{remedy.capitalize()}, or fewer stages."
    if last.side_px > 1:
        return (
            f"The last maps have only {last.side_px} x {last.side_px} positions, so a heat map of "
            f"where the net looks is coarse. {remedy}"
        )
    first_flat = next(size.part for size in maps if size.side_px == 1)
    return (
        f"From {first_flat} on the maps are 1x1: a 3x3 kernel there meets eight zeros and one "
        f"number, and a heat map of where the net looks is one flat cell. {remedy}"
    )
