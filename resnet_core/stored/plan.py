"""Which measurements are stored, and how they are made."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from resnet_core.progress import Progress, ignore_progress
from resnet_core.stored.code import code_fingerprint
from resnet_core.stored.files import StoredMeasurement, StoredQuestion, write_stored


@dataclass(frozen=True, kw_only=True)
class Storable:
    """A measurement of a page's defaults."""

    name: str
    """Of its file."""
    question: Callable[[], StoredQuestion]
    """Gives what is asked."""
    measure: Callable[[Progress], Any]
    """Answers it."""
    modules: tuple[str, ...]
    """Files below `resnet_core` whose code decides on the answer."""

    @property
    def code(self) -> str:
        """Fingerprint of that code."""
        return code_fingerprint(self.modules)


@cache
def list_storables() -> dict[str, Storable]:
    """All measurements that are stored, by name."""
    from resnet_core.stored.gradients import GRADIENT_STORABLES
    from resnet_core.stored.landscapes import LANDSCAPE_STORABLES
    from resnet_core.stored.lesions import LESIONS_STORABLE
    from resnet_core.stored.responses import RESPONSES_STORABLE

    storables = (
        *GRADIENT_STORABLES,
        RESPONSES_STORABLE,
        LESIONS_STORABLE,
        *LANDSCAPE_STORABLES,
    )
    return {each.name: each for each in storables}


def store_measurement(storable: Storable, *, progress: Progress = ignore_progress) -> Path:
    """Measures one, and writes it in place of the former one.

    Raises:
        ResNetLabError: when it cannot be measured or written.
    """
    import torch

    from resnet_core.devices import describe_device

    result = storable.measure(progress)
    return write_stored(
        storable.name,
        StoredMeasurement(
            result=result,
            date=datetime.now(UTC).date().isoformat(),
            hardware=describe_device(torch.device("cpu")),
            code=storable.code,
            question=json.loads(json.dumps(storable.question())),
        ),
    )
