"""Widgets for every setting of a net; those that its kind of block does not have are not shown."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet_core.config import (
    DENSE_SETTINGS,
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
)
from resnet_core.models.sharing import read_numbers

_PERSIST = "session"


@dataclass(frozen=True)
class Choice:
    """A setting that has one of a few values."""

    title: str
    field: str
    values: tuple[str, ...]


_BLOCK = Choice("Block", "block", choices(Block))
_CHOICES = (
    Choice("Normalisation", "norm", choices(Norm)),
    Choice("Stem", "stem", choices(Stem)),
    Choice("Order in a block", "activation_order", choices(ActivationOrder)),
    Choice("Shortcut where shapes change", "shortcut", choices(Shortcut)),
    Choice("What a shortcut does on its way", "skip_kind", choices(SkipKind)),
    Choice("Factor on the branch", "branch_scale", choices(BranchScale)),
    Choice("Initialisation", "initialisation", choices(Initialisation)),
)
_WORDS = {
    "basic": "basic: 3x3, 3x3",
    "bottleneck": "bottleneck: 1x1, 3x3, 1x1",
    "dense": "dense: 3x3, appended",
    "dense_bottleneck": "dense bottleneck: 1x1, 3x3, appended",
    "batch": "batch norm",
    "group": "group norm",
    "layer": "layer norm",
    "cifar": "cifar: 3x3",
    "imagenet": "imagenet: 7x7 /2, pool /2",
    "deep": "deep: three 3x3 /2, pool /2",
    "post": "post-activation (2015)",
    "pre": "pre-activation (2016)",
    "norm_after_add": "norm after addition",
    "relu_before_add": "ReLU before addition",
    "relu_only_pre": "ReLU-only pre-activation",
    "A": "A: pad with zeros",
    "B": "B: project",
    "C": "C: project everywhere",
    "D": "D: average, then project",
    "identity": "nothing: identity",
    "constant": "halve it and the branch",
    "exclusive_gate": "exclusive gate",
    "shortcut_gate": "shortcut-only gate",
    "dropout": "dropout of one half",
    "skipinit": "SkipInit",
    "rezero": "ReZero",
    "fixup": "Fixup",
    "he_fan_out": "He, fan-out",
    "he_fan_in": "He, fan-in",
    "xavier": "Xavier",
    "small": "half of He",
}
_COUNTS = (
    ("Channels of the stem", "stem_width", 1),
    ("Classes", "num_classes", 2),
    ("Squeeze-and-excitation: reduction (0: none)", "squeeze_reduction", 0),
    ("Groups", "groups", 1),
    ("Width factor of the 3x3", "width_factor", 1),
)
_SHARES = (
    ("Skip strength (0: plain)", "skip_strength", 0.0, 1.0),
    ("Stochastic depth: share that skips the last block", "stochastic_depth", 0.0, 0.95),
    ("Share of channels that a transition keeps", "compression", 0.05, 1.0),
)
_BOTTLENECK_ALONE: dict[str, Any] = {"groups": 1, "width_factor": 1}


def change_settings(start: ModelConfig, key: str) -> ModelConfig:
    """Shows a net's settings and gives the net that they describe.

    Raises:
        ConfigError: for settings that cannot be.
    """
    columns = st.columns(2)
    block = _select(columns[0], _BLOCK, start, key)
    fixed = _fixed_settings(block)
    places = cycle((columns[1], columns[0]))
    changes: dict[str, Any] = {"block": block, **fixed}
    for choice in _CHOICES:
        if choice.field not in fixed:
            changes[choice.field] = _select(next(places), choice, start, key)
    is_dense = block.startswith("dense")
    widths = "Growth rate in each stage" if is_dense else "Channels in each stage"
    changes["stage_blocks"] = _numbers(columns[0], "Blocks in each stage", start.stage_blocks, key)
    changes["stage_widths"] = _numbers(columns[1], widths, start.stage_widths, key)
    changes |= _count_settings(places, start, key, fixed)
    changes |= _share_settings(places, start, key, fixed)
    if "zero_gamma" not in fixed:
        changes["zero_gamma"] = next(places).toggle(
            "Start every branch at zero",
            start.zero_gamma,
            key=f"{key}_zero",
            persist_state=_PERSIST,
        )
    return replace(start, **changes)


def _fixed_settings(block: str) -> dict[str, Any]:
    """Settings that a kind of block leaves no choice of."""
    if block.startswith("dense"):
        return {**DENSE_SETTINGS, **_BOTTLENECK_ALONE}
    return {"compression": 1.0} | ({} if block == "bottleneck" else _BOTTLENECK_ALONE)


def _count_settings(
    places: Iterator[DeltaGenerator], start: ModelConfig, key: str, fixed: dict[str, Any]
) -> dict[str, int]:
    values = {}
    for title, name, least in _COUNTS:
        if name not in fixed:
            value = getattr(start, name)
            values[name] = next(places).number_input(
                title,
                least,
                max(100_000, value),
                value,
                key=f"{key}_{name}",
                persist_state=_PERSIST,
            )
    return values


def _share_settings(
    places: Iterator[DeltaGenerator], start: ModelConfig, key: str, fixed: dict[str, Any]
) -> dict[str, float]:
    values = {}
    for title, name, least, most in _SHARES:
        if name not in fixed:
            value = float(getattr(start, name))
            values[name] = next(places).slider(
                title,
                min(least, value),
                max(most, value),
                value,
                0.05,
                key=f"{key}_{name}",
                persist_state=_PERSIST,
            )
    return values


def _select(place: DeltaGenerator, choice: Choice, start: ModelConfig, key: str) -> str:
    return place.selectbox(
        choice.title,
        choice.values,
        choice.values.index(getattr(start, choice.field)),
        format_func=_word,
        key=f"{key}_{choice.field}",
        persist_state=_PERSIST,
    )


def _word(value: str) -> str:
    return _WORDS.get(value, value)


def _numbers(
    place: DeltaGenerator, title: str, start: tuple[int, ...], key: str
) -> tuple[int, ...]:
    text = place.text_input(
        title, ", ".join(map(str, start)), key=f"{key}_{title}", persist_state=_PERSIST
    )
    return read_numbers(text)
