"""Writes `tests/lock.txt` from pip's report of what it would install: `make lock` calls it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent / "lock.txt"
HEADING = """\
# What continuous integration runs with: the newest releases that the two requirements.txt allow,
# made by `make lock` on Python {python}.  Other versions of Python take the ranges instead.
"""


def lock_lines(report: dict[str, Any]) -> list[str]:
    """One `name==version` a package, without the address that this machine found it at."""
    packages = [item["metadata"] for item in report["install"]]
    # `2.14.0+cpu` is one machine's build of 2.14.0, which `==2.14.0` admits as well.
    pins = {canonical(each["name"]): each["version"].split("+")[0] for each in packages}
    return [f"{name}=={pins[name]}" for name in sorted(pins)]


def canonical(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    lines = lock_lines(json.load(sys.stdin))
    LOCK.write_text(HEADING.format(python=python) + "\n".join(lines) + "\n")
