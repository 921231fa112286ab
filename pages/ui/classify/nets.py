"""Which nets to classify with."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.ui.choosing.nets import KEPT, load_any_nets, one_of_each, pick_any_net
from pages.ui.shell.address import switch_in_address, word_of, write_to_address
from pages.ui.shell.notices import plain
from pages.ui.shell.session import app_state, set_widget_value, widget_value
from resnet_core.asking import ReadyNet, list_kept_nets
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.photographs import knows_photographs, net_of_photographs

_KEY = "classify"
_NEXT, _LEFT = "classify_next_net", "classify_left_net"
_FIRST, _SECOND = "resnet20-cifar10-jpeg-22-epochs", "plain20-cifar10-jpeg-22-epochs"
"""Shipped nets that learned from photographs, which is what people bring; with equal budgets."""


def pick_nets() -> tuple[AnyNet, ...]:
    """Lets a person choose one net, or two to set side by side.

    Raises:
        CheckpointError: when a file is gone or damaged.
    """
    if name := app_state().choices.pop(_NEXT, None):
        choose_net_at_once(name)
    switch = switch_in_address(f"{_KEY}_compare")
    is_pair = widget_value(switch["key"])
    first, *second, last = st.columns([3, 3, 2] if is_pair else [5, 2], vertical_alignment="bottom")
    with first:
        sources = [pick_any_net("Net", key=_KEY, first=_FIRST)]
    for column in second:
        with column:
            sources.append(pick_any_net("Second net", key=f"{_KEY}_other", first=_SECOND))
    last.toggle("Beside a second net", **switch)
    different = one_of_each(sources)
    if len(different) < len([source for source in sources if source]):
        st.caption("Choose two different nets to set them side by side.")
    return load_any_nets(different)


def with_own(net: AnyNet, show: Callable[[ReadyNet], None]) -> None:
    """Shows what only the lab's own nets can; of one of others it says what is missing."""
    if isinstance(net, ReadyNet):
        show(net)
        return
    st.info(
        plain(
            f"{net.card.name} is a net of others: it answers pictures here, but it is not measured "
            "on sets, exported or taught. Its own library does that; weights of residual nets "
            "become the lab's own under 'Bring or export nets'."
        ),
        icon=":material/info:",
    )


def choose_net(name: str) -> None:
    """Makes a kept net the chosen one when the page runs again."""
    app_state().choices[_NEXT] = name


def is_chosen(name: str) -> bool:
    """Whether a kept net is the chosen one."""
    return widget_value(f"{_KEY}_net") == f"{KEPT}/{name}"


def choose_net_at_once(name: str) -> None:
    """Makes a kept net the chosen one, in the address too; before its picker is drawn."""
    set_widget_value(f"{_KEY}_net", f"{KEPT}/{name}")
    write_to_address(f"{_KEY}_net", word_of(f"{KEPT}/{name}"))


def choose_net_of_photographs(nets: Sequence[AnyNet]) -> None:
    """Chooses a net that learned photographs, where a photograph comes to one that did not.

    Whoever has set two nets side by side keeps them.
    """
    choices = app_state().choices
    choices.pop(_LEFT, None)
    card = net_of_photographs(list_kept_nets(()))
    if len(nets) != 1 or card is None or knows_photographs(nets[0].card):
        return
    choices[_LEFT] = (card.name, nets[0].title)
    choose_net_at_once(card.name)


def say_why_this_net(nets: Sequence[AnyNet]) -> None:
    """Says that another net was chosen for a photograph, as long as that net is shown."""
    name, left = app_state().choices.get(_LEFT, ("", ""))
    if name and [net.card.name for net in nets] == [name]:
        st.caption(
            plain(f"A net of photographs was chosen for your picture, since {left} has seen none.")
        )
