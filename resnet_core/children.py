"""What the processes have in common that the lab starts beside others."""

import os


def modest_environment() -> dict[str, str]:
    """Gives the environment of a process that computes while others do.

    Threads that wait for each other sleep instead of spinning: on busy cores a step of a small net
    took nine times as long where they spun (docs/benchmarks.md). Who sets the policy decides.
    """
    return {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
