"""What a setting is called, what it does, and what it may be: said once, beside its field.

    norm: Annotated[Norm, Setting(title="Normalisation", explanation="...")] = "batch"

Forms, the command line's help, documents and the checks all read it from there.
"""

import dataclasses
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from resnet_core.config.checks import require
from resnet_core.config.plugins import load_plugins, missing_sentence


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Between what a number must lie; of several numbers, each; of text or nets, how many."""

    least: float | None = None
    """Smallest value that is allowed."""
    above: float | None = None
    """Instead of `least`: what it must exceed."""
    most: float | None = None
    """Largest value that is allowed."""
    below: float | None = None
    """Instead of `most`: what it must stay under."""
    is_count: bool = False
    """Whether it is the number of entries that they bound."""

    def hold(self, value: float) -> bool:
        """Whether a number lies between them; infinity and NaN never do."""
        return (
            (isinstance(value, int) or math.isfinite(value))  # a whole number may be beyond floats
            and (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        """What a value must be, such as `lie between 0 and below 1`."""
        if self.most is None and self.below is None:
            return f"be at least {self.least:,}" if self.above is None else f"be above {self.above}"
        lower = f"between {self.least:,} and" if self.above is None else f"above {self.above} and"
        if self.most is None:
            return f"lie {lower} below {self.below:,}"
        return f"lie {lower}{'' if self.above is None else ' up to'} {self.most:,}"

    def as_json(self) -> dict[str, float | bool]:
        """Those that there are, by name."""
        absent = (None, False)  # by identity: a bound may be 0
        return {k: v for k, v in vars(self).items() if not any(v is none for none in absent)}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The one description of a setting."""

    title: str
    """What forms and tables call it."""
    explanation: str
    """What it does, in a sentence or two."""
    choices: Mapping[str, str] = field(default_factory=dict[str, str])
    """The word for each value, where it is one of a few."""
    is_open: bool = False
    """Whether values beside `choices` are allowed, which the config then checks itself."""
    bounds: Bounds | None = None
    """Between what a number must lie."""
    source: str = ""
    """The paper, and the place in it."""

    def word(self, value: object) -> str:
        """What people call a value; a number is its own word."""
        if isinstance(value, list | tuple):
            return "-".join(map(str, value))
        if isinstance(value, bool):
            return "on" if value else "off"
        return self.choices.get(str(value), str(value))

    def say(self, value: object) -> str:
        """Title and word in one, such as `normalisation batch norm`, for the name of a net."""
        return f"{self.title.lower()} {self.word(value)}"

    @property
    def help(self) -> str:
        """Explanation and source, as a form's question mark and `--help` show them."""
        return f"{self.explanation} ({self.source})" if self.source else self.explanation


@functools.cache
def settings_of(kind: type) -> Mapping[str, Setting]:
    """Gives every setting of a kind of config by its field's name."""
    return {
        field.name: found
        for field in dataclasses.fields(kind)
        for found in get_args(field.type)[1:]
        if isinstance(found, Setting)
    }


def check_settings(config: Any, called: Mapping[str, str] | None = None) -> None:
    """Refuses a value that is none of a setting's choices, or out of its bounds.

    Args:
        config: what is checked.
        called: what a person knows fields by that have another name there.

    Raises:
        ConfigError: naming the field, its value, and what is allowed.
    """
    for name, setting in settings_of(type(config)).items():
        value = getattr(config, name)
        if setting.choices and not setting.is_open and value not in setting.choices:
            load_plugins()  # which may add it
            known = tuple(setting.choices)
            require(value in known, missing_sentence(name, value, known))
        if setting.bounds is not None and value is not None:
            _check_bounds((called or {}).get(name, name), value, setting.bounds)


def _check_bounds(name: str, value: Any, bounds: Bounds) -> None:
    numbers = value if isinstance(value, tuple) else (value,)
    if bounds.is_count:
        require(bounds.hold(len(value)), f"{name} must {bounds} in number, got {len(value)}.")
        return
    require(all(map(bounds.hold, numbers)), f"{name} must {bounds}, got {value}.")
