"""What a chart is sent of a run's curves, and how it is packed for a browser."""

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pydantic

from resnet_core.runs.tables import SCALARS


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
    """Those since the first bucket of this chunk, oldest first, four a bucket and seed at most."""

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


def _finite(fields: dict[str, Any]) -> dict[str, Any]:
    # JSON has no infinity, and a browser refuses the whole header for one diverged loss.
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in fields.items()
    }


def _padded(size: int) -> int:
    return (size + 7) // 8 * 8
