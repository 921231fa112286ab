"""Choosing a device, naming it, and saying what its errors mean."""

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from resnet_core.errors import DeviceError, OutOfMemoryError
from resnet_core.processors import cpu_name

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")
_KNOWN = re.compile(r"cpu|mps|cuda(:[0-9]{1,4})?")
_MEMORY_WORDS = (
    *("out of memory", "can't allocate memory", "not enough memory", "bad_alloc"),
    "alloc_failed",  # cuBLAS and cuDNN, which find no room for their own work
    # cuDNN that tries algorithms, none of which finds room: torch keeps to itself why each failed.
    *("unable to find an engine", "unable to find a valid cudnn algorithm"),
    "invalid buffer size",  # Metal, of one tensor that is larger than it has at all
    "insufficient memory",  # Metal, of work that was handed to it
)
_CPU_WORDS = ("cpuallocator", "bad_alloc")


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


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that memory did not suffice.

    torch reports it as `OutOfMemoryError` on a GPU and as a bare `RuntimeError` on the CPU.
    """
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and _speaks_of(error, _MEMORY_WORDS)


def in_want_of_memory(error: BaseException) -> OutOfMemoryError | None:
    """Gives what is told of an error that nobody expected, if it is for want of memory."""
    if not lacks_memory(error):
        return None
    elsewhere = "" if _is_the_cpus(error) else ", or the device cpu"
    return OutOfMemoryError(
        f"Not enough memory for this; take fewer pictures or a smaller net{elsewhere}, or end "
        "other programs and runs."
    )


def memory_errors(batch_size: int, *, num_nets: int = 1) -> contextlib.AbstractContextManager[None]:
    """Turns a device's out-of-memory error into one that suggests a batch that may fit.

    Args:
        batch_size: pictures that pass together.
        num_nets: nets that are trained side by side.
    """
    return _told(lambda error: _batch_sentence(error, batch_size, num_nets))


def answers_in_parts(
    items: Sequence[_Item], answer: Callable[[Sequence[_Item]], Sequence[_Answer]]
) -> list[_Answer]:
    """Asks about all items at once, or in ever smaller parts where memory does not suffice.

    For whoever chose the number by himself, so that nobody can be told to choose a smaller one.

    Args:
        items: at least one.
        answer: gives as many answers as it gets items; it raises `OutOfMemoryError`.

    Raises:
        OutOfMemoryError: when not even a single item fits.
    """
    try:
        return list(answer(items))
    except OutOfMemoryError:
        if len(items) == 1:
            raise
    size = max(1, len(items) // 4)
    parts = (items[first : first + size] for first in range(0, len(items), size))
    return [found for part in parts for found in answers_in_parts(part, answer)]


def picture_errors(
    count: int, num_bytes: int, device: torch.device
) -> contextlib.AbstractContextManager[None]:
    """Turns an out-of-memory error into one that says that the pictures alone are too many.

    Args:
        count: pictures that are brought to the device, all of them.
        num_bytes: that they need there.
        device: where they go.
    """
    elsewhere = "" if device.type == "cpu" else ", or the device cpu"
    sentence = (
        f"Not enough memory for {count:,} pictures on {device}, which need {num_bytes / 2**30:.2f} "
        f"GiB there before a net sees them: use fewer of them{elsewhere}."
    )
    return _told(lambda error: sentence)


@contextlib.contextmanager
def _told(sentence: Callable[[BaseException], str]) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as exc:
        if not lacks_memory(exc):
            raise
        raise OutOfMemoryError(sentence(exc)) from exc


def _batch_sentence(error: BaseException, batch_size: int, num_nets: int) -> str:
    if batch_size > 1:
        nets, fewer = (f" of {num_nets} nets", "fewer nets, ") if num_nets > 1 else ("", "")
        return (
            f"Not enough memory for batch {batch_size}{nets}; try {max(1, batch_size // 4)}, "
            f"{fewer}or a smaller net."
        )
    elsewhere = "" if _is_the_cpus(error) else ", or the device cpu"
    return f"Not enough memory for a single picture; take a smaller net{elsewhere}."


def _is_the_cpus(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or _speaks_of(error, _CPU_WORDS)


def _speaks_of(error: BaseException, words: tuple[str, ...]) -> bool:
    return any(word in str(error).lower() for word in words)


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
