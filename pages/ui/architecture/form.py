"""Widgets with which a person picks a net and shares it as a link or a file."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.architecture.settings import change_settings
from pages.ui.shell.notices import show_error
from pages.ui.shell.session import NetSlot, app_state, set_widget_value
from resnet_core.config import ModelConfig, config_from_json, fingerprint
from resnet_core.errors import ResNetLabError
from resnet_core.models import list_models, model_config, net_label
from resnet_core.models.sharing import net_from_link, net_to_link

LETTERS = ("a", "b")
"""Names of the two places for a net, as links and widgets call them."""
_FIRST_NETS = {"a": "resnet20", "b": "plain20"}
_PARAMETERS = ("net", "changes", "net_b", "changes_b")
_SHOWN, _BASE = "architecture shown", "architecture base"
"""Of a visit: the link to the nets on show, and to those of an address without any."""
_PERSIST = "session"
_MOST_FILE_MIB = 1


@dataclass(frozen=True, kw_only=True)
class PickedNet:
    """A net that a person picked and perhaps changed."""

    config: ModelConfig
    base: str
    """Registry name that it was changed from."""


def pick_architecture(letter: str) -> PickedNet | None:
    """Lets a person pick a net and change it; `None` while a setting cannot be, which is said."""
    slot = _slot(letter)
    names = list_models() if slot.base in list_models() else (*list_models(), slot.base)
    name = st.selectbox(
        f"Net {letter.upper()}",
        names,
        index=names.index(slot.base),
        accept_new_options=True,
        format_func=net_label,
        help="CIFAR nets exist at every depth 6n+2: type resnet26 or plain38, say.",
        key=f"net_{letter}_{slot.version}",
        persist_state=_PERSIST,
    )
    try:
        if name != slot.base:
            slot.base, slot.start = name, model_config(name)
        with st.expander(f"Change net {letter.upper()}", icon=":material/tune:"):
            config = change_settings(
                slot.start, f"{letter}_{slot.version}_{fingerprint(slot.start)}_{slot.base}"
            )
    except ResNetLabError as exc:
        show_error(exc)
        return None
    return PickedNet(config=config, base=slot.base)


def place_net(letter: str, config: ModelConfig, base: str | None = None) -> None:
    """Puts a net from a link or a file into a place; its widgets then start from it."""
    base = base or net_to_link(config)["net"]
    version = app_state().nets[letter].version + 1 if letter in app_state().nets else 0
    app_state().nets[letter] = NetSlot(base=base, start=config, version=version)


def upload_net(letter: str) -> None:
    """Takes a net as the JSON file that this page gives away."""
    file = st.file_uploader(
        f"Net {letter.upper()} from a JSON file",
        type="json",
        max_upload_size=_MOST_FILE_MIB,
        key=f"file_{letter}",
    )
    if file is None or file.file_id == app_state().read_files.get(letter):
        return
    app_state().read_files[letter] = file.file_id
    try:
        place_net(letter, config_from_json(ModelConfig, file.getvalue()))
    except ResNetLabError as exc:
        show_error(exc)
    else:
        st.rerun()


def read_link() -> None:
    """Takes the nets that the address names, unless they are shown already.

    An address without any, as Back may bring it, asks for the nets that it showed before; at the
    beginning of a visit for those that a person left here.
    """
    state, visit = app_state(), app_state().address.bases
    parameters = _named()
    if _SHOWN not in visit and not parameters:
        state.net_link = {}
    if parameters == state.net_link:
        return
    state.net_link = parameters
    visit.pop(_SHOWN, None)
    try:
        _place(_split_link(parameters or visit.get(_BASE, {})))
    except ResNetLabError as exc:
        show_error(exc)


def write_link(nets: list[PickedNet]) -> None:
    """Writes nets that a person changed into the address, so that it can be copied.

    What an address brought is not written again: Back would only lead to it.
    """
    visit, link = app_state().address.bases, _link_to(nets)
    if visit.get(_SHOWN) == link:
        return
    if _SHOWN not in visit:
        if not _named():
            visit.setdefault(_BASE, link)
    else:
        others = {k: v for k, v in st.query_params.to_dict().items() if k not in _PARAMETERS}
        st.query_params.from_dict({**others, **link})
        app_state().net_link = link
    visit[_SHOWN] = link


def _named() -> dict[str, str]:
    """What the address says of nets."""
    return {name: word for name, word in st.query_params.to_dict().items() if name in _PARAMETERS}


def _place(links: dict[str, dict[str, str]]) -> None:
    for letter, link in links.items():
        place_net(letter, net_from_link(link), link["net"])
    set_widget_value("net_pair", "b" in links)


def _link_to(nets: list[PickedNet]) -> dict[str, str]:
    link: dict[str, str] = {}
    for letter, net in zip(LETTERS, nets, strict=False):
        ending = "" if letter == "a" else f"_{letter}"
        link |= {f"{k}{ending}": v for k, v in net_to_link(net.config, net.base).items()}
    return link


def _split_link(parameters: dict[str, str]) -> dict[str, dict[str, str]]:
    if "net" not in parameters:
        return {}
    links = {"a": {key: parameters[key] for key in ("net", "changes") if key in parameters}}
    if "net_b" in parameters:
        links["b"] = {
            key: parameters[f"{key}_b"] for key in ("net", "changes") if f"{key}_b" in parameters
        }
    return links


def _slot(letter: str) -> NetSlot:
    nets = app_state().nets
    if letter not in nets:
        place_net(letter, model_config(_FIRST_NETS[letter]))
    return nets[letter]
