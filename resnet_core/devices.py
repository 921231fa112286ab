"""Choosing a device, naming it, and saying what its errors mean."""

import contextlib
import re
from collections.abc import Iterator

import torch

from resnet_core.errors import DeviceError, OutOfMemoryError
from resnet_core.processors import cpu_name

_KNOWN = re.compile(r"cpu|mps|cuda(:[0-9]{1,4})?")
_MEMORY_WORDS = (
    *("out of memory", "can't allocate memory", "not enough memory", "bad_alloc"),
    "alloc_failed",  # cuBLAS and cuDNN, which find no room for their own work
    "invalid buffer size",  # Metal, of one tensor that is larger than it has at all
)


def resolve_device(name: str) -> torch.device:
    """Turns `auto`, `cpu`, `mps`, `cuda` or `cuda:N` into a device that is there.

    Raises:
        DeviceError: when there is no such name, or this machine does not have it.
    """
    if name == "auto":
        name = _best_device()
    if not _KNOWN.fullmatch(name):
        raise DeviceError(f"Unknown device '{name}': use auto, cpu, mps, cuda or cuda:0.")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise DeviceError(
            f"There is no device {name}: this machine has {count} CUDA device(s), use "
            f"{f'cuda:{count - 1}' if count else 'cpu'} or auto."
        )
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
    return f"CPU, {cpu_name()}, {num_threads} thread{'' if num_threads == 1 else 's'}"


def compute_with(num_threads: int) -> None:
    """Gives the calling thread so many threads of torch's, whatever others set afterwards.

    A thread that has not asked for its number yet takes, at its first operation, the one that was
    set last by anybody, also over its own (torch 2.11 to 2.14); so it asks first.
    """
    torch.get_num_threads()
    torch.set_num_threads(num_threads)


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
        raise OutOfMemoryError(_memory_sentence(batch_size)) from exc


def _memory_sentence(batch_size: int) -> str:
    if batch_size <= 1:
        return "Not enough memory for a single picture; take a smaller net, or the device cpu."
    smaller = max(1, batch_size // 4)
    return f"Not enough memory for batch {batch_size}; try {smaller}, or a smaller net."


def where_doubles_are(tensor: torch.Tensor) -> torch.Tensor:
    """Gives the tensor, on the CPU if its device has no float64, as Apple's has not."""
    return tensor.cpu() if tensor.device.type == "mps" else tensor


def device_with_doubles(name: str) -> str:
    """Names the device for what is added up in float64 all the time: the CPU for Apple's GPU.

    Raises:
        DeviceError: when there is no such device.
    """
    device = resolve_device(name)
    return "cpu" if device.type == "mps" else str(device)


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"
