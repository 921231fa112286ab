"""Reading a run's telemetry, decimated so that a long history costs what a short one does."""

import itertools
import json
import math
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pydantic

from resnet_core.config import Replica
from resnet_core.errors import RunError
from resnet_core.runs.layout import ArmLayout, damaged_store_errors, read_arm_layouts, read_seeds
from resnet_core.runs.store import (
    MOST_STEPS,
    SCALARS,
    WIDTHS,
    connect_read_only,
    mean_of_rows,
)

MAX_BUCKETS = 512
CURVES = (*SCALARS, "layer_norms")


@dataclass(frozen=True, kw_only=True)
class ArmCurves:
    """One arm's telemetry, from one seed, in B buckets of equal width."""

    arm: int = 0
    """Its place in the run."""
    seed: int = 0
    label: str
    layers: tuple[str, ...]
    """The L layers of `layer_norms`, in depth order."""
    step: np.ndarray
    """Last step of each bucket, (B,) float32."""
    scalars: dict[str, np.ndarray]
    """Mean of each of `store.SCALARS` over the bucket, (B,) float32."""
    layer_norms: np.ndarray
    """Mean log10 gradient norm of each layer, (B, L) float32."""


_Count = Annotated[int, pydantic.Field(strict=True, ge=0, le=10**15)]
_Measured = Annotated[float, pydantic.Field(strict=True)]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The result of one arm, from one seed, on a whole split."""

    arm: _Count
    step: _Count
    split: Annotated[str, pydantic.Field(strict=True, max_length=40)]
    loss: _Measured | None
    """`None` for what is not a number."""
    accuracy: _Measured | None
    """Share that was classified rightly."""
    seed: _Count = 0


_EVALUATIONS = pydantic.TypeAdapter(tuple[Evaluation, ...])


@dataclass(frozen=True, kw_only=True)
class CurvesChunk:
    """What a chart needs to catch up with a run."""

    width: int
    """Steps in a bucket."""
    reset: bool
    """Whether the chart must drop what it has: the width changed, or it had nothing."""
    arms: tuple[ArmCurves, ...]
    """All arms of the first seed, then all of the next one."""
    evaluations: tuple[Evaluation, ...]
    """Those since the first bucket of this chunk, oldest first, `4 * MAX_BUCKETS` of a seed."""

    def to_bytes(self, header: dict[str, Any]) -> bytes:
        """Packs the chunk for a browser.

        Layout: header length (uint32, little endian), a JSON header padded with blanks to a
        multiple of 8 bytes in all, then float32 arrays one after another at 8-byte offsets
        counted from the end of the header.

        Args:
            header: fields to stand in the JSON header beside the chunk's own.
        """
        arrays = list(self._arrays())
        described, offset = [], 0
        for arm, name, values in arrays:
            described.append({"arm": arm, "name": name, "shape": values.shape, "offset": offset})
            offset += _padded(values.nbytes)
        text = json.dumps({**header, **self._describe(), "arrays": described}).encode()
        text = text.ljust(_padded(len(text) + 4) - 4)
        body = b"".join(v.tobytes().ljust(_padded(v.nbytes), b"\0") for _, _, v in arrays)
        return struct.pack("<I", len(text)) + text + body

    def _describe(self) -> dict[str, Any]:
        # Layer names are most of a header's bytes, and a chart that goes on knows them.
        return {
            "width": self.width,
            "reset": self.reset,
            "scalars": SCALARS,
            "arms": [
                {
                    "arm": arm.arm,
                    "seed": arm.seed,
                    "label": arm.label,
                    "layers": arm.layers if self.reset else None,
                }
                for arm in self.arms
            ],
            "evaluations": [_finite(vars(evaluation)) for evaluation in self.evaluations],
        }

    def _arrays(self) -> Iterator[tuple[int, str, np.ndarray]]:
        for index, arm in enumerate(self.arms):
            yield index, "step", arm.step
            for name, values in arm.scalars.items():
                yield index, name, values
            yield index, "layer_norms", arm.layer_norms


@dataclass(frozen=True, kw_only=True)
class Profiles:
    """One quantity of one arm, measured at S steps over P positions (layers, blocks, ...)."""

    steps: np.ndarray
    """(S,) int64."""
    positions: tuple[str, ...]
    """Dotted paths, in depth order."""
    values: np.ndarray
    """(S, P) float32."""
    logs: np.ndarray | None = None
    """log10 of the values where the store keeps that instead, (S, P) float32."""


def bucket_width(num_steps: int) -> int:
    """Smallest power of two whose buckets cover `num_steps` with at most `MAX_BUCKETS`."""
    width = 1
    while num_steps > width * MAX_BUCKETS:
        width *= 2
    return width


def read_curves(run_dir: Path, *, after: int = 0, width: int = 0) -> CurvesChunk:
    """Reads what is new since a chart last asked.

    Args:
        run_dir: the run's folder.
        after: start of the newest bucket that the chart holds (it may have been half full).
        width: the bucket width that the chart uses; 0 if it holds nothing.

    Raises:
        RunError: when the store cannot be read.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        return CurvesChunk(width=1, reset=True, arms=(), evaluations=())
    with closing(connection), damaged_store_errors(run_dir):
        try:
            return _read_chunk(connection, run_dir, after, width)
        except sqlite3.OperationalError as exc:
            if "no such table" not in str(exc):
                raise
            # The worker is just making them.
            return CurvesChunk(width=1, reset=True, arms=(), evaluations=())


