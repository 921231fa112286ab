"""One channel: its map over the picture, its values, and what excites it most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.feature_maps.choices import CHANNEL_ANCHOR
from pages.ui.feature_maps.measuring import submit_statistics
from pages.ui.kit.plot import measured_figure
from pages.ui.kit.tiles import Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell.jobs import shown
from pages.ui.shell.notices import plain
from resnet_core.asking import ReadyNet
from resnet_core.asking.features import sampled_numbers
from resnet_core.asking.labelled_sets import LabelledSet
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.picked import PickedPicture
from resnet_core.asking.seeing import Seen
from resnet_core.figures.encoding import png_bytes
from resnet_core.figures.feature_sheets import MAGNITUDES, channel_histogram
from resnet_core.figures.map_forms import Form
from resnet_core.figures.map_pictures import MapStyle, draw_map, enlarge
from resnet_core.probes.channels import ChannelStatistics, receptive_window
from resnet_core.probes.features import FeatureMaps
from resnet_core.probes.spread import readable
from resnet_core.shares import percent

_LARGE_PX = 320
_CROP_PX = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenChannel:
    """One channel of a layer's maps."""

    features: FeatureMaps
    channel: int


def show_channel(
    net: AnyNet,
    picture: PickedPicture,
    opened: OpenChannel,
    labelled: LabelledSet | None,
    *,
    number: int = 0,
) -> None:
    """Shows a channel large, over the picture, with its histogram and strongest pictures.

    Args:
        net: whose channel it is.
        picture: what the net was shown.
        opened: the channel.
        labelled: pictures among which the strongest are sought; `None` while they are opened.
        number: tells the nets of a comparison apart, from 0.
    """
    features, channel = opened.features, opened.channel
    st.header(
        plain(f"Channel {channel} of {features.point.path}, {net.source.title}"),
        anchor=f"{CHANNEL_ANCHOR}-{number}" if number else CHANNEL_ANCHOR,
    )
    values = features.maps[channel]
    left, middle, right = st.columns([2, 2, 3], gap="medium")
    _show_map((left, middle), picture.seen_by(net), opened)
    with right:
        measured_figure(
            channel_histogram(values, title="value"),
            key=f"maps_histogram_{number}",
            caption=f"{percent(features.dead_share[channel], 0)} of its places are not above zero; "
            f"mean {readable(values.mean())}, largest {readable(values.max())}.",
            numbers=lambda: _values_csv(values),
        )
    if labelled is not None and isinstance(net, ReadyNet):
        _show_strongest(net, opened, labelled, number)


def _values_csv(values: np.ndarray) -> str:
    lines = [f"{row},{column},{value:.9g}" for (row, column), value in np.ndenumerate(values)]
    return "\n".join(("row,column,value", *lines)) + "\n"


def _show_map(places: Sequence[DeltaGenerator], seen: Seen, opened: OpenChannel) -> None:
    """Shows the map alone in the first place, and over the picture in the second."""
    features, channel = opened.features, opened.channel
    shown: tuple[tuple[Form, str], ...] = (("map", "Its map"), ("overlay", "Over the picture"))
    for place, (form, caption) in zip(places, shown, strict=True):
        style = MapStyle(form=form, colour_map=MAGNITUDES, size_px=_LARGE_PX)
        values, is_signed = features.maps[channel], features.is_signed
        drawn = draw_map(seen.colour, values, style, is_signed=is_signed)
        place.image(png_bytes(drawn), caption=caption, alt=f"Channel {channel}. {caption}")


def _show_strongest(net: ReadyNet, opened: OpenChannel, labelled: LabelledSet, number: int) -> None:
    features, channel = opened.features, opened.channel
    statistics = shown(
        submit_statistics(net, labelled, features.point.path), "Looking for what excites it"
    )
    if statistics is None:
        return
    favourite = labelled.class_names[statistics.favourite_class[channel]]
    st.markdown(
        plain(
            f"What excites it most among {statistics.num_pictures} test pictures of "
            f"{labelled.title}. "
            f"Class selectivity {statistics.selectivity[channel]:.2f}, most for "
            f"{favourite}; silent on {percent(statistics.dead_share[channel], 0)} of the pictures."
        )
    )
    rows = _strongest_rows(net, statistics, channel, labelled)
    show_tiles(rows, key=f"maps_strongest_{number}", tile_px=110, fill=True)


def _strongest_rows(
    net: ReadyNet, statistics: ChannelStatistics, channel: int, labelled: LabelledSet
) -> list[TileRow]:
    numbers = sampled_numbers(net, labelled)[statistics.peak_pictures[channel]]
    seen = [net.see_pixels(pixels).colour for pixels in labelled.pictures(numbers)]
    crops = [
        _crop(pixels, statistics, (int(row), int(column)))
        for pixels, (row, column) in zip(seen, statistics.peak_places[channel], strict=True)
    ]
    field_px = statistics.point.receptive_field_px
    sees_all = field_px >= 2 * statistics.image_size_px
    labels = [labelled.class_names[int(labelled.labels[number])] for number in numbers]
    peaks = statistics.peak_values[channel]
    captions = [f"{label} {readable(peak)}" for label, peak in zip(labels, peaks, strict=True)]
    whole = TileRow(
        title="Whole pictures",
        notes=(f"each place sees all of it: its field is {field_px} px",) if sees_all else (),
        sheet=photo_sheet(seen),
        tiles=_captioned("p", [f"Test picture {number}" for number in numbers], captions),
    )
    if sees_all:
        return [whole]
    cut = TileRow(
        title="What its receptive field saw there",
        notes=(f"{field_px} px a side, cut at the borders",),
        sheet=photo_sheet(crops),
        tiles=_captioned("c", [f"Field in picture {number}" for number in numbers], labels),
    )
    return [whole, cut]


def _crop(pixels: np.ndarray, statistics: ChannelStatistics, place: tuple[int, int]) -> np.ndarray:
    """The window as a square of one size for all; beyond the picture's border it is gray."""
    point, side = statistics.point, statistics.image_size_px
    top, bottom, left, right = receptive_window(point, place, side)
    reach = (point.receptive_field_px - 1) // 2
    first_row, first_column = (position * point.stride_px - reach for position in place)
    square = np.full((point.receptive_field_px, point.receptive_field_px, 3), 128, np.uint8)
    square[top - first_row : bottom - first_row, left - first_column : right - first_column] = (
        pixels[top:bottom, left:right]
    )
    return enlarge(square, (_CROP_PX, _CROP_PX), smooth=False)


def _captioned(prefix: str, labels: list[str], captions: list[str]) -> tuple[Tile, ...]:
    return tuple(
        Tile(name=f"{prefix}{index}", label=f"{label}: {caption}", caption=caption)
        for index, (label, caption) in enumerate(zip(labels, captions, strict=True))
    )
