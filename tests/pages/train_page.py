"""What the Train page shows and chooses, and a worker that only holds its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from resnet_core.runs.lock import hold_lock
from resnet_core.runs.status import read_state, run_dir, write_state


@contextmanager
def living_worker(run_id: str, phase: str) -> Iterator[Path]:
    """Puts this process in the worker's place: it holds the lock and says the phase."""
    folder = run_dir(run_id)
    with hold_lock(folder):
        write_state(folder, replace(read_state(folder), phase=phase))
        yield folder


def labels(at) -> list[str]:
    return [button.label for button in at.button]
