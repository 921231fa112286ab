"""What this CPU is called, and whether it computes in bfloat16 by itself; no torch is needed."""

import platform
from pathlib import Path

_INFO = Path("/proc/cpuinfo")
_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")
"""How processors that have it say so: two kinds of x86, and ARM."""


def cpu_name(info: Path = _INFO) -> str:
    """The CPU's own name, or its kind where the system does not tell."""
    return _entry(info, "model name") or platform.processor() or platform.machine()


def has_bfloat16(info: Path = _INFO) -> bool | None:
    """Whether the CPU has instructions for bfloat16; `None` where the system does not tell."""
    words = (_entry(info, "flags") or _entry(info, "features")).split()
    return any(word in words for word in _BFLOAT16) if words else None


def bfloat16_sentence(has_it: bool | None) -> str:
    """What a person is told who trains in bfloat16 on a CPU; nothing where it has that, or may.

    Args:
        has_it: as `has_bfloat16` found.
    """
    if has_it is not False:
        return ""
    return (
        "This CPU has no instructions for bfloat16 (neither avx512_bf16 nor amx_bf16), so steps "
        "take longer in it than in float32: train in float32 here."
    )


def _entry(info: Path, name: str) -> str:
    """An entry of the first processor that Linux lists, or nothing."""
    if not info.is_file():
        return ""
    for line in info.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip().lower() == name:
            return value.strip()
    return ""
