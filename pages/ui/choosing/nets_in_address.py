"""Nets that an address names: measured by Gradient flow in place of its pair, trained by Train.

The parameters are those of the Architecture page: `net` and `changes`, `net_b` and `changes_b`.
"""

from collections.abc import Sequence

import streamlit as st
from streamlit.errors import StreamlitAPIException

from pages.ui.shell.links import PageName
from pages.ui.shell.notices import plain
from resnet_core.config import ModelConfig
from resnet_core.config.other_names import lab_only_sentence
from resnet_core.config.plugins import is_other_name
from resnet_core.models import has_twin, net_label, twin_config
from resnet_core.models.sharing import base_name, net_from_link, net_title, net_to_link

_ENDINGS = ("", "_b")
_MOST_LETTERS = 80


def open_with_nets(page: PageName, nets: Sequence[ModelConfig]) -> None:
    """Opens a page, Gradient flow or Train, on one or two nets."""
    try:
        st.switch_page(f"{page}.py", query_params=link_to_nets(nets))
    except StreamlitAPIException:  # run alone, without the navigation
        st.rerun()


def link_to_nets(nets: Sequence[ModelConfig]) -> dict[str, str]:
    """Describes one or two nets by query parameters."""
    return {
        f"{name}{ending}": value
        for ending, net in zip(_ENDINGS, nets, strict=False)
        for name, value in net_to_link(net).items()
    }


def nets_in_address() -> tuple[ModelConfig, ...]:
    """Shows the nets that the address names, and gives them; empty where it names none.

    Raises:
        UnknownNetError: for a net that does not exist.
        ConfigError: for changes that are not valid.
    """
    named = nets_of_address()
    if not named:
        return ()
    left, right = st.columns([4, 1], vertical_alignment="center")
    right.button("Back to the knobs", icon=":material/tune:", type="tertiary", on_click=forget_nets)
    has_pair = len(named) == 1 and has_twin(named[0])
    nets = (named[0], twin_config(named[0])) if has_pair else named
    left.markdown(
        "Nets from the Architecture page: "
        + " and ".join(f"**{plain(title)}**" for title in titles_of(nets))
        + "."
    )
    return nets


def say_of_others() -> None:
    """Says on a page that takes the lab's own nets alone that the address names another one."""
    name = st.query_params.get("net", "")
    if is_other_name(name):
        st.warning(plain(lab_only_sentence(name)), icon=":material/block:")


def nets_of_address() -> tuple[ModelConfig, ...]:
    """Gives the nets that the address names; empty where it names none.

    Raises:
        UnknownNetError: for a net that does not exist.
        ConfigError: for changes that are not valid.
    """
    if "net" not in st.query_params:
        return ()
    return tuple(net_from_link(link) for link in _links())


def forget_nets() -> None:
    """Takes the nets out of the address, in a callback."""
    for ending in _ENDINGS:
        for name in ("net", "changes"):
            st.query_params.pop(f"{name}{ending}", None)


def titles_of(nets: Sequence[ModelConfig]) -> tuple[str, ...]:
    """What figures call nets: the name and what differs from the net of that name.

    A twin differs as its sibling does, even where another net of the registry has its name.
    """
    first = _title(nets[0])
    if len(nets) == 2 and has_twin(nets[0]) and nets[1] == twin_config(nets[0]):
        return first, net_label(nets[1].name) + first.removeprefix(net_label(nets[0].name))
    return tuple(_title(net) for net in nets)


def _title(net: ModelConfig) -> str:
    title = net_title(net, base_name(net))
    return title if len(title) <= _MOST_LETTERS else f"{title[: _MOST_LETTERS - 1]}…"


def _links() -> list[dict[str, str]]:
    parameters = st.query_params.to_dict()
    return [
        {
            name: parameters[f"{name}{ending}"]
            for name in ("net", "changes")
            if f"{name}{ending}" in parameters
        }
        for ending in _ENDINGS
        if f"net{ending}" in parameters
    ]
