"""Which labelled pictures to measure a net on: its own data set first."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.choosing.own_pictures import pick_own_pictures
from pages.ui.shell.address import choice_in_address, word_of
from pages.ui.shell.resources import list_data_sources
from pages.ui.shell.words import hover_text
from resnet_core.asking import ReadyNet
from resnet_core.checkpoints import read_class_map
from resnet_core.config import DataConfig
from resnet_core.data import SourceInfo

_OWN = "Pictures of my own"


@dataclass(frozen=True, kw_only=True)
class LabelledData:
    """A data set that was chosen."""

    config: DataConfig
    title: str
    origin: str = ""
    """Of a person's own pictures; changes with their files."""


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
        help=hover_text("top-1, top-5", "ECE", "confidence interval"),
        **choice_in_address(
            f"classify_set_{word_of(net.card.data_title)}", options, _own_set(net, sources)
        ),
    )
    if name not in sources:
        own = pick_own_pictures("classify_set_path")
        return own and LabelledData(
            config=DataConfig(source=own.path), title=own.source.title, origin=own.source.origin
        )
    source = sources[name]
    if source.status != "ready" and source.download_mib:
        st.caption(
            f"Downloads {source.download_mib:,.0f} MiB from the data set's own server when the "
            "measuring starts; nothing else ever leaves this machine."
        )
    return LabelledData(config=DataConfig(source=name), title=source.title)


def ask_class_map() -> dict[str, str]:
    """Asks which classes of the data are which of the net's, where their names differ.

    Raises:
        ConfigError: for what names no pair of classes.
    """
    with st.expander("Classes of other names", icon=":material/label:"):
        text = st.text_input(
            "Which is which",
            placeholder="plane=airplane, car=automobile",
            help="Classes are matched by their names. Where a folder is called otherwise than the "
            "net's class, write both here: the folder's first.",
            key="classify_class_map",
            persist_state="session",
        )
    return read_class_map([text] if text.strip() else [])


def _own_set(net: ReadyNet, sources: dict[str, SourceInfo]) -> str:
    """Name of the set that a net learned, or of the one that it learned a copy of."""
    title = net.card.data_title
    alike = [source.name for source in sources.values() if title.startswith(source.title)]
    return max(alike, key=lambda name: len(sources[name].title), default=next(iter(sources)))
