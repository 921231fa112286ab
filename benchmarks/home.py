"""A home folder of the lab for the time of a measurement."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def empty_home() -> Iterator[Path]:
    """Gives the lab an empty home folder while the context lasts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        os.environ["RESNET_LAB_HOME"] = name
        yield Path(name)
