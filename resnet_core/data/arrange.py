"""What a tree of files means: which are pictures, of which class and part, and which are not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from resnet_core.data.layouts.annotations import without_annotations
from resnet_core.data.layouts.label_tables import LabelTables, ReadFile
from resnet_core.data.layouts.labelling import (
    LABELLINGS,
    Files,
    Labelled,
    are_numbered,
    by_table,
)
from resnet_core.data.layouts.naming import as_heard, refuse_alike, say_background
from resnet_core.data.layouts.number_names import find_number_names
from resnet_core.data.layouts.part_lists import listed_parts
from resnet_core.data.layouts.sorting import Aside, SortedFiles, name_some, sort_files
from resnet_core.data.layouts.splitting import (
    LIKE_A_SPLIT,
    OUTSIDE,
    Division,
    Placed,
    class_folders,
    divide,
    say_capitals,
    say_nested,
    see_through,
    without_copies,
)
from resnet_core.data.layouts.strangers import stranger_sentence
from resnet_core.data.source import PARTS, Few, LeftOut, Part
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

_SYSTEM = "serves an operating system or is hidden"
_NOTES = "is a text"


@dataclass(frozen=True)
class Arrangement:
    """Pictures by part, with their labels."""

    class_names: tuple[str, ...]
    """Folder names in alphabetical order, as in the ImageFolder convention, fit to be shown."""
    files: dict[Part, tuple[tuple[str, int], ...]]
    """Path, as it was given, and label of each picture."""
    note: str = ""
    """Pictures that were left out, one sentence, or nothing."""
    layout: str = ""
    """How the files lie, in words."""
    left_out: tuple[LeftOut, ...] = ()
    """Everything that was left out."""
    notes: tuple[str, ...] = ()
    """What a person might have meant otherwise, a sentence each."""

    def count_labels(self) -> dict[Part, tuple[int, ...]]:
        """Counts the pictures of each class in each part."""
        counts: dict[Part, tuple[int, ...]] = {}
        for part, members in self.files.items():
            found = Counter(label for _, label in members)
            counts[part] = tuple(found[label] for label in range(len(self.class_names)))
        return counts

    def few(self, few: Few) -> "Arrangement":
        """Keeps some pictures of some classes, of the first part."""
        part, members = next(iter(self.files.items()))
        left = dict.fromkeys(few.labels, few.each)
        kept = []
        for path, label in members:
            if left.get(label, 0) > 0:
                left[label] -= 1
                kept.append((path, label))
        return replace(self, files={part: tuple(kept)})


def arrange_files(paths: Iterable[str], name: str, read: ReadFile | None = None) -> Arrangement:
    """Reads the meaning of paths such as `train/cat/1.jpg` or `photos/cat/1.jpg`.

    Files of operating systems, hidden files and notes are left out, folders around everything
    are seen through, split folders are told from class folders, and folders within a class folder
    belong to that class.

    Args:
        paths: relative paths with `/` between their parts.
        name: what messages call the data set.
        read: reads one of them, for tables of labels; `None` where there can be none.

    Raises:
        DataError: if there are no pictures, no class folders, or fewer than two classes.
    """
    files, aside, notes = sort_files(paths), Aside(), list[str]()
    if not files.candidates:
        sentence = stranger_sentence(files.notes, read)
        if sentence:
            raise DataError(f"'{plain_name(name)}' {sentence}")
        raise DataError(
            f"'{plain_name(name)}' holds no pictures: give a folder with one folder of pictures "
            "for each class."
        )
    placing = [Placed(PurePosixPath(path).parts, path) for path in files.candidates]
    placing = without_annotations(placing, aside)
    tables = LabelTables(files.tables, read)
    division = divide(see_through(placing, aside), name, aside, notes)
    labelled = _label(division, tables, aside, notes, name)
    if labelled is None:
        sentence = stranger_sentence((*files.candidates, *files.notes), read)
        table = tables.say_unused(files.candidates)
        raise _no_classes(division, aside, (name, table), sentence)
    if division.splits == "none":
        labelled = _by_lists(labelled, files, tables, aside, notes)
    labelled = _by_number_names(labelled, files, tables, notes)
    notes.extend(tables.notes)
    refuse_alike(labelled.class_names, name)
    _check_parts(labelled, name)
    _leave_texts(files, tables, aside)
    return _arrangement(labelled, aside, notes)


def _label(
    division: Division, tables: LabelTables, aside: Aside, notes: list[str], name: str
) -> Labelled | None:
    if division.splits == "none" and are_numbered(class_folders(division.parts["train"])):
        tried = Aside()
        labelled = by_table(division, tables, tried)
        if labelled is not None:
            aside.take(tried)
            return labelled
    held: list[Part] = [part for part in PARTS if part in division.parts]
    first: Part = held[0] if held else "train"
    placing = without_copies(division.parts.get(first, []), name, aside)
    division = replace(division, parts={**division.parts, first: placing})
    for labelling in LABELLINGS:
        tried = Aside()
        labelled = labelling(division, tables, tried)
        if labelled is not None:
            aside.take(tried)
            notes.extend(say_capitals(labelled.class_names))
            notes.extend(say_background(labelled.class_names))
            if labelling is LABELLINGS[0]:
                notes.extend(say_nested([p for each in division.parts.values() for p in each]))
            return labelled
    return None


def _by_lists(
    labelled: Labelled, files: SortedFiles, tables: LabelTables, aside: Aside, notes: list[str]
) -> Labelled:
    """Puts pictures into the parts that lists beside them name; as they are without such."""
    members = labelled.files.get("train", ())
    if set(labelled.files) != {"train"}:
        return labelled
    texts = [path for path in files.tables if path not in tables.used]
    told, used, note = listed_parts([path for path, _ in members], texts, tables.read, aside)
    notes.extend([note] if note else [])
    if not told:
        return labelled
    tables.used.update(used)
    held: dict[Part, Files] = {
        part: tuple(member for member in members if told.get(member[0]) == part)
        for part in PARTS
        if part in told.values()
    }
    return replace(labelled, how=f"{labelled.how}, split by {name_some(used)}", files=held)


def _by_number_names(
    labelled: Labelled, files: SortedFiles, tables: LabelTables, notes: list[str]
) -> Labelled:
    """Calls classes that are numbers by a list's names for them; as they are without such."""
    texts = [path for path in (*files.notes, *files.candidates) if path not in tables.used]
    path, names = find_number_names(labelled.class_names, texts, tables.read)
    if not names:
        return labelled
    tables.used.add(path)
    notes.append(f"Classes are called by {name_some([path])}, in the order of their numbers.")
    called = dict(zip(labelled.class_names, names, strict=True))
    renamed: dict[Part, Files] = {
        part: tuple((member, called.get(name, name)) for member, name in members)
        for part, members in labelled.files.items()
    }
    return replace(labelled, class_names=names, files=renamed)


