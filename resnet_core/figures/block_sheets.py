"""The maps of one block: its strongest channels as rows, as one picture, and all as numbers."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from resnet_core.figures.colour_maps import DIVERGING, colour_table
from resnet_core.figures.feature_sheets import tile_indices
from resnet_core.figures.map_pictures import enlarge
from resnet_core.probes.block_maps import BlockMaps, BlockPart

BlockStates = Sequence[tuple[str, BlockMaps]]
"""One block of a net in its states, such as `as loaded` and `as switched`; the first one decides
which channels are shown."""

_TITLES: dict[BlockPart, str] = {
    "entering": "x, what enters",
    "branch": "F(x), the branch",
    "skip": "over the skip, times alpha",
    "sum": "their sum",
}
_NUM_CHANNELS = 8
"""Of all states together."""
_TILE_PX, _GAP_PX = 96, 4
_WIDTH_PX = _NUM_CHANNELS * (_TILE_PX + _GAP_PX) - _GAP_PX
_LINE_PX, _FONT_PX = 26, 15
_PAPER, _INK = 255, 24


@dataclass(frozen=True, kw_only=True, eq=False)
class PartRow:
    """The strongest channels of one part of a block, in one state of its net."""

    state: str
    part: BlockPart
    is_alone: bool
    """Whether there is no other state beside it."""
    channels: np.ndarray
    """int (n,), their numbers."""
    maps: np.ndarray
    """float32 (n, h, w)."""
    norm: float
    """Length of all channels of the part together."""
    limit: float
    """Magnitude of the last colour, the same for all rows."""

    @property
    def title(self) -> str:
        """What is seen, and in which state."""
        return _TITLES[self.part] if self.is_alone else f"{_TITLES[self.part]}, {self.state}"

    @property
    def indices(self) -> np.ndarray:
        """Rows of the colour table, uint8 (n, h', w'), at most 48 px a side."""
        return tile_indices(self.maps, scale="shared", is_signed=True, limit=self.limit)


def part_rows(states: BlockStates) -> tuple[PartRow, ...]:
    """Chooses the channels in which the block is strongest, the same for every part and state.

    Where a part has fewer channels than that, they are its own strongest ones.
    """
    limit = max(float(np.abs(m).max()) for _, each in states for m in each.parts.values())
    channels = _strongest(states[0][1].total, _NUM_CHANNELS // len(states))
    rows = []
    for state, block in states:
        for part, maps in block.parts.items():
            fits = channels.max() < len(maps)
            chosen = channels if fits else _strongest(maps, len(channels))
            row = PartRow(
                state=state,
                part=part,
                is_alone=len(states) == 1,
                channels=chosen,
                maps=maps[chosen],
                norm=float(np.linalg.norm(maps)),
                limit=limit,
            )
            rows.append(row)
    return tuple(rows)


def block_picture(states: BlockStates) -> np.ndarray:
    """Draws all rows under each other, uint8 (H, W, 3): red is above zero, blue below."""
    path, rows = states[0][1].path, part_rows(states)
    scale = f"{path}: red is above zero, blue below, full colour at {rows[0].limit:.3g}"
    return np.concatenate([_written(scale), *(line for row in rows for line in _drawn(row))])


def block_maps_csv(states: BlockStates) -> str:
    """Writes the values of the channels that are drawn, one place a line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("net", "part", "channel", "row", "column", "value"))
    for row in part_rows(states):
        for channel, maps in zip(row.channels, row.maps, strict=True):
            for (y, x), value in np.ndenumerate(maps):
                writer.writerow((row.state, row.part, channel, y, x, f"{value:.9g}"))
    return text.getvalue()


def block_maps_npz(states: BlockStates) -> bytes:
    """Packs every channel of every part, float32 (channels, h, w), such as `as_loaded_branch`."""
    arrays = {
        f"{state.replace(' ', '_')}_{part}": maps
        for state, block in states
        for part, maps in block.parts.items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


def _strongest(maps: np.ndarray, count: int) -> np.ndarray:
    strength = np.abs(maps).mean(axis=(1, 2))
    return np.argsort(-strength, kind="stable")[:count]


def _drawn(row: PartRow) -> tuple[np.ndarray, np.ndarray]:
    """A line of words, and the channels side by side below it."""
    numbers = ", ".join(str(channel) for channel in row.channels)
    words = _written(f"{row.title}: norm {row.norm:.3g}; channels {numbers}")
    line = np.full((_TILE_PX, _WIDTH_PX, 3), _PAPER, np.uint8)
    for place, pixels in enumerate(colour_table(DIVERGING)[row.indices]):
        left = place * (_TILE_PX + _GAP_PX)
        line[:, left : left + _TILE_PX] = enlarge(pixels, (_TILE_PX, _TILE_PX), smooth=False)
    return words, line


def _written(words: str) -> np.ndarray:
    image = Image.new("RGB", (_WIDTH_PX, _LINE_PX), (_PAPER, _PAPER, _PAPER))
    place, font = (4, (_LINE_PX - _FONT_PX) // 2 - 1), ImageFont.load_default(_FONT_PX)
    ImageDraw.Draw(image).text(place, words, fill=(_INK, _INK, _INK), font=font)
    return np.array(image)
