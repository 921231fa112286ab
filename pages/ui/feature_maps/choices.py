"""Which layer and channel a person has opened on the Feature maps page, as its address says."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.shell.address import write_to_address

CHANNEL_ANCHOR = "channel"
"""Anchor of the heading over an open channel."""

_LAYER, _CHANNEL = "maps_layer", "maps_channel"


@dataclass(frozen=True)
class Choice:
    """What is open."""

    layer: str
    channel: int | None


def current_choice(paths: tuple[str, ...], first: str) -> Choice:
    """Gives the open layer of those, `first` at first, and the open channel, if there is one."""
    layer, channel = st.query_params.get(_LAYER), st.query_params.get(_CHANNEL, "")
    if layer not in paths:
        return Choice(first, None)
    is_number = channel.isascii() and channel.isdigit()
    return Choice(layer, int(channel) if is_number else None)


def choose_layer(path: str) -> None:
    """Opens a layer, and no channel; call it in a callback."""
    write_to_address(_LAYER, path)
    write_to_address(_CHANNEL, None)


def choose_channel(layer: str, channel: int) -> None:
    """Opens a channel of a layer, and the layer with it; call it in a callback."""
    write_to_address(_LAYER, layer)
    write_to_address(_CHANNEL, str(channel))
