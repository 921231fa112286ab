"""Files that are no data set that is read: what each is, and what to do."""

from pathlib import Path

from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

_ALLOWED = "give a folder, a zip or tar archive, or a parquet or npz file"
_UNPACK = "unpack it, and give the folder"
_CONVERT = "save its pictures and labels as arrays in an npz file (x_train, y_train)"
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"7z\xbc\xaf\x27\x1c", f"is a 7z archive: {_UNPACK}"),
    (b"Rar!", f"is a rar archive: {_UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"is packed with zstd: {_UNPACK}"),
    (b"\x04\x22\x4d\x18", f"is packed with lz4: {_UNPACK}"),
    (b"\x1f\x9d", f"is packed with compress: {_UNPACK}"),
    (b"\x89HDF", f"is an HDF5 file: {_CONVERT}"),
    (b"MATLAB 7.3", f"is a file of MATLAB 7.3, which is HDF5: {_CONVERT}"),
    (b"\x93NUMPY", "is one numpy array: give the folder with the pictures' and the labels' arrays"),
    (b"ARROW1", "is an Arrow file: save the data set as parquet"),
    (b"SQLite format 3", f"is an SQLite database: {_ALLOWED}"),
    (b"version https://git-lfs", "is a Git LFS pointer, not the data: run `git lfs pull`"),
    (b"\x80", f"is a pickle, which could run code when read: {_CONVERT}"),
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*")
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
_LOOKED_AT = 512


def refuse_file(path: Path) -> DataError:
    """Says of a file that it is no data set, and what to do.

    Args:
        path: the file, which is none of those that are read.
    """
    return DataError(f"'{plain_name(path.name)}' {_sentence(path)}.")


def _sentence(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    if not start:
        return f"is empty: {_ALLOWED}"
    if not start.strip(b"\0"):
        return "begins with nothing but zeros: it is an archive of no files, or its copy broke off"
    for beginning, sentence in _STARTS:
        if start.startswith(beginning):
            return sentence
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head")):
        return "is a web page that a download left instead of the file: download it again"
    if start.startswith(_PICTURES):
        return "is one picture: give the folder with one folder of pictures for each class"
    if start.startswith(_PACKED):
        return f"is packed, and is no tar archive, or a damaged one: {_UNPACK}"
    if path.suffix.lower() in (".csv", ".tsv", ".jsonl", ".json", ".txt"):
        return "is a table or a text: give the folder with it and the pictures that it names"
    return f"is neither a zip or tar archive nor a parquet or npz file: {_ALLOWED}"
