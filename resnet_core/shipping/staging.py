"""A folder that is there as a whole or not at all, whatever happens while it is filled."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from resnet_core.atomic import storage_errors
from resnet_core.errors import ConfigError


@contextlib.contextmanager
def whole_folder(target: Path, *, source: Path) -> Iterator[Path]:
    """Gives an empty folder to fill, which takes its place once nothing went wrong.

    Until then what stands there stays, and nobody who lists the place sees a half.

    Args:
        target: where it goes; what stood there makes way.
        source: the run's own folder, which never makes way.

    Raises:
        ConfigError: when both are one folder.
        StorageError: when it cannot be written.
    """
    if target.resolve() == source.resolve():
        raise ConfigError(f"'{target.name}' there is the run's own folder: name another place.")
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".filling-", dir=target.parent) as place:
            filled = Path(place) / target.name
            filled.mkdir()
            yield filled
            if target.exists():
                shutil.rmtree(target)
            filled.rename(target)
