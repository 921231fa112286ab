"""Which labelled pictures to measure a net on: its own data set first."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.shell.address import choice_in_address, word_of
from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.resources import inspect_source, list_data_sources
from resnet_core.asking import ReadyNet
from resnet_core.config import DataConfig
from resnet_core.data import SourceInfo
from resnet_core.errors import DataError

_OWN = "Pictures of my own"
_CLASSES_NAMED = 12


@dataclass(frozen=True, kw_only=True)
class LabelledData:
    """A data set that was chosen."""

    config: DataConfig
    title: str


def pick_labelled_data(net: ReadyNet) -> LabelledData | None:
    """Lets a person choose; `None` while pictures of their own have no path yet.

    The set that the net learned is chosen at first, and each kind of net keeps its own.
    """
    sources = {source.name: source for source in list_data_sources()}
    options = (*sources, _OWN)
    name = st.selectbox(
        "Data set",
        options,
        format_func=lambda name: sources[name].title if name in sources else name,
        **choice_in_address(
            f"classify_set_{word_of(net.card.data_title)}", options, _own_set(net, sources)
        ),
    )
    if name not in sources:
        return _pick_path()
    source = sources[name]
    if source.status != "ready" and source.download_mib:
        st.caption(
            f"Downloads {source.download_mib:,.0f} MiB from the data set's own server when the "
            "measuring starts; nothing else ever leaves this machine."
        )
    return LabelledData(config=DataConfig(source=name), title=source.title)


def _own_set(net: ReadyNet, sources: dict[str, SourceInfo]) -> str:
    """Name of the set that a net learned, or of the one that it learned a copy of."""
    title = net.card.data_title
    alike = [source.name for source in sources.values() if title.startswith(source.title)]
    return max(alike, key=lambda name: len(sources[name].title), default=next(iter(sources)))


def _pick_path() -> LabelledData | None:
    path = st.text_input(
        "Folder, zip or parquet file on this machine",
        placeholder="/home/me/pictures",
        help="A folder with one folder of pictures for each class, a zip of one, or parquet files "
        "with a picture and a label column.",
        key="classify_set_path",
        persist_state="session",
    ).strip()
    if not path:
        return None
    try:
        source = inspect_source(path)
    except DataError as exc:
        show_error(exc)
        return None
    named = ", ".join(source.class_names[:_CLASSES_NAMED])
    more = ", ..." if len(source.class_names) > _CLASSES_NAMED else ""
    st.caption(plain(f"{len(source.class_names)} classes: {named}{more}"))
    return LabelledData(config=DataConfig(source=path), title=source.title)
