"""Widgets with which a person picks a net, changes it, and shares it as a link or a file."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.notices import show_error
from pages.ui.session import NetSlot, app_state
from resnet_core.config import (
    ActivationOrder,
    Block,
    BranchScale,
    Initialisation,
    ModelConfig,
    Norm,
    Shortcut,
    SkipKind,
    Stem,
    choices,
    config_from_json,
    fingerprint,
)
from resnet_core.errors import ResNetLabError
from resnet_core.models import list_models, model_config
from resnet_core.models.sharing import net_from_link, net_to_link, read_numbers

LETTERS = ("a", "b")
"""Names of the two places for a net, as links and widgets call them."""
_FIRST_NETS = {"a": "resnet20", "b": "plain20"}
_PERSIST = "session"
_MOST_FILE_MIB = 1


@dataclass(frozen=True)
class Choice:
    """A setting that has one of a few values."""

    title: str
    field: str
    values: tuple[str, ...]


_CHOICES = (
    Choice("Block", "block", choices(Block)),
    Choice("Order in a block", "activation_order", choices(ActivationOrder)),
    Choice("Normalisation", "norm", choices(Norm)),
    Choice("Stem", "stem", choices(Stem)),
    Choice("Shortcut where shapes change", "shortcut", choices(Shortcut)),
    Choice("What a shortcut does on its way", "skip_kind", choices(SkipKind)),
    Choice("Factor on the branch", "branch_scale", choices(BranchScale)),
    Choice("Initialisation", "initialisation", choices(Initialisation)),
)
_COUNTS = (
    ("Channels of the stem", "stem_width", 1),
    ("Classes", "num_classes", 2),
    ("Groups (bottleneck)", "groups", 1),
    ("Width factor of the 3x3 (bottleneck)", "width_factor", 1),
    ("Squeeze-and-excitation: reduction (0: none)", "squeeze_reduction", 0),
)
_SHARES = (
    ("Skip strength (0: plain)", "skip_strength", 1.0),
    ("Stochastic depth: share of pictures that skip the last block", "stochastic_depth", 0.95),
)


@dataclass(frozen=True, kw_only=True)
class PickedNet:
    """A net that a person picked and perhaps changed."""

    config: ModelConfig
    base: str
    """Registry name that it was changed from."""


def pick_net(letter: str) -> PickedNet | None:
    """Lets a person pick a net and change it; `None` while a setting cannot be, which is said."""
    slot = _slot(letter)
    names = list_models() if slot.base in list_models() else (*list_models(), slot.base)
    name = st.selectbox(
        f"Net {letter.upper()}",
        names,
        index=names.index(slot.base),
        accept_new_options=True,
        help="CIFAR nets exist at every depth 6n+2: type resnet26 or plain38, say.",
        key=f"net_{letter}_{slot.version}",
        persist_state=_PERSIST,
    )
    try:
        if name != slot.base:
            slot.base, slot.start = name, model_config(name)
        with st.expander(f"Change net {letter.upper()}", icon=":material/tune:"):
            config = _change(slot.start, f"{letter}_{fingerprint(slot.start)}_{slot.base}")
    except ResNetLabError as exc:
        show_error(exc)
        return None
    return PickedNet(config=config, base=slot.base)


def load_net(letter: str, config: ModelConfig, base: str | None = None) -> None:
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
        load_net(letter, config_from_json(ModelConfig, file.getvalue()))
    except ResNetLabError as exc:
        show_error(exc)
    else:
        st.rerun()


def read_link() -> None:
    """Takes the nets that the address bar names, unless this page wrote them there itself."""
    parameters = st.query_params.to_dict()
    if "net" not in parameters or parameters == app_state().net_link:
        return
    app_state().net_link = parameters
    try:
        for letter, link in _split_link(parameters).items():
            load_net(letter, net_from_link(link), link["net"])
        app_state().is_pair = "net_b" in parameters
    except ResNetLabError as exc:
        show_error(exc)


def write_link(nets: list[PickedNet]) -> None:
    """Writes the nets into the address bar, so that it can be copied."""
    link: dict[str, str] = {}
    for letter, net in zip(LETTERS, nets, strict=False):
        ending = "" if letter == "a" else f"_{letter}"
        link |= {f"{k}{ending}": v for k, v in net_to_link(net.config, net.base).items()}
    if st.query_params.to_dict() != link:
        st.query_params.from_dict(link)
    app_state().net_link = link


def _split_link(parameters: dict[str, str]) -> dict[str, dict[str, str]]:
    links = {"a": {key: parameters[key] for key in ("net", "changes") if key in parameters}}
    if "net_b" in parameters:
        links["b"] = {
            key: parameters[f"{key}_b"] for key in ("net", "changes") if f"{key}_b" in parameters
        }
    return links


def _slot(letter: str) -> NetSlot:
    nets = app_state().nets
    if letter not in nets:
        load_net(letter, model_config(_FIRST_NETS[letter]))
    return nets[letter]


def _change(start: ModelConfig, key: str) -> ModelConfig:
    left, right = st.columns(2)
    changes: dict[str, Any] = {}
    for index, choice in enumerate(_CHOICES):
        changes[choice.field] = _select((left, right)[index % 2], choice, start, key)
    changes["stage_blocks"] = _numbers(left, "Blocks in each stage", start.stage_blocks, key)
    changes["stage_widths"] = _numbers(right, "Channels in each stage", start.stage_widths, key)
    for index, (title, name, least) in enumerate(_COUNTS):
        value = getattr(start, name)
        most = max(100_000, value)
        changes[name] = (left, right)[index % 2].number_input(
            title, least, most, value, key=f"{key}_{name}", persist_state=_PERSIST
        )
    for place, (title, name, most) in zip((left, right), _SHARES, strict=True):
        value = float(getattr(start, name))
        changes[name] = place.slider(
            title, 0.0, max(most, value), value, 0.05, key=f"{key}_{name}", persist_state=_PERSIST
        )
    changes["zero_gamma"] = right.toggle(
        "Start every branch at zero", start.zero_gamma, key=f"{key}_zero", persist_state=_PERSIST
    )
    return replace(start, **changes)


def _select(place: DeltaGenerator, choice: Choice, start: ModelConfig, key: str) -> str:
    return place.selectbox(
        choice.title,
        choice.values,
        choice.values.index(getattr(start, choice.field)),
        key=f"{key}_{choice.field}",
        persist_state=_PERSIST,
    )


def _numbers(
    place: DeltaGenerator, title: str, start: tuple[int, ...], key: str
) -> tuple[int, ...]:
    text = place.text_input(
        title, ", ".join(map(str, start)), key=f"{key}_{title}", persist_state=_PERSIST
    )
    return read_numbers(text)
