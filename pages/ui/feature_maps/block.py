"""Skip anatomy in pictures: x, F(x) and x + F(x) of a block, for one net or two."""

from dataclasses import replace

import numpy as np
import streamlit as st

from pages.ui.feature_maps.measuring import submit_block
from pages.ui.kit.tiles import Tile, TileRow, map_sheet, show_tiles
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.jobs import await_all, shown
from pages.ui.shell.notices import plain
from resnet_core.asking import ReadyNet
from resnet_core.asking.features import matching_block
from resnet_core.asking.picked import PickedPicture
from resnet_core.figures.colour_maps import DIVERGING
from resnet_core.figures.feature_sheets import tile_indices
from resnet_core.probes.anatomy import refuse_dense
from resnet_core.probes.feature_sentences import block_sentence
from resnet_core.probes.features import BlockParts, list_blocks
from resnet_core.probes.spread import readable

_NUM_CHANNELS = 12
_EXPLANATION = r"""
A residual block computes $y = \alpha x + F(x)$ and, in nets of the 2015 paper, a ReLU after it.
Shown are the same channels in all rows, those with the largest sum, on one scale: red is above
zero, blue below, white is zero. Where $F(x)$ is faint the block hardly changes what came in; where
it is as strong as $x$ and of the other colour it takes something away. In a plain net there is no
$x$ beside $F(x)$: whatever a block does not rebuild is gone.
He et al. 2015, [arXiv 1512.03385](https://arxiv.org/abs/1512.03385), eq. 1 and fig. 7.
"""


def show_block(nets: tuple[ReadyNet, ...], picture: PickedPicture) -> None:
    """Lets a person choose a block and shows its parts in each net.

    Raises:
        ProbeError: for a dense net.
    """
    for net in nets:
        refuse_dense(net.card.model)
    blocks = list_blocks(nets[0].model)
    path = st.selectbox(
        "Block", blocks, **choice_in_address("maps_block", blocks, blocks[len(blocks) // 2])
    )
    jobs = [submit_block(net, picture, matching_block(net, path)) for net in nets]
    await_all(jobs, "Blocks")
    num_shown = _NUM_CHANNELS // len(nets)
    columns = st.columns(len(nets), gap="large")
    for number, (column, net, job) in enumerate(zip(columns, nets, jobs, strict=True)):
        with column:
            parts = shown(job, "Block") if job.is_done else None
            if parts is not None:
                st.markdown(f"**{plain(net.source.title)}**: {plain(block_sentence(parts))}")
                rows = block_rows(parts, num_shown)
                show_tiles(rows, key=f"maps_block_{number}", tile_px=96, fill=True)
    with st.expander("What the rows say", icon=":material/menu_book:"):
        st.markdown(_EXPLANATION)


def block_rows(parts: BlockParts, num_shown: int) -> list[TileRow]:
    """Draws x, F(x) and their sum: the same channels in all rows, those with the largest sum."""
    strength = np.abs(parts.total).mean(axis=(1, 2))
    channels = np.argsort(-strength, kind="stable")[:num_shown]
    named = {"F(x), what the convolutions make of it": parts.branch}
    if parts.skip is not None:
        named = {"x, over the shortcut": parts.skip} | named | {"x + F(x), their sum": parts.total}
    limit = max(float(np.abs(maps[channels]).max()) for maps in named.values())
    rows = [_row(title, maps, channels, limit) for title, maps in named.items()]
    if parts.cosine is not None:
        share = _norm(parts.branch) / max(_norm(parts.skip), 1e-12)
        notes = (
            f"cosine of x and F(x) {parts.cosine:.2f}",
            f"norm of F(x) / norm of x {share:.2f}",
        )
        rows[-1] = replace(rows[-1], notes=(*rows[-1].notes, *notes))
    return rows


def _row(title: str, maps: np.ndarray, channels: np.ndarray, limit: float) -> TileRow:
    indices = tile_indices(maps[channels], scale="shared", is_signed=True, limit=limit)
    return TileRow(
        title=title,
        notes=(f"norm {readable(_norm(maps))}",),
        sheet=map_sheet(indices, DIVERGING, columns=len(channels)),
        tiles=tuple(
            Tile(name=f"{title}/{channel}", label=f"channel {channel}", caption=f"{channel}")
            for channel in channels
        ),
    )


def _norm(maps: np.ndarray | None) -> float:
    return 0.0 if maps is None else float(np.linalg.norm(maps))
