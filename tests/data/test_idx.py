import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets.mnist import read_image_file, read_label_file

from resnet_core.config import DataConfig
from resnet_core.data import load_dataset
from resnet_core.errors import ArchiveError, DataError

pytestmark = pytest.mark.usefixtures("home")

DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def write_idx(folder: Path, count: int = 40, *, packed: bool = True, size: int = 9) -> Path:
    folder.mkdir(exist_ok=True)
    generator = np.random.default_rng(0)
    for prefix in ("train", "t10k"):
        images = generator.integers(0, 256, (count, size, size), np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        for name, values in (("images-idx3", images), ("labels-idx1", labels)):
            header = struct.pack(f">{1 + values.ndim}I", 0x800 + values.ndim, *values.shape)
            content = header + values.tobytes()
            if packed:
                path, content = folder / f"{prefix}-{name}-ubyte.gz", gzip.compress(content)
            else:
                path = folder / f"{prefix}-{name}-ubyte"
            path.write_bytes(content)
    return folder


@pytest.mark.parametrize("packed", [True, False])
def test_idx_folder_is_read_as_gray_pictures(tmp_path, packed):
    data = load_dataset(DataConfig(source=str(write_idx(tmp_path / "digits", packed=packed))))
    assert (data.card.channels, data.card.image_size_px, data.card.num_classes) == (1, 9, 10)
    assert data.test.images.shape == (40, 9, 9, 1)


def test_idx_folder_equals_torchvisions_reading(tmp_path):
    folder = write_idx(tmp_path / "digits", packed=False)
    data = load_dataset(DataConfig(source=str(folder)))
    images = read_image_file(str(folder / "t10k-images-idx3-ubyte")).numpy()
    labels = read_label_file(str(folder / "t10k-labels-idx1-ubyte")).numpy()
    assert np.array_equal(data.test.images[..., 0], images)
    assert np.array_equal(data.test.labels, labels)


def test_idx_pictures_are_resized_when_asked(tmp_path):
    folder = write_idx(tmp_path / "digits")
    data = load_dataset(DataConfig(source=str(folder), image_size_px=16))
    assert data.train.images.shape[1:] == (16, 16, 1)


@pytest.mark.parametrize("damage", ["cut", "empty", "header", "labels", "pickle", "huge"])
def test_damaged_idx_files_are_refused_in_one_sentence(tmp_path, damage):
    folder = write_idx(tmp_path / "digits")
    path = folder / "train-images-idx3-ubyte.gz"
    content = gzip.decompress(path.read_bytes())
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-50])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "header":
        path.write_bytes(gzip.compress(content[:10]))
    elif damage == "pickle":
        path.write_bytes(gzip.compress(b"\x80\x04" + content))
    elif damage == "huge":
        path.write_bytes(gzip.compress(struct.pack(">4I", 0x803, 2**31, 28, 28)))
    else:
        (folder / "train-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(struct.pack(">2I", 0x801, 39) + bytes(39))
        )
    with pytest.raises(ArchiveError) as caught:
        load_dataset(DataConfig(source=str(folder)))
    assert "\n" not in str(caught.value)
    assert "idx" in str(caught.value)


def test_idx_folder_without_test_files_is_no_data_set(tmp_path):
    folder = write_idx(tmp_path / "digits")
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="digits"):
        load_dataset(DataConfig(source=str(folder)))


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_fashion_mnist_is_found_where_debian_puts_it():
    data = load_dataset(DataConfig(source="fashion-mnist"))
    assert data.card.class_names[9] == "Ankle boot"
    assert np.bincount(data.test.labels).tolist() == [1000] * 10
    # The published mean and standard deviation of the 60,000 training pictures.
    np.testing.assert_allclose(data.card.mean, 0.2860, atol=5e-5)
    np.testing.assert_allclose(data.card.std, 0.3530, atol=5e-5)
