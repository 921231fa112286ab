"""What every test shares: one thread for torch, and a home that is nobody's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before torch is loaded, and inherited by workers: two test processes share two cores, and threads
# that wait for each other are slower than one that does not.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def decoding_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A home that all test processes share: a set that takes long is decoded in it once."""
    own = tmp_path_factory.getbasetemp()
    home = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "decoding"
    monkeypatch.setenv("RESNET_LAB_HOME", str(home))
    return home
