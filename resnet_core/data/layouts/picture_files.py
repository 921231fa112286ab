"""Pictures one by one, in a folder or an archive, arranged by `resnet_core.data.arrange`."""

import functools
from collections.abc import Iterator

from resnet_core.data.arrange import Arrangement, arrange_files
from resnet_core.data.decoding import decode_chunks
from resnet_core.data.layouts.given import Given
from resnet_core.data.layouts.sorting import is_surely_picture, name_some
from resnet_core.data.layouts.trees import FileTree
from resnet_core.data.source import Chunk, Few, Part, PicturePlan, Source
from resnet_core.errors import DataError
from resnet_core.progress import Progress

_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".txz", ".7z", ".rar")
_UNPACKED_KINDS = (".parquet", ".npz", "-ubyte", "-ubyte.gz")


def pictures_source(given: Given) -> Source:
    """Describes a folder or archive of pictures; lists its files, opens tables of labels alone.

    Raises:
        ArchiveError: if it is an archive that is damaged or unsafe.
        DataError: if its pictures, or their classes, cannot be told.
    """
    tree = given.tree
    _refuse_nothing(given, tree)
    _refuse_packed_arrays(given, tree)
    arrangement = arrange_files(tree.files, given.title, tree.read)
    return Source(
        name=given.name,
        key=given.key,
        origin=tree.origin,
        title=given.title,
        class_names=arrangement.class_names,
        provenance=_provenance(given, arrangement),
        parts=tuple(arrangement.files),
        read_chunks=functools.partial(_read, tree, arrangement),
        layout=arrangement.layout,
        left_out=(*tree.left_out, *arrangement.left_out),
        notes=arrangement.notes,
        count_labels=arrangement.count_labels,
        read_few=functools.partial(_read_few, tree, arrangement),
    )


def _provenance(given: Given, arrangement: Arrangement) -> str:
    if not given.is_folder:
        return f"Read from {given.tree.called}, '{given.title}'.{arrangement.note}"
    if arrangement.layout.startswith(("class folders", "split folders")):
        return f"Read from a folder of class folders, '{given.title}'.{arrangement.note}"
    return f"Read from a folder, '{given.title}', by {arrangement.layout}.{arrangement.note}"


def _read(
    tree: FileTree, arrangement: Arrangement, part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    files = arrangement.files[part]
    return decode_chunks(tree.encode(files), len(files), plan, progress)


def _read_few(
    tree: FileTree, arrangement: Arrangement, few: Few, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    kept = arrangement.few(few)
    return _read(tree, kept, next(iter(kept.files)), plan, progress)


def _refuse_nothing(given: Given, tree: FileTree) -> None:
    if not tree.files and tree.left_out:
        most = max(tree.left_out, key=lambda each: each.count)
        raise DataError(
            f"'{given.title}' holds nothing that can be read: {most.count:,} of its files or "
            f"folders are left out, each of which {most.why}."
        )


def _refuse_packed_arrays(given: Given, tree: FileTree) -> None:
    if any(map(is_surely_picture, tree.files)):
        return
    arrays = [path for path in tree.files if path.lower().endswith(_UNPACKED_KINDS)]
    if arrays and not given.is_folder:
        raise DataError(
            f"'{given.title}' holds no pictures but files of arrays: unpack it, and give the "
            "folder."
        )
    packed = [path for path in tree.files if path.lower().endswith(_ARCHIVES)]
    if len(packed) > 1 and not arrays:
        raise DataError(
            f"'{given.title}' holds no pictures but {len(packed):,} archives "
            f"({name_some(packed)}): give one of them, or unpack each into a folder that is named "
            "after its class."
        )
    if packed and not arrays:
        what = "give it" if given.is_folder else "unpack it, and give that"
        raise DataError(
            f"'{given.title}' holds no pictures but another archive, '{name_some(packed[:1])}': "
            f"{what}."
        )
