"""Widgets with which a person chooses nets, pictures and a recipe."""

from dataclasses import dataclass, replace
from typing import Any, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.choosing.own_pictures import pick_own_pictures
from pages.ui.kit.setting_widgets import choice_widget
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import count_training_part, list_data_sources
from resnet_core.config import (
    MOST_REPLICAS,
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    Optimizer,
    Schedule,
    TrainingConfig,
    settings_of,
)
from resnet_core.models import list_models
from resnet_core.recipes.comparisons import (
    MAX_ARMS,
    READY_MADE,
    SWITCHES,
    arms_of_nets,
    arms_of_switch,
    net_label,
)
from resnet_core.recipes.presets import list_presets

_KINDS = ("A ready comparison", "One net, one switch", "Any nets")
_OWN_DATA = "Pictures of my own"
_RECIPE, _EXPERIMENT = settings_of(TrainingConfig), settings_of(ExperimentConfig)
_SEEDS_OF_COMPARISON = 3
"""The fewest of which an interval is of use: over two it is more than three times as wide."""


def pick_arms() -> tuple[ArmConfig, ...]:
    """Lets a person choose the nets; empty while nothing is chosen.

    Raises:
        ConfigError: for a net, or a setting of one, that cannot be.
    """
    kind = st.segmented_control(
        _EXPERIMENT["arms"].title,
        _KINDS,
        default=_KINDS[0],
        required=True,
        key="arms_kind",
        persist_state="session",
    )
    if kind == _KINDS[1]:
        return _pick_switch()
    if kind == _KINDS[2]:
        names = st.multiselect(
            f"Up to {MAX_ARMS} nets",
            list_models(),
            default=["resnet20", "plain20"],
            max_selections=MAX_ARMS,
            wrap=True,
            accept_new_options=True,
            help="CIFAR nets exist at every depth 6n+2: type resnet26 or plain38, say.",
            key="arms_nets",
            persist_state="session",
        )
        return arms_of_nets(names)
    titles = {comparison.title: comparison for comparison in READY_MADE}
    title = st.selectbox("Comparison", titles, key="arms_ready", persist_state="session")
    st.caption(titles[title].question)
    return arms_of_nets(titles[title].nets)


def _pick_switch() -> tuple[ArmConfig, ...]:
    left, middle = st.columns(2)
    cifar_nets = [name for name in list_models() if name.startswith(("resnet20", "resnet56"))]
    cifar_nets += [name for name in list_models() if name not in cifar_nets]
    net = left.selectbox(
        "Net", cifar_nets, format_func=net_label, key="switch_net", persist_state="session"
    )
    titles = {switch.setting.title: switch for switch in SWITCHES}
    title = middle.selectbox("Switch", titles, key="switch_title", persist_state="session")
    switch = titles[title]
    values = st.multiselect(
        "Values, one arm each",
        switch.values,
        default=switch.first,
        format_func=switch.setting.word,
        max_selections=MAX_ARMS,
        wrap=True,
        key=f"switch_values_{switch.field}",
        persist_state="session",
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

    @property
    def is_known(self) -> bool:
        """Whether size, channels and classes are the data set's own, or assumed."""
        return self.num_train_part is not None


def pick_data() -> PickedData | None:
    """Lets a person choose the pictures; `None` while their own have no path yet."""
    sources = {source.name: source for source in list_data_sources()}
    name = st.selectbox(
        settings_of(DataConfig)["source"].title,
        [*sources, _OWN_DATA],
        format_func=lambda name: sources[name].title if name in sources else name,
        key="data_source",
        persist_state="session",
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
    )


def pick_seeds(num_arms: int) -> int:
    """Lets a person choose from how many seeds each net is trained; a comparison begins with 3."""
    setting, most = _EXPERIMENT["seeds"], MOST_REPLICAS // max(1, num_arms)
    seeds = st.number_input(
        setting.title,
        1,
        most,
        _SEEDS_OF_COMPARISON if num_arms > 1 else 1,
        help=setting.help,
        key=f"seeds_up_to_{most}",  # a number of its own for each bound, which it must not exceed
        persist_state="session",
    )
    return int(seeds)


def pick_recipe() -> TrainingConfig:
    """Lets a person choose a recipe and turn its main knobs.

    Raises:
        ConfigError: for a value that is not allowed.
    """
    presets = {preset.name: preset for preset in list_presets()}
    name = st.selectbox(
        _EXPERIMENT["training"].title,
        presets,
        format_func=lambda name: presets[name].title,
        key="recipe",
        persist_state="session",
    )
    st.caption(presets[name].description)
    with st.expander("Turn the knobs", icon=":material/tune:"):
        return _turn_knobs(name, presets[name].training)


def _turn_knobs(preset: str, recipe: TrainingConfig) -> TrainingConfig:
    left, middle, right = st.columns(3)
    recipe = _pick_length(left, preset, recipe)
    batch_size = middle.number_input(
        **_asking("batch_size"),
        min_value=1,
        max_value=4096,
        value=recipe.batch_size,
        **_kept("batch", preset),
    )
    learning_rate = right.number_input(
        **_asking("learning_rate"),
        min_value=1e-6,
        max_value=10.0,
        value=recipe.learning_rate,
        step=0.01,
        format="%.4g",
        **_kept("rate", preset),
    )
    optimizer = choice_widget(
        left, _RECIPE["optimizer"], recipe.optimizer, **_kept("optimizer", preset)
    )
    schedule = choice_widget(
        middle, _RECIPE["schedule"], recipe.schedule, **_kept("schedule", preset)
    )
    weight_decay = right.number_input(
        **_asking("weight_decay"),
        min_value=0.0,
        max_value=1.0,
        value=recipe.weight_decay,
        step=1e-4,
        format="%.5g",
        **_kept("decay", preset),
    )
    return replace(
        recipe,
        batch_size=int(batch_size),
        learning_rate=float(learning_rate),
        optimizer=cast(Optimizer, optimizer),
        schedule=cast(Schedule, schedule),
        weight_decay=float(weight_decay),
    )


def _pick_length(place: DeltaGenerator, preset: str, recipe: TrainingConfig) -> TrainingConfig:
    if recipe.steps is not None:
        steps = place.number_input(
            **_asking("steps"),
            min_value=1,
            max_value=1_000_000,
            value=recipe.steps,
            **_kept("steps", preset),
        )
        return replace(recipe, steps=int(steps))
    epochs = place.number_input(
        **_asking("epochs"),
        min_value=0.01,
        max_value=1000.0,
        value=recipe.epochs,
        **_kept("epochs", preset),
    )
    return replace(recipe, epochs=float(epochs))


def _asking(name: str) -> dict[str, str]:
    """What the form says of a setting of the recipe."""
    return {"label": _RECIPE[name].title, "help": _RECIPE[name].help}


def _kept(name: str, preset: str) -> dict[str, Any]:
    """Keeps a value over a visit to another page, one for each recipe."""
    return {"key": f"{name}_{preset}", "persist_state": "session"}
