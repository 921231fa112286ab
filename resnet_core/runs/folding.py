"""Hundreds of layers in the rows of one picture: weights alone, or modules by their paths."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from resnet_core.runs.curves import ArmCurves, CurvesChunk

Rows = Literal["layers", "parameters", "modules"]
"""What a row is: a layer's weight, any parameter, or a module with all that it holds."""
MOST_ROWS = 128
"""Rows that a picture of layers has room for; more are folded into modules."""


@dataclass(frozen=True, kw_only=True)
class Folding:
    """Which of P positions share a row."""

    names: tuple[str, ...]
    """The R rows, each a position or the path of a module, in depth order."""
    members: tuple[tuple[int, ...], ...]
    """Places of the positions of each row."""

    @property
    def is_folded(self) -> bool:
        """Whether a row has several positions."""
        return any(len(each) > 1 for each in self.members)


def fold_positions(positions: Sequence[str], rows: Rows = "layers") -> Folding:
    """Chooses rows for positions; whatever is asked for, there are at most `MOST_ROWS` of them.

    Args:
        positions: dotted paths, in depth order.
        rows: what a row is to be; `layers` leaves biases and the scales of norms out.
    """
    kept = [place for place, name in enumerate(positions) if rows != "layers" or _is_layer(name)]
    if rows != "modules" and 0 < len(kept) <= MOST_ROWS:
        names = tuple(positions[place] for place in kept)
        return Folding(names=names, members=tuple((place,) for place in kept))
    parts = [_module_parts(name) for name in positions]
    groups: dict[tuple[str, ...], list[int]] = {}
    for level in range(max((len(each) for each in parts), default=0), 0, -1):
        groups = {}
        for place, path in enumerate(parts):
            groups.setdefault(path[:level], []).append(place)
        if len(groups) <= MOST_ROWS:
            break
    return Folding(
        names=tuple(".".join(path) for path in groups),
        members=tuple(tuple(places) for places in groups.values()),
    )


def fold_norms(logs: np.ndarray, folding: Folding) -> np.ndarray:
    """Gives the log10 norm of all that a row holds, (S, R), from that of each position, (S, P).

    A position that has none is left out; a row of such alone has none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = 10.0 ** (2 * logs.astype(np.float64))
        sums = [_sum(squares[:, list(places)]) for places in folding.members]
        folded = 0.5 * np.log10(np.stack(sums, axis=1)) if sums else logs[:, :0]
    return folded.astype(np.float32)


def fold_means(values: np.ndarray, folding: Folding) -> np.ndarray:
    """Gives the mean of what a row holds, (S, R), from each position's value, (S, P)."""
    counts = [(~np.isnan(values[:, list(places)])).sum(1) for places in folding.members]
    sums = [_sum(values[:, list(places)].astype(np.float64)) for places in folding.members]
    means = [total / np.maximum(count, 1) for total, count in zip(sums, counts, strict=True)]
    return np.stack(means, axis=1).astype(np.float32) if means else values[:, :0]


def fold_chunk(chunk: CurvesChunk) -> CurvesChunk:
    """Folds the layers of a chart's news, which a browser could neither take in nor show."""
    return replace(chunk, arms=tuple(_fold_arm(arm) for arm in chunk.arms))


def _fold_arm(arm: ArmCurves) -> ArmCurves:
    folding = fold_positions(arm.layers)
    if folding.names == arm.layers:
        return arm
    norms = fold_norms(arm.layer_norms, folding) if folding.is_folded else arm.layer_norms
    if not folding.is_folded:
        norms = arm.layer_norms[:, [place for (place,) in folding.members]].copy()
    return replace(arm, layers=folding.names, layer_norms=norms)


def _sum(values: np.ndarray) -> np.ndarray:
    """Sums rows over what there is; NaN where there is nothing."""
    total = np.nansum(values, axis=1)
    return np.where(np.isnan(values).all(axis=1), np.nan, total)


def _is_layer(name: str) -> bool:
    """Whether a position is no bias and no scale of a norm, which carry their own names."""
    last = name.rpartition(".")[2]
    return last != "weight" and not last.endswith("bias")


def _module_parts(name: str) -> tuple[str, ...]:
    """The path of the module that a position belongs to, part by part."""
    path = name.partition(":")[0]
    return tuple((path if _is_layer(path) else path.rpartition(".")[0] or path).split("."))
