"""Widgets for every setting of a net; those that its kind of block does not have are not shown."""

from dataclasses import replace
from itertools import cycle
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.kit.setting_widgets import choice_widget, count_widget, share_widget
from resnet_core.config import ModelConfig, Setting, find_family, load_plugins, settings_of
from resnet_core.models.sharing import read_stages

_SETTINGS = settings_of(ModelConfig)
_CHOICES = (
    "norm",
    "stem",
    "stem_pool",
    "activation_order",
    "pre_shortcut",
    "shortcut",
    "zero_pad",
    "skip_kind",
    "branch_scale",
    "initialisation",
)
_STAGES = ("stage_blocks", "stage_widths")
_COUNTS = (
    "stem_width",
    "num_classes",
    "squeeze_reduction",
    "squeeze_least",
    "groups",
    "width_factor",
)
_SWITCHES = ("zero_gamma", "stem_norm", "final_norm")
_SHARES = ("skip_strength", "stochastic_depth", "compression")


def change_settings(start: ModelConfig, key: str) -> ModelConfig:
    """Shows a net's settings and gives the net that they describe.

    Raises:
        ConfigError: for settings that cannot be.
    """
    load_plugins()  # their blocks are to choose from, too
    columns = st.columns(2)
    block = choice_widget(columns[0], _SETTINGS["block"], start.block, **_kept(key, "block"))
    fixed = find_family(block).fixed_settings
    changes: dict[str, Any] = {"block": block, **fixed}
    places = cycle((columns[1], columns[0]))
    for names, widget in (
        (_CHOICES, choice_widget),
        (_STAGES, _numbers),
        (_COUNTS, count_widget),
        (_SHARES, share_widget),
    ):
        for name in names:
            if name not in fixed:
                changes[name] = widget(
                    next(places), _SETTINGS[name], getattr(start, name), **_kept(key, name)
                )
    for name in _SWITCHES:
        if name not in fixed:
            setting = _SETTINGS[name]
            changes[name] = next(places).toggle(
                setting.title, getattr(start, name), help=setting.help, **_kept(key, name)
            )
    return replace(start, **changes)


def _numbers(
    place: DeltaGenerator, setting: Setting, start: tuple[int, ...], **options: Any
) -> tuple[int, ...]:
    text = place.text_input(setting.title, ", ".join(map(str, start)), help=setting.help, **options)
    return read_stages(text)


def _kept(key: str, name: str) -> dict[str, Any]:
    """Keeps a widget's value over a visit to another page."""
    return {"key": f"{key}_{name}", "persist_state": "session"}
