import csv
import io

import numpy as np
import pytest

from resnet_core.figures.block_sheets import (
    block_maps_csv,
    block_maps_npz,
    block_picture,
    part_rows,
)
from resnet_core.probes.block_maps import BlockMaps

GENERATOR = np.random.default_rng(0)


def _block(*, has_skip: bool = True, entering: int = 12) -> BlockMaps:
    """A block whose channel k is k times as strong as channel 1."""
    strength = np.arange(12, dtype=np.float32)[:, None, None]
    branch = strength * GENERATOR.standard_normal((12, 4, 5)).astype(np.float32)
    skip = np.zeros_like(branch) if has_skip else None
    x = GENERATOR.standard_normal((entering, 4, 5)).astype(np.float32)
    return BlockMaps(path="stage1.0", entering=x, branch=branch, skip=skip, leaving=branch)


def test_the_strongest_channels_are_the_same_for_every_part() -> None:
    block = _block()
    rows = part_rows([("as loaded", block)])
    assert [row.part for row in rows] == ["entering", "branch", "skip", "sum"]
    assert len({tuple(row.channels) for row in rows}) == 1
    strength = np.abs(block.total).mean(axis=(1, 2))
    assert rows[0].channels.tolist() == np.argsort(-strength).tolist()[:8]
    assert rows[1].title == "F(x), the branch"
    assert rows[1].norm == pytest.approx(np.linalg.norm(block.parts["branch"]))


def test_two_states_share_channels_and_scale_and_a_narrow_part_has_its_own() -> None:
    one, other = _block(entering=4), _block(entering=4)
    rows = part_rows([("as loaded", one), ("as switched", other)])
    assert [row.title for row in rows[::4]] == [
        "x, what enters, as loaded",
        "x, what enters, as switched",
    ]
    assert rows[1].channels.tolist() == rows[5].channels.tolist()
    assert max(rows[1].channels) >= 4 > max(rows[0].channels)
    largest = max(np.abs(m).max() for b in (one, other) for m in b.parts.values())
    assert all(row.limit == pytest.approx(largest) for row in rows)


def test_a_picture_has_a_line_of_words_and_a_row_of_channels_for_each_part() -> None:
    drawn = block_picture([("as loaded", _block())])
    assert drawn.dtype == np.uint8
    assert drawn.shape == (26 + 4 * (26 + 96), 8 * 100 - 4, 3)
    without = block_picture([("as loaded", _block(has_skip=False))])
    assert len(without) == 26 + 2 * (26 + 96)


def test_numbers_are_those_of_the_maps() -> None:
    block = _block()
    states = [("as loaded", block)]
    parts: dict[str, np.ndarray] = {**block.parts}
    rows = list(csv.DictReader(io.StringIO(block_maps_csv(states))))
    assert len(rows) == 4 * 8 * 20
    for row in rows[::37]:
        place = tuple(int(row[name]) for name in ("channel", "row", "column"))
        assert float(row["value"]) == pytest.approx(float(parts[row["part"]][place]))
    with np.load(io.BytesIO(block_maps_npz(states))) as arrays:
        assert sorted(arrays) == [f"as_loaded_{p}" for p in ("branch", "entering", "skip", "sum")]
        assert all(np.array_equal(arrays[f"as_loaded_{p}"], m) for p, m in parts.items())
