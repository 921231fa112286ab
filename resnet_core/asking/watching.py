"""Whether a picture is unlike a net's own: statistics beside its card, read when asked for.

A net without them, or with damaged ones, answers all the same: it says that nothing is watched.
"""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resnet_core.checkpoints import CheckpointCard, read_statistics, statistics_places
from resnet_core.checkpoints.statistics import Tables
from resnet_core.errors import CheckpointError
from resnet_core.models import ResNet, list_probe_points
from resnet_core.pictures.names import plain_name
from resnet_core.probes.hooks import Captured, capture_outputs
from resnet_core.probes.strangeness import (
    BlockStatistics,
    Moments,
    measure_strangeness,
    moments_of_channels,
    num_features,
)

_NETS_KEPT = 16
_TABLES = ("whitening", "centres", "usual")


@dataclass(frozen=True, kw_only=True, eq=False)
class Watch:
    """What is usual on a net's own pictures, and from where on a picture counts as strange."""

    blocks: tuple[BlockStatistics, ...]
    threshold: float

    def strangeness(self, moments: Moments) -> np.ndarray:
        """How unusual pictures are, float64 (N,)."""
        return measure_strangeness(self.blocks, moments)


@contextmanager
def watched(model: ResNet, paths: Sequence[str]) -> Iterator[Captured]:
    """Catches what the channels of blocks do in the forward pass."""
    with capture_outputs(model, paths, reduce=moments_of_channels) as seen:
        yield seen


def as_moments(seen: Captured) -> Moments:
    """Brings to the processor's memory what was caught."""
    return {path: moments.float().cpu().numpy() for path, moments in seen.items()}


def block_widths(model: ResNet, image_size_px: int) -> dict[str, int]:
    """Path of each block of a net to the number of its features."""
    points = list_probe_points(model, image_size_px)
    return {p.path: num_features(p.channels) for p in points if p.kind == "block"}


def as_tables(blocks: Sequence[BlockStatistics]) -> dict[str, np.ndarray]:
    """Names the tables of blocks as a statistics file holds them."""
    return {f"{block.path}.{name}": getattr(block, name) for block in blocks for name in _TABLES}


def load_watch(model: ResNet, card: CheckpointCard, path: Path | None) -> Watch | str:
    """Reads the statistics of a net once, or says in a sentence why none are to be had."""
    if card.detection is None or path is None:
        return "Which pictures are strange to this net was not measured."
    widths = tuple(block_widths(model, card.image_size_px).items())
    sha256, problem = card.detection.statistics_sha256, ""
    for file in statistics_places(path):
        try:
            status = file.stat()
        except OSError:
            problem = problem or f"{plain_name(file.name)} is gone: calibrate the net again."
            continue
        found = _read_kept(
            file, (status.st_mtime_ns, status.st_size, status.st_ino), sha256, widths
        )
        if not isinstance(found, str):
            return Watch(blocks=found, threshold=card.detection.threshold)
        problem = found
    return problem


@functools.lru_cache(maxsize=_NETS_KEPT)
def _read_kept(
    file: Path, stamp: tuple[int, ...], sha256: str, widths: tuple[tuple[str, int], ...]
) -> tuple[BlockStatistics, ...] | str:
    """Reads a file whose stamp (time, size, inode) is new, or says what is wrong with it."""
    try:
        tables = read_statistics(file, sha256)
        _refuse_misfit(tables, widths, plain_name(file.name))
    except CheckpointError as exc:
        return str(exc)
    return tuple(
        BlockStatistics(path=path, **{name: tables[f"{path}.{name}"] for name in _TABLES})
        for path, _ in widths
    )


def _refuse_misfit(tables: Tables, widths: tuple[tuple[str, int], ...], shown: str) -> None:
    expected = {f"{path}.{name}" for path, _ in widths for name in _TABLES}
    fits = tables.keys() == expected and all(
        tables[f"{path}.whitening"].shape == (width, width)
        and tables[f"{path}.centres"].shape[1:] == (width,)
        and len(tables[f"{path}.centres"]) > 0
        and tables[f"{path}.usual"].shape == (2,)
        and tables[f"{path}.usual"][1] > 0
        for path, width in widths
    )
    if not fits:
        raise CheckpointError(f"{shown} is not of this net: calibrate it again.")
