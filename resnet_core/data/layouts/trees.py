"""A tree of files, whether it lies in a folder or is packed into one: what it lists and gives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_core.data.decoding import EncodedPicture
from resnet_core.data.source import LeftOut


@dataclass(frozen=True, kw_only=True)
class FileTree:
    """Files of a data set before anything is known of them."""

    path: Path
    """The folder or archive."""
    called: str
    """What sentences call it, such as `a zip archive`."""
    files: tuple[str, ...]
    """Relative paths with `/` between their parts."""
    origin: str
    """Fingerprint of the files."""
    encode: Callable[[Sequence[tuple[str, int]]], Iterator[EncodedPicture]]
    """Gives files with their labels for decoding, each once, in the order of the tree."""
    read: Callable[[str], bytes]
    """Reads one small file."""
    left_out: tuple[LeftOut, ...] = ()
    """What could not be followed."""


def no_files(path: Path) -> FileTree:
    """The tree of a file that is a data set of its own."""
    return FileTree(
        path=path,
        called="a file",
        files=(),
        origin="",
        encode=lambda _labelled: iter(()),
        read=lambda _name: b"",
    )
