"""Widgets with which a person chooses nets and pictures; the address says what was chosen."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.choosing.own_pictures import OwnPictures, pick_own_pictures
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.address import (
    choice_in_address,
    number_in_address,
    say_unknown,
    set_by_link,
    several_in_address,
)
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import count_training_part, list_data_sources
from pages.ui.shell.session import app_state, set_widget_value, widget_value
from resnet_core.config import (
    MOST_REPLICAS,
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    settings_of,
)
from resnet_core.errors import ResNetLabError
from resnet_core.models import list_models, model_config
from resnet_core.recipes.comparisons import (
    MAX_ARMS,
    READY_MADE,
    SWITCHES,
    arms_of_nets,
    arms_of_switch,
    net_label,
)

_KINDS = ("A ready comparison", "One net, one switch", "Any nets")
_OWN_DATA = "Pictures of my own"
_EXPERIMENT = settings_of(ExperimentConfig)
_NAMES, _FIRST_NAMES = "arms_nets", ("resnet20", "plain20")
_SEEDS = "train_seeds"
_SEEDS_OF_COMPARISON = 3
"""The fewest of which an interval is of use: over two it is more than three times as wide."""


def pick_arms() -> tuple[ArmConfig, ...]:
    """Lets a person choose the nets; empty while nothing is chosen.

    Raises:
        ConfigError: for a net, or a setting of one, that cannot be.
    """
    kind = choose_view(_EXPERIMENT["arms"].title, _KINDS, key="arms_kind", is_labelled=True)
    if kind == _KINDS[1]:
        return _pick_switch()
    if kind == _KINDS[2]:
        return arms_of_nets(_pick_names())
    titles = {comparison.title: comparison for comparison in READY_MADE}
    names = tuple(titles)
    title = st.selectbox("Comparison", names, **choice_in_address("arms_ready", names, names[0]))
    st.caption(titles[title].question)
    return arms_of_nets(titles[title].nets)


def _pick_names() -> list[str]:
    known = list_models()
    options = [*known, *(name for name in _typed_names() if name not in known)]
    return st.multiselect(
        f"Up to {MAX_ARMS} nets",
        options,
        max_selections=MAX_ARMS,
        wrap=True,
        accept_new_options=True,
        help="CIFAR nets exist at every depth 6n+2: type resnet26 or plain38, say.",
        **several_in_address(_NAMES, options, _FIRST_NAMES, most=MAX_ARMS),
    )


def _typed_names() -> list[str]:
    """Nets beyond the listed ones: those of the address that exist, and what a person typed."""
    linked = [name for name in st.query_params.get(_NAMES, "").split(",") if _is_net(name)]
    return list(dict.fromkeys([*linked, *(widget_value(_NAMES) or ())]))


def _is_net(name: str) -> bool:
    try:
        model_config(name)
    except ResNetLabError:
        return False
    return True


def _pick_switch() -> tuple[ArmConfig, ...]:
    left, middle = st.columns(2)
    cifar_nets = [name for name in list_models() if name.startswith(("resnet20", "resnet56"))]
    cifar_nets += [name for name in list_models() if name not in cifar_nets]
    net = left.selectbox(
        "Net",
        cifar_nets,
        format_func=net_label,
        **choice_in_address("switch_net", cifar_nets, cifar_nets[0]),
    )
    titles = {switch.setting.title: switch for switch in SWITCHES}
    names = tuple(titles)
    title = middle.selectbox("Switch", names, **choice_in_address("switch_title", names, names[0]))
    switch = titles[title]
    values = st.multiselect(
        "Values, one arm each",
        switch.values,
        format_func=switch.setting.word,
        max_selections=MAX_ARMS,
        wrap=True,
        **several_in_address(
            f"switch_values_{switch.field}", switch.values, switch.first, most=MAX_ARMS
        ),
    )
    st.caption(switch.setting.help)
    return arms_of_switch(net, switch, values)


@dataclass(frozen=True, kw_only=True)
class PickedData:
    """The pictures that a person chose, as far as they are known before they are read."""

    config: DataConfig
    title: str
    image_size_px: int = 64
    """Side of a picture, px; a folder of mixed sizes is brought to 64."""
    channels: int = 3
    num_classes: int = 10
    num_train_part: int | None = None
    """Pictures of the training part, before any are held out; `None` while not known."""
    own: OwnPictures | None = None
    """The folder or file, if they are a person's own."""

    @property
    def is_known(self) -> bool:
        """Whether size, channels and classes are the data set's own, or assumed."""
        return self.num_train_part is not None


def pick_data() -> PickedData | None:
    """Lets a person choose the pictures; `None` while their own have no path yet."""
    sources = {source.name: source for source in list_data_sources()}
    names = (*sources, _OWN_DATA)
    name = st.selectbox(
        settings_of(DataConfig)["source"].title,
        names,
        format_func=lambda name: sources[name].title if name in sources else name,
        **choice_in_address("data_source", names, names[0]),
    )
    if name not in sources:
        return _pick_own_data()
    source = sources[name]
    st.caption(plain(f"{source.description} {source.num_pictures:,} pictures."))
    if source.status != "ready" and source.download_mib:
        st.caption(
            f"Downloads {source.download_mib:,.0f} MiB from the data set's own server when the "
            "run starts; nothing else ever leaves this machine."
        )
    return PickedData(
        config=DataConfig(source=name),
        title=source.title,
        image_size_px=source.image_size_px,
        channels=source.channels,
        num_classes=source.num_classes,
        num_train_part=count_training_part(name),
    )


def _pick_own_data() -> PickedData | None:
    own = pick_own_pictures("data_path")
    if own is None:
        return None
    return PickedData(
        config=DataConfig(source=own.path),
        title=own.source.title,
        num_classes=len(own.source.class_names),
        own=own,
    )


def pick_seeds(num_arms: int) -> int:
    """Lets a person choose from how many seeds each net is trained; a comparison begins with 3."""
    setting, most = _EXPERIMENT["seeds"], MOST_REPLICAS // max(1, num_arms)
    first = _SEEDS_OF_COMPARISON if num_arms > 1 else 1
    _take_former_seeds(most)
    _offer_seeds(first)
    seeds = st.number_input(
        setting.title, 1, most, help=setting.help, **number_in_address(_SEEDS, first, 1, most)
    )
    return int(seeds)


def _offer_seeds(first: int) -> None:
    """Moves the number that is offered, as long as a person has chosen none."""
    choices = app_state().choices
    if _SEEDS not in st.query_params and widget_value(_SEEDS) == choices.get(_SEEDS):
        set_widget_value(_SEEDS, first)
        choices[_SEEDS] = first


def _take_former_seeds(most: int) -> None:
    """Reads an address of former days, where each bound had a number of its own."""
    former = f"seeds_up_to_{most}"
    word = st.query_params.get(former)
    if word is None or _SEEDS in st.query_params:
        return
    if word.isdecimal() and word.isascii() and 1 <= int(word) <= most:
        set_by_link(_SEEDS, int(word))
    else:
        say_unknown(former, word)
