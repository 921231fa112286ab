"""Pictures: where they come from, how they are split, and how they reach the device.

Names that need torch (`DeviceSplit`, `Batch`, `to_device`, ...) are loaded on first use, so that
a page can list data sets without it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from resnet_core.data.catalogue import SourceInfo, list_sources
from resnet_core.data.dataset import DataCard, DataSet, Split
from resnet_core.data.loading import load_dataset

if TYPE_CHECKING:
    from resnet_core.data.batches import (
        Batch,
        DeviceSplit,
        assemble_batch,
        draw_step,
        evaluation_batches,
        to_device,
        training_batch,
    )

__all__ = [
    "Batch",
    "DataCard",
    "DataSet",
    "DeviceSplit",
    "SourceInfo",
    "Split",
    "assemble_batch",
    "draw_step",
    "evaluation_batches",
    "list_sources",
    "load_dataset",
    "to_device",
    "training_batch",
]

_NEED_TORCH = {
    "Batch",
    "DeviceSplit",
    "assemble_batch",
    "draw_step",
    "evaluation_batches",
    "to_device",
    "training_batch",
}


def __getattr__(name: str) -> Any:
    if name not in _NEED_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("resnet_core.data.batches"), name)
