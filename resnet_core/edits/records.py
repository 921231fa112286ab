"""What a wish and an edit say."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args

import pydantic

from resnet_core.config import ALL_BLOCKS, Intervention, InterventionKind
from resnet_core.errors import ConfigError

SettingKind = Literal[
    "learning_rate",
    "learning_rate_factor",
    "momentum",
    "weight_decay",
    "label_smoothing",
    "augmentation",
    "steps",
]
"""What is changed for all nets alike."""
EditKind = InterventionKind | SettingKind
EDIT_KINDS: dict[EditKind, str] = {
    "skip_strength": "factor on the skips: 1 as built, 0 cuts them",
    "drop": "1 drops blocks, 0 takes them back",
    "freeze": "1 freezes blocks, 0 lets them learn again",
    "redraw": "1 draws the weights of blocks anew",
    "learning_rate": "this learning rate from here on",
    "learning_rate_factor": "the schedule's learning rates times this from here on",
    "momentum": "momentum of SGD, beta1 of AdamW",
    "weight_decay": "weight decay",
    "label_smoothing": "share of the target spread over all classes",
    "augmentation": "none or crop_flip",
    "steps": "steps of the whole run, more than it has; the new ones at a rate of their own",
}
"""Everything that can be edited, with what its value means."""
NET_KINDS: tuple[InterventionKind, ...] = get_args(InterventionKind)
"""Edits of one net; all others concern every net alike."""
TEXT_KINDS = ("augmentation",)
_SWITCHES = {"on": 1.0, "true": 1.0, "yes": 1.0, "off": 0.0, "false": 0.0, "no": 0.0}

_Step = Annotated[int, pydantic.Field(ge=0, le=10**15)]
_Number = Annotated[int, pydantic.Field(ge=1, le=10**9)]
_Text = Annotated[str, pydantic.Field(max_length=10_000)]
_Finite = Annotated[float, pydantic.Field(allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person wants changed."""

    what: EditKind
    value: float | str
    """What it is to become; `EDIT_KINDS` says what values mean."""
    arm: str | int | None = None
    """For an edit of a net: its number from 0, its label, or its name in the registry; may be left
    out where a run has one arm."""
    blocks: str | None = None
    """For an edit of a net: `all`, a stage or a block; all if left out."""
    rate: float | None = None
    """For more steps: the learning rate of the new ones."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change of a run, waiting or done."""

    __pydantic_config__: ClassVar = pydantic.ConfigDict(strict=True, extra="forbid")

    number: _Number
    """Its place in the run's one order of edits, from 1."""
    step: _Step | None
    """Finished steps when it was done: the next one is the first with it; `None` while it waits."""
    arm: _Text | None
    """Label of the arm, all of whose seeds it concerns; `None` where it concerns every arm."""
    what: EditKind
    blocks: _Text | None
    """`all`, a stage or a block of the net; `None` for what is no edit of a net."""
    before: Annotated[_Finite | _Text | None, pydantic.Field(alias="from")]
    """What it was; `None` where it was not one value, or is not known before the edit is done."""
    after: Annotated[_Finite | _Text, pydantic.Field(alias="to")]
    """What it became."""
    rate: _Finite | None = None
    """For more steps: the learning rate of the new ones."""

    @property
    def is_of_net(self) -> bool:
        """Whether it changes one net, and not how all of them train."""
        return self.what in NET_KINDS

    @property
    def intervention(self) -> Intervention:
        """What it does to its net; only an edit of a net has one."""
        assert self.what in NET_KINDS
        assert isinstance(self.after, float)
        blocks = ALL_BLOCKS if self.blocks is None else self.blocks
        return Intervention(what=self.what, blocks=blocks, value=self.after)

    def as_json(self) -> dict[str, Any]:
        """Its fields as files and commands have them: `from` and `to` are `before` and `after`."""
        return EDIT_ADAPTER.dump_python(self, mode="json", by_alias=True)


EDIT_ADAPTER = pydantic.TypeAdapter(Edit)
"""Reads and writes edits."""


def parse_wish(text: str) -> Wish:
    """Reads what a command line says, such as `skip_strength=0`, `freeze=on`.

    Raises:
        ConfigError: naming what can be edited, or what a value must be.
    """
    name, sign, value = (part.strip() for part in text.partition("="))
    kinds: dict[str, EditKind] = {kind: kind for kind in EDIT_KINDS}
    what = kinds.get(name)
    if what is None or not sign:
        known = ", ".join(EDIT_KINDS)
        raise ConfigError(
            f"'{text[:80]}' is no edit: write one of {known}, an equals sign and a value, such as "
            "skip_strength=0."
        )
    if what in TEXT_KINDS:
        return Wish(what=what, value=value)
    try:
        return Wish(what=what, value=_SWITCHES[value] if value in _SWITCHES else float(value))
    except ValueError as exc:
        raise ConfigError(f"{what} takes a number, got '{value[:80]}'.") from exc
