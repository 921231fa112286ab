"""Widgets with which a person chooses a recipe; the address says what was chosen."""

from dataclasses import replace
from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.kit.setting_widgets import choice_widget_in_address
from pages.ui.shell.address import (
    choice_in_address,
    decimal_in_address,
    number_in_address,
    remarks_shown_in,
)
from pages.ui.shell.words import hover_text
from resnet_core.config import ExperimentConfig, Optimizer, Schedule, TrainingConfig, settings_of
from resnet_core.recipes.presets import list_presets

_RECIPE, _EXPERIMENT = settings_of(TrainingConfig), settings_of(ExperimentConfig)
_MOST_PICTURES, _MOST_STEPS, _MOST_EPOCHS = 4096, 1_000_000, 1000.0
_LEAST_RATE, _MOST_RATE, _LEAST_EPOCHS = 1e-6, 10.0, 0.01


def pick_recipe() -> TrainingConfig:
    """Lets a person choose a recipe and turn its main knobs.

    Raises:
        ConfigError: for a value that is not allowed.
    """
    presets = {preset.name: preset for preset in list_presets()}
    names = tuple(presets)
    name = st.selectbox(
        _EXPERIMENT["training"].title,
        names,
        format_func=lambda name: presets[name].title,
        help=hover_text("one-cycle", "weight decay", "bf16"),
        **choice_in_address("recipe", names, names[0]),
    )
    st.caption(presets[name].description)
    place = st.container()
    with st.expander("Turn the knobs", icon=":material/tune:"), remarks_shown_in(place):
        return _turn_knobs(name, presets[name].training)


def _turn_knobs(preset: str, recipe: TrainingConfig) -> TrainingConfig:
    """Each recipe keeps values of its own: their keys end in its name."""
    left, right = st.columns(2)
    recipe = _pick_length(left, preset, recipe)
    batch_size = _pick_whole(left, "batch_size", f"batch_{preset}", recipe, _MOST_PICTURES)
    learning_rate = right.number_input(
        _RECIPE["learning_rate"].title,
        _LEAST_RATE,
        _MOST_RATE,
        help=_RECIPE["learning_rate"].help,
        step=0.01,
        format="%.4g",
        **decimal_in_address(f"rate_{preset}", recipe.learning_rate, _LEAST_RATE, _MOST_RATE),
    )
    optimizer = choice_widget_in_address(
        left, _RECIPE["optimizer"], recipe.optimizer, key=f"optimizer_{preset}"
    )
    schedule = choice_widget_in_address(
        right, _RECIPE["schedule"], recipe.schedule, key=f"schedule_{preset}"
    )
    weight_decay = right.number_input(
        _RECIPE["weight_decay"].title,
        0.0,
        1.0,
        help=_RECIPE["weight_decay"].help,
        step=1e-4,
        format="%.5g",
        **decimal_in_address(f"decay_{preset}", recipe.weight_decay, 0.0, 1.0),
    )
    return replace(
        recipe,
        batch_size=batch_size,
        learning_rate=float(learning_rate),
        optimizer=cast(Optimizer, optimizer),
        schedule=cast(Schedule, schedule),
        weight_decay=float(weight_decay),
    )


def _pick_length(place: DeltaGenerator, preset: str, recipe: TrainingConfig) -> TrainingConfig:
    if recipe.steps is not None:
        return replace(
            recipe, steps=_pick_whole(place, "steps", f"steps_{preset}", recipe, _MOST_STEPS)
        )
    epochs = place.number_input(
        _RECIPE["epochs"].title,
        _LEAST_EPOCHS,
        _MOST_EPOCHS,
        help=_RECIPE["epochs"].help,
        **decimal_in_address(f"epochs_{preset}", recipe.epochs, _LEAST_EPOCHS, _MOST_EPOCHS),
    )
    return replace(recipe, epochs=float(epochs))


def _pick_whole(
    place: DeltaGenerator, field: str, key: str, recipe: TrainingConfig, most: int
) -> int:
    number = place.number_input(
        _RECIPE[field].title,
        1,
        most,
        help=_RECIPE[field].help,
        **number_in_address(key, getattr(recipe, field), 1, most),
    )
    return int(number)
