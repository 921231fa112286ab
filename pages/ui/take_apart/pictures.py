"""The maps of one block: what enters, what is added, the sum, and where its evidence lies."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages.ui.kit.tiles import Sheet, Tile, TileRow, map_sheet, photo_sheet, show_tiles
from pages.ui.shell.address import word_of
from pages.ui.shell.shared import SharedCache, same_each
from resnet_core.asking import ReadyNet, Seen
from resnet_core.asking.taking_apart import BlockApart
from resnet_core.explain import Attribution
from resnet_core.figures.colour_maps import DIVERGING
from resnet_core.figures.feature_sheets import tile_indices
from resnet_core.figures.map_pictures import MapStyle, draw_map, enlarge
from resnet_core.probes.block_maps import BlockMaps

_STYLE = MapStyle(size_px=224)
_NUM_CHANNELS = 8


def show_pictures(net: ReadyNet, seen: Seen, blocks: Sequence[BlockApart]) -> None:
    """Shows Grad-CAM of the block and its maps.

    Args:
        net: the net.
        seen: the picture as the net sees it.
        blocks: of the net as it was loaded and, where anything is switched, as it is switched.
    """
    states = list(zip(("as loaded", "as switched"), blocks, strict=False))[::-1]
    evidence = list(_evidence(net, states))
    if all(answer.is_flat for _, answer in evidence):
        st.caption("The maps of this block are one value each, so they say nothing about places.")
    else:
        _show_evidence(seen, evidence, blocks[0].maps.path)
    maps = [block.maps for _, block in states]
    limit = max(float(np.abs(part).max()) for each in maps for part in _parts(each).values())
    channels = _strongest(blocks[0].maps.total, _NUM_CHANNELS // len(blocks))
    for place, (name, block) in zip(st.columns(len(states), gap="medium"), states, strict=True):
        with place:
            heading = name if len(states) > 1 else ""
            rows = [
                _row(heading, title, part, channels, limit)
                for title, part in _parts(block.maps).items()
            ]
            show_tiles(rows, key=f"apart_maps_{word_of(name)}", tile_px=80, fill=True)
    st.caption(
        "The channels in which the block as loaded is strongest, on one scale: red is above zero, "
        "blue below."
    )


def _evidence(
    net: ReadyNet, states: Sequence[tuple[str, BlockApart]]
) -> list[tuple[str, Attribution]]:
    found = []
    for name, block in states:
        answers = [block.own_evidence, block.evidence]
        for answer in (answer for answer in answers if answer is not None):
            assert answer.target.class_index is not None
            class_name = net.card.class_names[answer.target.class_index]
            found.append((f"{class_name}, {name}", answer))
    return found


def _show_evidence(seen: Seen, evidence: Sequence[tuple[str, Attribution]], path: str) -> None:
    key = (seen.sha256, same_each(tuple(answer for _, answer in evidence)))
    tiles = [Tile(name="", label="The picture as the net sees it", caption="the picture")]
    tiles += [Tile(name=name, label=f"Grad-CAM: {name}", caption=name) for name, _ in evidence]
    row = TileRow(
        title=f"Evidence in what {path} hands on (Grad-CAM)",
        sheet=_sheets.get(key, lambda: _sheet(seen, [answer for _, answer in evidence])),
        tiles=tuple(tiles),
    )
    show_tiles([row], key="apart_evidence", tile_px=_STYLE.size_px, fill=True)


def _sheet(seen: Seen, answers: Sequence[Attribution]) -> Sheet:
    side = (_STYLE.size_px, _STYLE.size_px)
    pictures = [enlarge(seen.colour, side, smooth=max(seen.colour.shape) > _STYLE.size_px)]
    pictures += [
        draw_map(seen.colour, answer.values, _STYLE, is_signed=answer.is_signed)
        for answer in answers
    ]
    return photo_sheet(pictures)


def _parts(maps: BlockMaps) -> dict[str, np.ndarray]:
    """What there is to see of a block, in the order in which it is computed."""
    parts = {"x, what enters": maps.entering}
    if maps.branch is not None:
        parts["F(x), the branch"] = maps.branch
    if maps.skip is not None:
        parts["over the skip, times alpha"] = maps.skip
        parts["their sum"] = maps.total
    return parts


def _strongest(maps: np.ndarray, count: int) -> np.ndarray:
    strength = np.abs(maps).mean(axis=(1, 2))
    return np.argsort(-strength, kind="stable")[:count]


def _row(state: str, title: str, maps: np.ndarray, channels: np.ndarray, limit: float) -> TileRow:
    """One row of channels; where a part has fewer of them, its own strongest ones."""
    shown = channels if channels.max() < len(maps) else _strongest(maps, len(channels))
    indices = tile_indices(maps[shown], scale="shared", is_signed=True, limit=limit)
    heading = f"{title}, {state}" if state else title
    return TileRow(
        title=heading,
        notes=(f"norm {float(np.linalg.norm(maps)):.3g}",),
        sheet=map_sheet(indices, DIVERGING, columns=len(shown)),
        tiles=tuple(
            Tile(name=f"{heading}/{channel}", label=f"channel {channel}", caption=f"{channel}")
            for channel in shown
        ),
    )


_sheets: SharedCache[Sheet] = SharedCache(64)
