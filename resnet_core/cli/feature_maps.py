"""`features`: what every layer of a net makes of a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_core.atomic import write_atomically
from resnet_core.cli.console import (
    AsJson,
    Checkpoint,
    Device,
    command,
    print_json,
    print_table,
    print_text,
)
from resnet_core.cli.map_files import PICTURES, PictureFile, check_out, open_with_picture
from resnet_core.cli.others import NOTHING_SAID, SaidOfOthers, asks_of_others
from resnet_core.errors import ConfigError

if TYPE_CHECKING:
    from resnet_core.probes.features import FeatureMaps

_SHEET_COLUMNS, _SHEET_TILE_PX = 16, 64


@command
@asks_of_others()
def features(
    picture: PictureFile,
    checkpoint: Checkpoint,
    layer: Annotated[
        str | None, typer.Option(help="List this layer's channels instead of all layers.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --layer: .png writes its channels, .npy its numbers.")
    ] = None,
    said: SaidOfOthers = NOTHING_SAID,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """List what every layer of a net makes of a picture, or the channels of one layer."""
    check_out(out)
    if out is not None and layer is None:
        raise ConfigError("Name the layer whose channels are to be written: add --layer.")
    net, seen = open_with_picture(picture, checkpoint, device, said)
    found = net.maps(seen.pixels, [layer] if layer else net.layer_paths())
    rows = [_channel_record(found[0], k) for k in found[0].order("activation")] if layer else []
    rows = rows or [_layer_record(maps) for maps in found]
    if out is not None:
        write_atomically(out, _features_file(out, found[0]))
    if as_json:
        print_json(rows)
    else:
        if net.card.caution:
            print_text(net.card.caution)
        headings = tuple(name.replace("_", " ") for name in rows[0])
        print_table(headings, [tuple(_cell(value) for value in row.values()) for row in rows])


def _layer_record(maps: "FeatureMaps") -> dict[str, Any]:
    point, strongest = maps.point, maps.order("activation")[0]
    return {
        "layer": point.path,
        "map": f"{point.map_size_px[0]}x{point.map_size_px[1]}",
        "channels": point.channels,
        "receptive_field_px": maps.receptive_field_px,
        "mean_activation": float(maps.activation.mean()),
        "strongest_channel": int(strongest),
        "silent_channels": int((maps.dead_share == 1).sum()),
    }


def _channel_record(maps: "FeatureMaps", channel: int) -> dict[str, Any]:
    return {
        "channel": int(channel),
        "activation": float(maps.activation[channel]),
        "variance": float(maps.variance[channel]),
        "dead_share": float(maps.dead_share[channel]),
        "largest": float(maps.maps[channel].max()),
    }


def _features_file(out: Path, maps: "FeatureMaps") -> bytes:
    import io

    import numpy as np

    from resnet_core.figures.colour_maps import colour_table
    from resnet_core.figures.encoding import png_bytes, tile_sheet, webp_bytes
    from resnet_core.figures.feature_sheets import tile_colours, tile_indices

    kind = out.suffix.lower()
    if kind == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, maps.maps, allow_pickle=False)
        return buffer.getvalue()
    if kind not in PICTURES:
        raise ConfigError(
            f"The channels of a layer go to .png, .webp or .npy, not to '{out.name}'."
        )
    indices = tile_indices(maps.maps, scale="shared", is_signed=maps.is_signed)
    factor = max(1, _SHEET_TILE_PX // indices.shape[1])
    sheet = tile_sheet(list(indices.repeat(factor, axis=1).repeat(factor, axis=2)), _SHEET_COLUMNS)
    pixels = colour_table(tile_colours(is_signed=maps.is_signed))[sheet]
    return png_bytes(pixels) if kind == ".png" else webp_bytes(pixels)


def _cell(value: Any) -> str:
    if value is None:
        return "not known"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
