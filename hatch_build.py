"""What the package needs, read from the requirements that `make` installs."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_REQUIREMENT = re.compile(r"[A-Za-z0-9]")


class RequirementsHook(MetadataHookInterface):
    """Fills in `dependencies` and the extras that `pyproject.toml` names; hatchling calls it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Reads the files; an extra takes its ranges from what its tests want."""
        tested = _requirements(Path(self.root) / "tests" / "requirements.txt")
        wished = _requirements(Path(self.root) / "tests" / "extras.txt")
        by_name = {re.split(r"[\[<>=]", line)[0]: line for line in (*tested, *wished)}
        metadata["dependencies"] = _requirements(Path(self.root) / "requirements.txt")
        metadata["optional-dependencies"] = {
            extra: [by_name[name] for name in names]
            for extra, names in self.config["extras"].items()
        } | {"test": tested}


def _requirements(path: Path) -> list[str]:
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [line for line in lines if _REQUIREMENT.match(line)]
