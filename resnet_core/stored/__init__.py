"""Stored measurements: what pages show of their defaults before anything is measured here.

A command makes them (`python -m resnet_core store`).  Each says what it was asked and which code
measured it, and is used only where both are the same still.
"""

from resnet_core.stored.files import StoredMeasurement, stored_measurement
from resnet_core.stored.plan import list_storables, store_measurement

__all__ = [
    "StoredMeasurement",
    "list_storables",
    "store_measurement",
    "stored_measurement",
]
