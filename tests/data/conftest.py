import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_core.config import DataConfig
from resnet_core.data import DataSet, load_dataset
from tests.data.cifar_batches import cifar_files, write_archive
from tests.data.layout_trees import several, write_tree


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """The embedded set, drawn once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(tmp_path_factory.mktemp("synthetic")))
        return load_dataset(DataConfig())


@pytest.fixture(scope="session")
def shared_data() -> Iterator[Path]:
    """The folder of real inputs, where this machine has one."""
    repository = Path(__file__).resolve().parents[2]
    root = Path(os.environ.get("RESNET_LAB_SHARED", repository.parent / "shared")) / "data"
    if not root.is_dir():
        pytest.skip(f"no real inputs at {root}: set RESNET_LAB_SHARED")
    yield root


def save_picture(
    path: Path, seed: int, size: tuple[int, int] = (12, 12), mode: str = "RGB"
) -> None:
    """Saves noise of a seed as a picture, its format told by the suffix."""
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def save_class_folders(root: Path, classes: dict[str, int], **options) -> Path:
    """Saves so many pictures of each class."""
    for number, (name, count) in enumerate(classes.items()):
        for index in range(count):
            save_picture(root / name / f"{index:03}.png", number * 1000 + index, **options)
    return root


@pytest.fixture
def cifar(tmp_path: Path) -> Path:
    """CIFAR-10's archive with few pictures; unpacked, too, in the folder `unpacked` beside it."""
    archive = write_archive(
        tmp_path / "cifar-10-python.tar.gz", "cifar-10-batches-py", cifar_files()
    )
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    return archive


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Class folders in two split folders."""
    pictures = [path for name in ("cat", "dog") for path in several(f"train/{name}", 6)]
    return write_tree(
        tmp_path / "pets", [*pictures, *several("test/cat", 2), *several("test/dog", 3)]
    )
