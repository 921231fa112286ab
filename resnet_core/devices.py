"""Choosing a device, naming it, and saying what its errors mean."""

import contextlib
import platform
from collections.abc import Iterator
from pathlib import Path

import torch

from resnet_core.errors import DeviceError, OutOfMemoryError

_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "bad_alloc")


def resolve_device(name: str) -> torch.device:
    """Turns `auto`, `cpu`, `mps`, `cuda` or `cuda:N` into a device that is there.

    Raises:
        DeviceError: when this machine does not have it.
    """
    if name == "auto":
        name = _best_device()
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise DeviceError(f"There is no device {name}: this machine has {count} CUDA device(s).")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("There is no MPS device on this machine: use cpu.")
    return torch.device("cuda:0") if name == "cuda" else device


def describe_device(device: torch.device) -> str:
    """Names the hardware behind a device for cards and pages."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    num_threads = torch.get_num_threads()
    return f"CPU, {_cpu_name()}, {num_threads} thread{'' if num_threads == 1 else 's'}"


@contextlib.contextmanager
def memory_errors(batch_size: int) -> Iterator[None]:
    """Turns a device's out-of-memory error into one that suggests a batch that may fit.

    torch reports it as `OutOfMemoryError` on a GPU and as a bare `RuntimeError` on the CPU.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as exc:
        is_memory = isinstance(exc, (torch.OutOfMemoryError, MemoryError))
        if not is_memory and not any(word in str(exc).lower() for word in _MEMORY_WORDS):
            raise
        smaller = max(1, batch_size // 4)
        raise OutOfMemoryError(
            f"Not enough memory for batch {batch_size}; try {smaller}, or a smaller net."
        ) from exc


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
