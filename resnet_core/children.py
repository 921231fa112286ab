"""What the processes have in common that the lab starts beside others."""

import os

from resnet_core.paths import home_dir

_KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(2**26),
    "MALLOC_MMAP_THRESHOLD_": str(2**25),  # the largest that mallopt(3) takes
}


def modest_environment() -> dict[str, str]:
    """Gives the environment of a process that computes while others do.

    Threads that wait for each other sleep instead of spinning: on busy cores a step of a small net
    took nine times as long where they spun (docs/benchmarks.md). And the C library keeps what a
    step frees for the next one: given back to the system, it came anew page by page, 5,000 times a
    step of the demo. Who sets one of these decides. A home that is named from this process's folder
    is named in full, as children run in another.
    """
    own = {"OMP_WAIT_POLICY": "PASSIVE", **_KEEP_MEMORY, **os.environ}
    return own | {"RESNET_LAB_HOME": str(home_dir())} if own.get("RESNET_LAB_HOME") else own
