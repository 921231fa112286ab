"""What the kernel says of processes, and of the machine that a figure was measured on."""

import json
import os
import platform
from pathlib import Path

from resnet_core.runs.lock import LOCK_NAME
from resnet_core.runs.status import run_dir


def memory_mib(process_id: int) -> float:
    """Resident memory of a process, in MiB."""
    status = Path(f"/proc/{process_id}/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kib) / 1024


def cpu_s(process_id: int) -> float:
    """Processor time that a process has used so far, all its threads together."""
    # Fields 14 and 15 of proc_pid_stat(5), counted after the name, which may hold spaces.
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def worker_of(run_id: str) -> int:
    """Number of the process that trains a run that is going."""
    return json.loads((run_dir(run_id) / LOCK_NAME).read_text())["pid"]


def hardware() -> str:
    """Cores and processor, in words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}"
