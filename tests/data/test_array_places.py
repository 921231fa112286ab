"""Arrays as people have them: an npz file or npy files, in a folder, a zip or a tar."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data import array_places
from resnet_core.data.describe import describe_data
from resnet_core.errors import ArchiveError
from tests.data.array_files import noise
from tests.data.layout_trees import write_tar
from tests.data.reading import counts, load


def array_tree(tmp_path: Path, form: str) -> Path:
    """The same arrays in one of the forms in which people have them."""
    x, y = noise(40, 6, 6), np.arange(40) % 4
    arrays = {"x_train": x, "y_train": y, "x_test": x[:20], "y_test": y[:20]}
    folder = tmp_path / "in" / "set"
    folder.mkdir(parents=True)
    (folder / "LICENSE").write_text("free")
    if form.startswith("npz"):
        np.savez_compressed(folder / "blood.npz", **arrays)
    for name, array in {} if form.startswith("npz") else arrays.items():
        kind, _, part = name.partition("_")
        deep = folder / part / {"x": "images", "y": "labels"}[kind]
        path = deep if form.startswith("deep") else folder / name
        path.parent.mkdir(exist_ok=True)
        np.save(path, array)
    if form.endswith("zip"):
        return Path(shutil.make_archive(str(tmp_path / "set"), "zip", tmp_path / "in"))
    return write_tar(tmp_path / "set.tar.xz", folder, "w:xz") if form.endswith("tar") else folder


FORMS = [f"{kind} {where}" for kind in ("npz", "npy", "deep") for where in ("folder", "zip", "tar")]


@pytest.mark.parametrize("form", FORMS)
def test_arrays_are_read_wherever_they_lie(form, tmp_path):
    path = array_tree(tmp_path, form)
    assert counts(path) == {"train": [10] * 4, "test": [5] * 4}
    assert np.array_equal(load(path).test.images[..., 0], noise(40, 6, 6)[:20])
    ignored = describe_data(str(path)).ignored
    assert [(left.what, left.count) for left in ignored] == [("LICENSE", 1)]


def test_npz_within_an_archive_has_a_largest_size(tmp_path, monkeypatch):
    monkeypatch.setattr(array_places, "MAX_INNER_BYTES", 1000)
    for form in ("npz zip", "npz tar"):
        path = array_tree(tmp_path / form, form)
        with pytest.raises(ArchiveError, match=r"blood.npz' has .* MB"):
            load(path)


def test_no_pickle_within_an_archive_is_read(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    np.save(folder / "x_train.npy", np.array([Path("x")] * 4, object), allow_pickle=True)
    np.save(folder / "y_train.npy", np.arange(4) % 2)
    for path in (folder, Path(shutil.make_archive(str(folder), "zip", folder))):
        with pytest.raises(ArchiveError, match="something else than numbers in 'x_train'"):
            load(path)
