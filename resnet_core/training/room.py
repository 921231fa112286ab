"""Whether a batch can fit a machine's memory at all, asked before the system ends the process.

A GPU says itself when its memory is full. A CPU's system promises memory that it does not have, and
then ends whoever asks for it, without a word.
"""

import contextlib
import os
from dataclasses import replace

import torch

from resnet_core.config import ArmConfig, ExperimentConfig
from resnet_core.data import DataCard
from resnet_core.errors import OutOfMemoryError
from resnet_core.models import measure_cost

_MIB_IN_GIB = 1024
_SPARED = 2
"""By how much a suggested batch stays below what the maps alone would fill."""


def memory_mib() -> float | None:
    """Memory of this machine, MiB; `None` where the system does not tell it."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    return None


def refuse_endless_batch(config: ExperimentConfig, card: DataCard, device: torch.device) -> None:
    """Refuses a batch whose maps alone fill more than a machine has, before the first step.

    Raises:
        OutOfMemoryError: with a batch that may fit.
    """
    there = memory_mib() if device.type == "cpu" else None
    if there is None:
        return
    training = config.training
    share = 0.5 if training.precision == "bfloat16" else 1.0
    # A net that begins from a trained one may be frozen, and then keeps next to nothing.
    needs = {a.label: share * _mib_of_picture(a, card) for a in config.arms if a.start is None}
    label, of_one = max(needs.items(), key=lambda need: need[1], default=("", 0.0))
    needed = of_one * training.batch_size
    if needed > there:
        raise OutOfMemoryError(
            f"Not enough memory for batch {training.batch_size:,}: {label} keeps maps of "
            f"{needed / _MIB_IN_GIB:,.0f} GiB in each step, and this machine has "
            f"{there / _MIB_IN_GIB:,.0f} GiB; try {max(1, int(there / of_one / _SPARED)):,}, or a "
            "smaller net."
        )


def _mib_of_picture(arm: ArmConfig, card: DataCard) -> float:
    model = replace(arm.model, in_channels=card.channels, num_classes=len(card.class_names))
    return measure_cost(model, card.image_size_px).activation_mib
