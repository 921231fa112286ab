from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.models.conftest import one_thread  # noqa: F401 - fixture


@pytest.fixture(scope="package", autouse=True)
def home(tmp_path_factory):
    """Nothing that a test decodes is left where the person's data are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="package")
def gray_pictures(tmp_path_factory) -> Path:
    """A folder of gray pictures, 8x8, of three classes."""
    folder = tmp_path_factory.mktemp("gray")
    random = np.random.default_rng(0)
    for name in ("ant", "bee", "cat"):
        (folder / name).mkdir()
        for number in range(20):
            pixels = random.integers(0, 256, (8, 8), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder
