"""How many pictures of a split a net of a run was right on."""

from pathlib import Path

import numpy as np

from resnet_core.comparing.shared_steps import opened_store
from resnet_core.config import Replica
from resnet_core.runs.layout import damaged_store_errors

_ANSWERS = (
    "SELECT num_pictures, bits FROM answers WHERE arm = ? AND seed = ? AND split = ? AND step = ?"
)


def count_right(run_dir: Path, replica: Replica, split: str, step: int) -> tuple[int, int] | None:
    """Counts right answers and pictures of an evaluation; `None` where the run made none.

    Raises:
        RunError: when the run has no metrics, or they cannot be read.
    """
    with opened_store(run_dir) as connection, damaged_store_errors(run_dir):
        row = connection.execute(_ANSWERS, (*replica, split, step)).fetchone()
        if row is None:
            return None
        count, bits = row
        marks = np.unpackbits(np.frombuffer(bits, np.uint8), count=count)
        return int(marks.sum()), int(count)
