"""What the kernel says of processes, and of the machine that a figure was measured on."""

import json
import os
import platform
from pathlib import Path

from resnet_core.training.lock import LOCK_NAME
from resnet_core.training.runs import run_dir


def memory_mib(process_id: int) -> float:
    """Resident memory of a process, in MiB."""
    status = Path(f"/proc/{process_id}/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kib) / 1024


def worker_of(run_id: str) -> int:
    """Number of the process that trains a run that is going."""
    return json.loads((run_dir(run_id) / LOCK_NAME).read_text())["pid"]


def hardware() -> str:
    """Cores and processor, in words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}"
