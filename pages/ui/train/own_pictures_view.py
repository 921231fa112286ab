"""A person's own pictures before they train: how many of each class and part, and some of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.choosing.own_pictures import OwnPictures
from pages.ui.kit.tiles import Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain
from resnet_core.data.describe import DataReport, describe_data
from resnet_core.data.preview import ClassPreview, preview_classes

_EACH = 6
_FIRST_CLASSES = 6
_MORE_CLASSES = 60
_SIDE_PX = 56


@dataclass(frozen=True)
class _Look:
    report: DataReport
    previews: tuple[ClassPreview, ...]


def own_pictures_view(own: OwnPictures) -> None:
    """Shows counts and six pictures of each class; beyond six classes only for whoever asks."""
    look = _look(own, range(min(_FIRST_CLASSES, len(own.source.class_names))))
    if look is None:
        return
    st.markdown(f"**Your pictures: {plain(own.source.title)}**")
    _show(look, "own-pictures")
    counts = look.report.splits
    if len(own.source.class_names) > _FIRST_CLASSES:
        rows = [
            {"Class": name, **{part: held.get(name, 0) for part, held in counts.items()}}
            for name in own.source.class_names
        ]
        st.dataframe(rows, hide_index=True, height=180)
    for note in look.report.notes:
        if note not in own.source.notes:  # those stand below the path
            st.caption(plain(note))
    _show_more(own)


def _show_more(own: OwnPictures) -> None:
    last = min(_FIRST_CLASSES + _MORE_CLASSES, len(own.source.class_names))
    if last <= _FIRST_CLASSES:
        return
    label = f"Pictures of {last - _FIRST_CLASSES} more classes"
    more = st.expander(label, icon=":material/photo_library:", key="more_own", on_change="rerun")
    if more.open:  # closed, it would decode for nobody
        with more:
            look = _look(own, range(_FIRST_CLASSES, last))
            if look is not None:
                _show(look, "more-own-pictures")


def _look(own: OwnPictures, labels: Sequence[int]) -> _Look | None:
    """Decodes some pictures in the background; `None` until that is done."""
    key = ("own pictures", own.path, own.source.origin, own.source.class_names, tuple(labels))

    def look(progress: jobs.Progress) -> _Look:
        progress("counting the pictures")
        report = describe_data(own.path, is_quick=True, progress=progress)
        return _Look(report, preview_classes(own.path, labels, _EACH, progress))

    return jobs.shown(jobs.submit(key, look), "Looking at your pictures")


def _show(look: _Look, key: str) -> None:
    rows = [_row(preview, look.report) for preview in look.previews if preview.pictures]
    if rows:
        show_tiles(rows, key=key, tile_px=_SIDE_PX)


def _row(preview: ClassPreview, report: DataReport) -> TileRow:
    held = [f"{counts.get(preview.name, 0):,} {part}" for part, counts in report.splits.items()]
    return TileRow(
        title=preview.name,
        notes=(", ".join(held),),
        sheet=photo_sheet(preview.pictures),
        tiles=tuple(
            Tile(name=f"{preview.name} {number}", label=f"{preview.name}, picture {number}")
            for number in range(1, len(preview.pictures) + 1)
        ),
    )
