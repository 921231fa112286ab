"""What every test shares: one thread for torch, and a home that is nobody's."""

import os
from collections.abc import Iterator

import pytest

# Before torch is loaded, and inherited by workers: two test processes share two cores, and threads
# that wait for each other are slower than one that does not.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield
