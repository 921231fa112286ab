"""Widgets that say of a setting what its config says: title, explanation, word of each value."""

from typing import Any

from streamlit.delta_generator import DeltaGenerator

from pages.ui.shell.address import choice_in_address
from resnet_core.config import Setting

STEP_OF_SHARE = 0.05
_MOST = 100_000
"""What a form offers of a number that has no upper bound."""


def choice_widget(place: DeltaGenerator, setting: Setting, value: str, **options: Any) -> str:
    """Lets a person choose one of a setting's values; `options` go to the widget."""
    values = list(setting.choices)
    return place.selectbox(
        setting.title,
        values,
        values.index(value),
        format_func=setting.word,
        help=setting.help,
        **options,
    )


def choice_widget_in_address(
    place: DeltaGenerator, setting: Setting, value: str, *, key: str
) -> str:
    """Lets a person choose one of a setting's values, which stands in the address under the key."""
    values = tuple(setting.choices)
    chosen = place.selectbox(
        setting.title,
        values,
        format_func=setting.word,
        help=setting.help,
        **choice_in_address(key, values, value, called=setting.word),
    )
    return value if chosen is None else chosen


def count_widget(place: DeltaGenerator, setting: Setting, value: int, **options: Any) -> int:
    """Lets a person type a whole number within a setting's bounds."""
    assert setting.bounds is not None
    most = max(int(setting.bounds.most or _MOST), value)
    least = int(setting.bounds.least or 0)
    return int(place.number_input(setting.title, least, most, value, help=setting.help, **options))


def share_widget(place: DeltaGenerator, setting: Setting, value: float, **options: Any) -> float:
    """Lets a person move a share within a setting's bounds; open ends are a step away."""
    bounds = setting.bounds
    assert bounds is not None
    least = bounds.least if bounds.above is None else bounds.above + STEP_OF_SHARE
    most = bounds.most if bounds.below is None else bounds.below - STEP_OF_SHARE
    assert least is not None
    assert most is not None
    return place.slider(
        setting.title,
        min(float(least), value),
        max(float(most), value),
        value,
        STEP_OF_SHARE,
        help=setting.help,
        **options,
    )