def read_profiles(run_dir: Path, arm: int, quantity: str, *, seed: int | None = None) -> Profiles:
    """Reads all measurements of one quantity of one arm, such as `update_ratio`.

    Args:
        run_dir: the run's folder.
        arm: its place in the run.
        quantity: its name.
        seed: from which it was trained; by default the run's first.

    Raises:
        RunError: when the run has no store, or never measured that quantity.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        raise RunError(f"Run {run_dir.name} has no metrics yet.")
    with closing(connection), damaged_store_errors(run_dir):
        layout = read_arm_layouts(connection)
        rows = connection.execute(
            "SELECT step, numbers FROM profiles WHERE arm = ? AND quantity = ? AND seed = ?"
            " ORDER BY step",
            (arm, quantity, read_seeds(connection, run_dir)[0] if seed is None else seed),
        ).fetchall()
        if rows and arm < len(layout):
            positions = layout[arm].positions[quantity]
            values = [np.frombuffer(blob, np.float32) for _, blob in rows]
            return Profiles(
                steps=np.array([step for step, _ in rows], np.int64),
                positions=positions,
                values=np.stack(values).reshape(len(rows), len(positions)),
            )
    raise RunError(f"Run {run_dir.name} has no measurement of '{quantity}' for arm {arm} yet.")


def _read_chunk(
    connection: sqlite3.Connection, run_dir: Path, after: int, width: int
) -> CurvesChunk:
    layout, seeds = read_arm_layouts(connection), read_seeds(connection, run_dir)
    (num_steps,) = connection.execute(
        "SELECT coalesce(max(start), -1) + 1 FROM curves WHERE width = 1"
    ).fetchone()
    if not 0 <= num_steps <= MOST_STEPS:
        raise ValueError(f"No run has {num_steps} steps.")
    right_width = bucket_width(num_steps)
    # After a resume the history may be shorter than what the chart holds.
    reset = width != right_width or after >= max(num_steps, 1)
    start = 0 if reset else after - after % right_width
    return CurvesChunk(
        width=right_width,
        reset=reset,
        arms=tuple(
            _read_arm(connection, Replica(index, seed), arm, start, right_width)
            for seed in seeds
            for index, arm in enumerate(layout)
        ),
        evaluations=_read_evaluations(connection, start, len(layout), len(seeds)),
    )


def _read_arm(
    connection: sqlite3.Connection, replica: Replica, arm: ArmLayout, start: int, width: int
) -> ArmCurves:
    rows = _rows_from(connection, replica, start, width)
    buckets = [
        [(end, values) for _, end, values in group]
        for _, group in itertools.groupby(rows, key=lambda row: row[0] // width)
    ]
    means = [mean_of_rows([values for _, values in bucket]) for bucket in buckets]
    with np.errstate(over="ignore"):  # a learning rate may be any number: infinite ones are gaps
        scalars = np.array([mean for mean, _ in means], np.float32).reshape(-1, len(SCALARS))
    norms = np.array([norm for _, norm in means], np.float32).reshape(len(means), len(arm.layers))
    return ArmCurves(
        arm=replica.arm,
        seed=replica.seed,
        label=arm.label,
        layers=arm.layers,
        step=np.array([bucket[-1][0] for bucket in buckets], np.float32),
        scalars={name: scalars[:, column].copy() for column, name in enumerate(SCALARS)},
        layer_norms=norms,
    )


def _rows_from(
    connection: sqlite3.Connection, replica: Replica, start: int, width: int
) -> list[tuple[int, int, tuple[Any, ...]]]:
    """Covers the run from `start` on with the coarsest rows that fit, then with finer ones."""
    covered: list[tuple[int, int, tuple[Any, ...]]] = []
    for level in (level for level in reversed(WIDTHS) if level <= width):
        found = connection.execute(
            f"SELECT start, width, {', '.join(CURVES)} FROM curves "  # noqa: S608 - own names
            "WHERE width = ? AND start >= ? AND arm = ? AND seed = ? ORDER BY start",
            (level, start, *replica),
        ).fetchall()
        covered += [(row[0], row[0] + row[1], row[2:]) for row in found]
        start = covered[-1][1] if found else start
    return covered


def _read_evaluations(
    connection: sqlite3.Connection, start: int, num_arms: int, num_seeds: int
) -> tuple[Evaluation, ...]:
    rows = connection.execute(
        "SELECT arm, step, split, loss, accuracy, seed FROM evaluations"
        " WHERE step >= ? AND arm < ? ORDER BY step DESC LIMIT ?",
        (start, num_arms, 4 * MAX_BUCKETS * num_seeds),
    ).fetchall()
    names = ("arm", "step", "split", "loss", "accuracy", "seed")
    return _EVALUATIONS.validate_python(
        tuple(dict(zip(names, row, strict=True)) for row in reversed(rows))
    )


def _finite(fields: dict[str, Any]) -> dict[str, Any]:
    # JSON has no infinity, and a browser refuses the whole header for one diverged loss.
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in fields.items()
    }


def _padded(size: int) -> int:
    return (size + 7) // 8 * 8
