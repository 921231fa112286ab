"""An object whose pickle does something when it is read."""

from pathlib import Path


class Villain:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))
