"""Every cache of the pages: what is dear to compute and the same for all sessions.

Any visitor may clear Streamlit's caches, so nothing lives here that cannot be computed again.
"""

import contextlib
import logging
from dataclasses import dataclass

import numpy as np
import streamlit as st

from resnet_core.config import ModelConfig
from resnet_core.data import SourceInfo, list_sources
from resnet_core.data.catalogue import find_source
from resnet_core.data.published import PUBLISHED_SETS
from resnet_core.data.source import LeftOut
from resnet_core.data.synthetic import NUM_PICTURES, draw_pictures, synthetic_source
from resnet_core.devices import describe_device, resolve_device
from resnet_core.errors import ResNetLabError
from resnet_core.models import ModelCost, measure_cost
from resnet_core.runs.status import RunStatus, list_runs

# The server imports pages before its runtime is there, and Streamlit then warns of every cache
# here that it keeps what `persist` would have written only in memory: nothing here persists.
logging.getLogger("streamlit.runtime.caching.cache_data_api").addFilter(
    lambda record: "No runtime found" not in record.getMessage()
)


@st.cache_data(ttl=0.5, max_entries=1, show_spinner=False)
def list_recent_runs() -> tuple[RunStatus, ...]:
    """Lists all runs, newest first; looks at the disk at most twice a second for all sessions."""
    return list_runs()


@st.cache_data(ttl=5, max_entries=1, show_spinner=False)
def list_data_sources() -> tuple[SourceInfo, ...]:
    """Lists the data sets that the catalogue knows."""
    return list_sources()


def count_training_part(name: str) -> int:
    """Counts the training part of a data set that the catalogue names."""
    return NUM_PICTURES["train"] if name == "synthetic" else PUBLISHED_SETS[name].counts["train"]


@dataclass(frozen=True)
class InspectedSource:
    """What is known of a person's pictures before they are decoded."""

    title: str
    class_names: tuple[str, ...]
    layout: str
    """How they lie on the disk, in words."""
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    """What a person might have meant otherwise, a sentence each."""
    origin: str
    """Changes with the files."""


@st.cache_data(ttl=20, max_entries=20, show_spinner="Looking at the pictures")
def inspect_source(path: str) -> InspectedSource:
    """Looks at a folder, zip or parquet file without decoding it.

    Raises:
        DataError: when it is not there, or is no data set.
    """
    source = find_source(path)
    return InspectedSource(
        source.title,
        source.class_names,
        source.layout,
        source.left_out,
        source.notes,
        source.origin,
    )


def stamp_of_set(name: str) -> str:
    """Changes with the files of a person's own pictures; empty of what the catalogue names.

    Empty too where they cannot be read: whoever opens them says why.
    """
    if name == "synthetic" or name in PUBLISHED_SETS:
        return ""
    with contextlib.suppress(ResNetLabError):
        return inspect_source(name).origin
    return ""


@st.cache_data(max_entries=200, show_spinner=False)
def net_cost(config: ModelConfig, image_size_px: int) -> ModelCost:
    """Adds up what a net costs for one picture."""
    return measure_cost(config, image_size_px)


@st.cache_data(max_entries=1, show_spinner=False)
def sample_pictures() -> tuple[np.ndarray, tuple[str, ...]]:
    """Draws one picture of each class of the embedded data set.

    Returns:
        (10, 32, 32, 3) uint8, and the ten class names.
    """
    names = synthetic_source().class_names
    images, _ = draw_pictures("train", 0, len(names))
    return images, names


@st.cache_data(show_spinner=False)
def device_name() -> str:
    """Names the device that `auto` stands for on this machine."""
    return describe_device(resolve_device("auto"))
