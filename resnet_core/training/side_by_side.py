"""Arms that train at the same time, each in a thread of its own with its share of the cores.

A small net's operations are too short to be split: two threads on one arm after the other wait for
each other most of the time, where two arms on a thread each never do.  Each arm computes what it
would compute alone with as many threads, so pausing, stepping and resuming change no bit.
"""

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from resnet_core.config import ExperimentConfig
from resnet_core.config.plugins import VARIABLE
from resnet_core.devices import compute_with

_Arm = TypeVar("_Arm")
_Result = TypeVar("_Result")


def share_threads(config: ExperimentConfig, device: torch.device) -> int | None:
    """Says how many threads each arm gets; it decides how sums are rounded.

    Returns:
        `None` where arms take turns with all threads: on a GPU, alone, or where a person chose the
        number of threads.
    """
    if device.type != "cpu" or config.num_threads is not None or len(config.arms) < 2:
        return None
    return max(1, torch.get_num_threads() // len(config.arms))


def run_each(
    arms: Sequence[_Arm], work: Callable[[_Arm], _Result], num_threads: int | None
) -> Iterator[_Result]:
    """Trains or evaluates each arm, as many at a time as there are cores for.

    Args:
        arms: arms that have nothing in common but the batch.
        work: what is done with one of them.
        num_threads: threads of each, from `share_threads`.

    Returns:
        What comes of each, in their order, while those behind are still going; whoever does not
        take all of it may leave some arms without their turn.
    """
    if num_threads is None:
        return map(work, arms)
    at_once = max(1, torch.get_num_threads() // num_threads)
    if os.environ.get(VARIABLE):
        at_once = 1  # they may draw from torch's one generator, which the lab's own nets never do
    return _pool(num_threads, at_once).map(work, arms)


@functools.cache
def _pool(num_threads: int, at_once: int) -> ThreadPoolExecutor:
    # OpenMP keeps the number for each thread, so the main thread goes on with its own.
    return ThreadPoolExecutor(at_once, "arm", initializer=compute_with, initargs=(num_threads,))
