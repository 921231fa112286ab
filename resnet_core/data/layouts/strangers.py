"""Files that hold pictures or labels in a form that is not read: what each is, and what to do.

They are asked of when no classes were found, so that the sentence speaks of what lies there.
"""

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from resnet_core.data.layouts.sorting import is_surely_picture, name_some

_MOST_LOOKED_AT = 20
_FEW_TEXTS = 1
_SHEETS = (".xlsx", ".xls", ".ods", ".numbers")
_BOX = re.compile(rb"\s*\d+(\s+([01]|[01]?\.\d+)){4,}\s*")
_AS_ARRAYS = "save its pictures and labels as arrays in an npz file (x_train, y_train)"
_AS_TABLE = "write a labels.csv beside the pictures, with the columns file and label"
_CUT = (
    "a net of this lab gives a picture one class: cut the objects out into a folder for each class"
)


@dataclass(frozen=True)
class _Kind:
    """A kind of file by the ending of its name."""

    endings: re.Pattern[str]
    what: str
    advice: str


def _kind(endings: str, what: str, advice: str) -> _Kind:
    return _Kind(re.compile(rf".*\.({endings})", re.I), what, advice)


_ARRAYS = (
    _kind(
        "mat",
        "files of MATLAB",
        "give the one, unpacked, that holds pictures X and labels y; or read them with "
        f"scipy.io.loadmat, and {_AS_ARRAYS}",
    ),
    _kind("h5|hdf5", "HDF5 files", f"read them with h5py, and {_AS_ARRAYS}"),
    _kind("pkl|pickle", "pickles, which could run code when read", _AS_ARRAYS),
    _kind(r"tfrecords?(-.*)?", "records of TensorFlow", f"read them with it, and {_AS_ARRAYS}"),
    _kind("arrow", "Arrow files", "load the set with `datasets`, and save it by to_parquet"),
    _kind("mdb|lmdb", "an LMDB database", f"read it, and {_AS_ARRAYS}"),
    _kind(
        "bin",
        "files of bare numbers",
        f"of CIFAR or STL-10 give their whole folder; of another set {_AS_ARRAYS}",
    ),
    _kind("cls", "a WebDataset", "unpack it, and put the pictures of each class into a folder"),
)
"""Pictures as numbers."""


def stranger_sentence(paths: Sequence[str], read: Callable[[str], bytes] | None) -> str:
    """Says which files hold what is not read, as the rest of a sentence; else an empty text.

    Args:
        paths: everything that lies there.
        read: reads one of them; `None` where none can be read.
    """
    pictures = [path for path in paths if is_surely_picture(path)]
    if not pictures:
        return _arrays(paths) or _pixels(paths, read)
    return _labels(paths, pictures, read)


def _arrays(paths: Sequence[str]) -> str:
    for kind in _ARRAYS:
        found = [path for path in paths if kind.endings.fullmatch(path)]
        if found:
            return f"holds no pictures but {kind.what} ({name_some(found)}): {kind.advice}."
    return ""


def _pixels(paths: Sequence[str], read: Callable[[str], bytes] | None) -> str:
    for path in [p for p in paths if p.lower().endswith(".csv")][:_MOST_LOOKED_AT] if read else ():
        first = read(path).partition(b"\n")[0].lower() if read else b""
        if b"pixel" in first or first.count(b",") > 63:
            return (
                f"holds no pictures but a table of their pixels ('{name_some([path])}'): "
                f"{_AS_ARRAYS}."
            )
    return ""


def _labels(
    paths: Sequence[str], pictures: Sequence[str], read: Callable[[str], bytes] | None
) -> str:
    ending = {posixpath.splitext(path)[1].lower() for path in paths}
    stems = {posixpath.basename(posixpath.splitext(path)[0]) for path in pictures}
    for_one = {
        kind: [
            path
            for path in paths
            if path.lower().endswith(kind)
            and posixpath.basename(posixpath.splitext(path)[0]) in stems
        ]
        for kind in (".xml", ".json", ".txt", ".cls")
    }
    if for_one[".cls"]:
        return (
            "is a WebDataset, whose classes stand in a file beside each picture "
            f"({name_some(for_one['.cls'])}): put the pictures of each class into a folder."
        )
    if for_one[".xml"] or for_one[".json"]:
        found = for_one[".xml"] or for_one[".json"]
        return f"describes the objects in each picture ({name_some(found)}): {_CUT}."
    boxes = for_one[".txt"][:_MOST_LOOKED_AT] if read else []
    if any(_BOX.match(read(path)) for path in boxes if read):
        return f"holds boxes around the objects in each picture ({name_some(boxes)}): {_CUT}."
    if len(for_one[".txt"]) > _FEW_TEXTS and 2 * len(for_one[".txt"]) > len(pictures):
        return f"has a text beside each picture ({name_some(for_one['.txt'])}): {_AS_TABLE}."
    sheets = [path for path in paths if path.lower().endswith(_SHEETS)]
    if sheets:
        return f"has a spreadsheet ({name_some(sheets)}), which is not read: save it as CSV."
    if ".mat" in ending:
        found = [path for path in paths if path.lower().endswith(".mat")]
        return (
            f"has its labels in files of MATLAB ({name_some(found)}), which are not read: "
            f"{_AS_TABLE}."
        )
    return ""
