"""The maps of one block: what enters, what is added, the sum, and where its evidence lies."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages.ui.kit.offered_files import OfferedFile, offer_files
from pages.ui.kit.tiles import Sheet, Tile, TileRow, map_sheet, photo_sheet, show_tiles
from pages.ui.shell.address import word_of
from pages.ui.shell.shared import SharedCache, same_each
from resnet_core.asking import ReadyNet, Seen
from resnet_core.asking.taking_apart import BlockApart
from resnet_core.explain.export import Evidence, evidence_csv
from resnet_core.figures.block_sheets import (
    BlockStates,
    PartRow,
    block_maps_csv,
    block_maps_npz,
    block_picture,
    part_rows,
)
from resnet_core.figures.colour_maps import DIVERGING
from resnet_core.figures.encoding import png_bytes, tile_sheet
from resnet_core.figures.map_pictures import MapStyle, draw_map, enlarge
from resnet_core.probes.spread import readable

_STYLE = MapStyle(size_px=224)


def show_pictures(net: ReadyNet, seen: Seen, blocks: Sequence[BlockApart]) -> None:
    """Shows Grad-CAM of the block and its maps.

    Args:
        net: the net.
        seen: the picture as the net sees it.
        blocks: of the net as it was loaded and, where anything is switched, as it is switched.
    """
    states = list(zip(("as loaded", "as switched"), blocks, strict=False))[::-1]
    evidence = _evidence(net, states)
    if all(answer.is_flat for _, answer in evidence):
        st.caption("The maps of this block are one value each, so they say nothing about places.")
    else:
        _show_evidence(seen, evidence, blocks[0].maps.path)
    _show_maps([(name, block.maps) for name, block in states])


def _show_maps(states: BlockStates) -> None:
    """Shows the block's strongest channels, as switched on the left of those as loaded."""
    as_loaded_first = states[::-1]
    rows = part_rows(as_loaded_first)
    for place, (name, _) in zip(st.columns(len(states), gap="medium"), states, strict=True):
        with place:
            own = [_row(row) for row in rows if row.state == name]
            show_tiles(own, key=f"apart_maps_{word_of(name)}", tile_px=80, fill=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "The channels in which the block as loaded is strongest, on one scale: red is above "
            "zero, blue below."
        )
        offer_files(_files_of(as_loaded_first), key="apart_maps_files")


def _files_of(states: BlockStates) -> list[OfferedFile]:
    path = states[0][1].path
    return [
        OfferedFile(
            name=f"{path}.png",
            write=lambda: png_bytes(block_picture(states)),
            help="These channels as one picture.",
        ),
        OfferedFile(
            name=f"{path}.csv",
            write=lambda: block_maps_csv(states),
            help="The values of these channels, one place a line.",
        ),
        OfferedFile(
            name=f"{path}.npz",
            write=lambda: block_maps_npz(states),
            help="Every channel of every part, as NumPy arrays.",
        ),
    ]


def _evidence(net: ReadyNet, states: Sequence[tuple[str, BlockApart]]) -> Evidence:
    found = []
    for name, block in states:
        answers = [block.own_evidence, block.evidence]
        for answer in (answer for answer in answers if answer is not None):
            assert answer.target.class_index is not None
            class_name = net.card.class_names[answer.target.class_index]
            found.append((f"{class_name}, {name}", answer))
    return found


def _show_evidence(seen: Seen, evidence: Evidence, path: str) -> None:
    key = (seen.sha256, same_each(tuple(answer for _, answer in evidence)))
    tiles = [Tile(name="", label="The picture as the net sees it", caption="the picture")]
    tiles += [Tile(name=name, label=f"Grad-CAM: {name}", caption=name) for name, _ in evidence]
    row = TileRow(
        title=f"Evidence in what {path} hands on (Grad-CAM)",
        sheet=_sheets.get(key, lambda: photo_sheet(_drawn(seen, evidence))),
        tiles=tuple(tiles),
    )
    show_tiles([row], key="apart_evidence", tile_px=_STYLE.size_px, fill=True)
    offer_files(_files_of_evidence(seen, evidence, path), key="apart_evidence_files")


def _files_of_evidence(seen: Seen, evidence: Evidence, path: str) -> list[OfferedFile]:
    return [
        OfferedFile(
            name=f"grad-cam-{path}.png",
            write=lambda: png_bytes(tile_sheet(_drawn(seen, evidence), len(evidence) + 1)),
            help="The picture and the maps over it, side by side.",
        ),
        OfferedFile(
            name=f"grad-cam-{path}.csv",
            write=lambda: evidence_csv(evidence),
            help="The maps' own cells, one a line.",
        ),
    ]


def _drawn(seen: Seen, evidence: Evidence) -> list[np.ndarray]:
    """The picture, and each map over it."""
    side = (_STYLE.size_px, _STYLE.size_px)
    whole = enlarge(seen.colour, side, smooth=max(seen.colour.shape) > _STYLE.size_px)
    return [
        whole,
        *(
            draw_map(seen.colour, answer.values, _STYLE, is_signed=answer.is_signed)
            for _, answer in evidence
        ),
    ]


def _row(row: PartRow) -> TileRow:
    return TileRow(
        title=row.title,
        notes=(f"norm {readable(row.norm)}",),
        sheet=map_sheet(row.indices, DIVERGING, columns=len(row.channels)),
        tiles=tuple(
            Tile(name=f"{row.title}/{channel}", label=f"channel {channel}", caption=f"{channel}")
            for channel in row.channels
        ),
    )


_sheets: SharedCache[Sheet] = SharedCache(64)