def _no_classes(
    division: Division, aside: Aside, named: tuple[str, str], sentence: str
) -> DataError:
    """Says why there are no classes, of a set of this name beside which a table says nothing."""
    name, table = named
    placing = [placed for each in division.parts.values() for placed in each]
    shown, count = plain_name(name), len(placing)
    if sentence:
        return DataError(f"'{shown}' {sentence}")
    folders = sorted(class_folders(placing))
    if division.splits == "above" and not folders:
        return DataError(
            f"'{shown}' holds {count:,} pictures in folders that are named like splits "
            f"({_names(division)}) but no class folders: put the pictures of each class into a "
            "folder that is named after the class."
        )
    if len(folders) == 1:
        aside_too = [each.what for each in aside.folders if each.why == LIKE_A_SPLIT]
        advice = "".join(
            f"; '{what}' is named like a split: rename it if it is a class"
            for what in aside_too[:1]
        )
        return DataError(
            f"'{shown}' holds only one class, '{plain_name(folders[0])}': at least two class "
            f"folders are needed{advice}{table and f'; {table}'}."
        )
    loose = count + len(aside.files[OUTSIDE])
    return DataError(
        f"'{shown}' holds {loose:,} pictures but no class folders: put the pictures of each class "
        f"into a folder that is named after the class{table and f'; {table}'}."
    )


def _names(division: Division) -> str:
    tops = {PurePosixPath(p.path).parent.name for each in division.parts.values() for p in each}
    return ", ".join(sorted(map(plain_name, tops))[:3])


def _leave_texts(files: SortedFiles, tables: LabelTables, aside: Aside) -> None:
    aside.add_files(_NOTES, (path for path in files.notes if path not in tables.used))
    aside.add_files(_SYSTEM, files.system)


def _arrangement(labelled: Labelled, aside: Aside, notes: list[str]) -> Arrangement:
    labels = {class_name: label for label, class_name in enumerate(labelled.class_names)}
    loose = len(aside.files[OUTSIDE])
    return Arrangement(
        class_names=tuple(map(plain_name, labelled.class_names)),
        files={
            part: tuple((path, labels[class_name]) for path, class_name in labelled.files[part])
            for part in PARTS
            if part in labelled.files
        },
        note=f" {loose:,} pictures outside of class folders were left out." if loose else "",
        layout=labelled.how,
        left_out=aside.listed(),
        notes=tuple(notes),
    )


def _check_parts(labelled: Labelled, name: str) -> None:
    written = {as_heard(class_name): class_name for class_name in labelled.class_names}
    for part, members in labelled.files.items():
        unknown = sorted({held for _, held in members} - set(labelled.class_names))
        if not unknown:
            continue
        same = written.get(as_heard(unknown[0]))
        if same is not None:
            raise DataError(
                f"'{plain_name(name)}' has a class '{plain_name(unknown[0])}' in its {part} folder "
                f"and '{plain_name(same)}' in its train folder, which differ only in capitals, "
                "spaces or how accents are written: write both in one way."
            )
        raise DataError(
            f"'{plain_name(name)}' has a class '{plain_name(unknown[0])}' in its {part} folder "
            "that its train folder lacks: use the same class folders in both."
        )
