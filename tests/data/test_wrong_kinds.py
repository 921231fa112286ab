"""What is no data set, or more than one, is called what it is."""

import gzip
import shutil

import pytest

from resnet_core.errors import DataError
from tests.data.array_files import noise, write_idx
from tests.data.reading import load

pytestmark = pytest.mark.usefixtures("home")


def test_several_kinds_of_sets_in_one_folder_are_refused(cifar, tmp_path):
    write_idx(tmp_path / "unpacked" / "MNIST" / "raw", "train", noise(20, 5, 5), [0, 1] * 10)
    with pytest.raises(DataError, match="holds several data sets"):
        load(tmp_path / "unpacked")


def test_arrays_within_a_zip_are_told_to_be_unpacked(tmp_path):
    write_idx(tmp_path / "digits", "train", noise(20, 5, 5), [0, 1] * 10)
    shutil.make_archive(str(tmp_path / "digits"), "zip", tmp_path / "digits")
    with pytest.raises(DataError, match="unpack it, and give the folder"):
        load(tmp_path / "digits.zip")


OTHERS = {
    b"": "is empty",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive: unpack it",
    b"Rar!\x1a\x07": "is a rar archive: unpack it",
    b"\x89HDF\r\n": "is an HDF5 file: save its pictures",
    b"\x93NUMPY\1\0": "is one numpy array",
    b"\x80\x04cos\nsystem\n": "is a pickle, which could run code",
    b"<!DOCTYPE html>": "is a web page",
    b"version https://git-lfs.github.com/spec/v1": "is a Git LFS pointer",
    b"\xff\xd8\xff\xe0": "is one picture: give the folder",
    gzip.compress(b"not a tar" * 100, mtime=0): "is packed, and is no tar archive",
    b"\0" * 99: "begins with nothing but zeros",
    b"\1" * 99: "neither a zip or tar archive nor a parquet or npz file",
}


@pytest.mark.parametrize("content", OTHERS)
def test_file_of_another_kind_is_called_what_it_is(content, tmp_path):
    (tmp_path / "set.dat").write_bytes(content)
    with pytest.raises(DataError, match=OTHERS[content]):
        load(tmp_path / "set.dat")
