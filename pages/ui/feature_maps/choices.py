"""Which layer and channel a person has opened on the Feature maps page."""

from dataclasses import dataclass

from pages.ui.shell.session import app_state

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
    choices = app_state().choices
    layer = choices.get(_LAYER)
    if layer not in paths:
        return Choice(first, None)
    return Choice(layer, choices.get(_CHANNEL))


def choose_layer(path: str) -> None:
    """Opens a layer, and no channel."""
    app_state().choices[_LAYER] = path
    app_state().choices[_CHANNEL] = None


def choose_channel(layer: str, channel: int) -> None:
    """Opens a channel of a layer, and the layer with it."""
    app_state().choices[_LAYER] = layer
    app_state().choices[_CHANNEL] = channel
