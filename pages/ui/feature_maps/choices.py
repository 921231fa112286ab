"""Which layer and channel a person has opened on the Feature maps page, as its address says."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.shell.address import say_unknown, write_to_address

CHANNEL_ANCHOR = "channel"
"""Anchor of the heading over an open channel."""

_LAYER, _CHANNEL = "maps_layer", "maps_channel"
_MOST_DIGITS = 6


@dataclass(frozen=True)
class Choice:
    """What is open."""

    layer: str
    channel: int | None


def current_choice(paths: tuple[str, ...], first: str) -> Choice:
    """Gives the open layer of those, `first` at first, and the open channel, if there is one."""
    layer, channel = st.query_params.get(_LAYER, first), st.query_params.get(_CHANNEL)
    if layer not in paths:
        say_unknown(_LAYER, layer)
        return Choice(first, None)
    if channel is None:
        return Choice(layer, None)
    if not (channel.isascii() and channel.isdigit() and len(channel) <= _MOST_DIGITS):
        say_unknown(_CHANNEL, channel)
        return Choice(layer, None)
    return Choice(layer, int(channel))


def say_no_channel(channel: int) -> None:
    """Says that the open layer has no channel of that number."""
    say_unknown(_CHANNEL, str(channel))


def choose_layer(path: str) -> None:
    """Opens a layer, and no channel; call it in a callback."""
    write_to_address(_LAYER, path)
    write_to_address(_CHANNEL, None)


def choose_channel(layer: str, channel: int) -> None:
    """Opens a channel of a layer, and the layer with it; call it in a callback."""
    write_to_address(_LAYER, layer)
    write_to_address(_CHANNEL, str(channel))
