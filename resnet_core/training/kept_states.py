"""When a run keeps its state for forks: evenly, within a share of its time and of the disk."""

import contextlib
import shutil
import time
from pathlib import Path

import torch

from resnet_core.errors import StorageError
from resnet_core.runs.kept import (
    MOST_KEPT_BYTES,
    forget_kept_after,
    list_kept,
    steps_between,
    write_kept,
)
from resnet_core.training.arms import Arm
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.state import encode_state

MOST_TIME_SHARE = 0.02
"""Share of the time spent training that keeping states may take."""
_SHORT_S = 0.5
"""What it may take of any run, s: in a run of seconds nobody waits for it."""
_LEAST_FREE_BYTES = 2**28


class StateKeeper:
    """Keeps the states of one run while it trains."""

    def __init__(self, run_dir: Path, lockstep: Lockstep) -> None:
        """Takes up what the run has kept so far, and gives up what lies past its step."""
        self._run_dir, self._lockstep = run_dir, lockstep
        forget_kept_after(run_dir, lockstep.step)
        self._last_step = max((kept.step for kept in list_kept(run_dir)), default=0)
        self._began_s = lockstep.time_s
        self._num_bytes = 0
        self._spent_s = self._last_cost_s = 0.0

    def is_due(self) -> bool:
        """Tells whether the state of this step is to be kept."""
        spacing = steps_between(self._lockstep.num_steps, self._num_bytes)
        if spacing is None or self._lockstep.is_done:
            return False
        next_step = (self._last_step // spacing + 1) * spacing
        return self._lockstep.step >= next_step and self._is_affordable()

    def keep(self) -> None:
        """Keeps the state, if there is space and it can be gone on from.

        The caller has drained the telemetry.
        """
        started = time.perf_counter()
        self._last_step = self._lockstep.step
        if all(_is_finite(arm) for arm in self._lockstep.active_arms):
            content = encode_state(self._run_dir / "checkpoints", self._lockstep)
            self._num_bytes = len(content)
            # A run does not fail, nor wait, for want of something that only forks look at.
            with contextlib.suppress(StorageError):
                if self._has_space():
                    write_kept(self._run_dir, self._lockstep.step, content)
        self._last_cost_s = time.perf_counter() - started
        self._spent_s += self._last_cost_s

    def _is_affordable(self) -> bool:
        trained_s = self._lockstep.time_s - self._began_s
        allowed_s = max(_SHORT_S, MOST_TIME_SHARE * trained_s)
        return self._spent_s + self._last_cost_s <= allowed_s

    def _has_space(self) -> bool:
        try:
            free = shutil.disk_usage(self._run_dir).free
        except OSError:
            return False
        return self._num_bytes <= MOST_KEPT_BYTES and free - self._num_bytes > _LEAST_FREE_BYTES


def _is_finite(arm: Arm) -> bool:
    """Tells whether the last update left numbers; the next loss says why where it did not."""
    weights = [value for value in arm.model.state_dict().values() if value.is_floating_point()]
    norms = torch._foreach_norm(weights)  # pyright: ignore[reportPrivateImportUsage]
    return bool(torch.stack(norms).isfinite().all())
