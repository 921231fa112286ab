"""Edits in words."""

from resnet_core.config import ALL_BLOCKS, BODY, DataConfig, TrainingConfig, settings_of
from resnet_core.edits.records import Edit
from resnet_core.runs.files import Phase

_SETTINGS = {**settings_of(TrainingConfig), **settings_of(DataConfig)}


def say_edit(edit: Edit) -> str:
    """Says what an edit did, such as `the skips of stage 2 were cut`; begins in lower case."""
    where = _where(edit.blocks)
    value = edit.after if isinstance(edit.after, float) else 0.0
    if edit.what == "skip_strength":
        return f"the skips of {where} {_skip_words(edit, value)}"
    if edit.what in ("drop", "freeze"):
        done, undone = _DEEDS[edit.what]
        return f"{where} {_verb(edit.blocks)} {done if value else undone}"
    if edit.what == "redraw":
        return f"{where} {_verb(edit.blocks)} drawn anew"
    return _setting_words(edit)


def label_edit(edit: Edit) -> str:
    """Says it as briefly as a mark on a chart needs, such as `skips of stage 2 cut`."""
    brief = say_edit(edit).removeprefix("the ")
    for verb in (" were ", " was "):
        brief = brief.replace(verb, " ")
    return brief


def edit_sentence(edit: Edit) -> str:
    """Says when an edit was done, to what, and what it did."""
    when = "Not yet" if edit.step is None else f"After step {edit.step:,}"
    whose = ", all nets" if edit.arm is None else f", {edit.arm}"
    return f"{when}{whose}: {say_edit(edit)}."


def place_of(blocks: str | None) -> str:
    """Says which blocks are meant, such as `stage 2` or `block 0 of stage 2`."""
    return _where(blocks)


def say_waiting(edit: Edit, phase: Phase) -> str:
    """Says what an edit waits for that a run of this phase was asked for."""
    if phase in ("queued", "preparing"):
        return f"Edit {edit.number} is kept: it is done before the first step."
    if phase in ("training", "paused"):
        return f"Edit {edit.number} is kept: it is done before the next step."
    return f"Edit {edit.number} is kept: it waits until the run is resumed."


_DEEDS = {"drop": ("dropped", "taken back"), "freeze": ("frozen", "thawed")}


def _where(blocks: str | None) -> str:
    if blocks in (None, ALL_BLOCKS):
        return "all blocks"
    if blocks == BODY:
        return "the body"
    stage, dot, index = (blocks or "").removeprefix("stage").partition(".")
    return f"block {index} of stage {stage}" if dot else f"stage {stage}"


def _verb(blocks: str | None) -> str:
    return "were" if blocks in (None, ALL_BLOCKS) else "was"


def _skip_words(edit: Edit, value: float) -> str:
    if not value:
        return "were cut"
    if not edit.before and edit.before is not None:
        return f"were put back at {value:g}"
    return f"were set to {value:g}"


def _setting_words(edit: Edit) -> str:
    if edit.what == "learning_rate_factor":
        return f"the schedule's learning rate was multiplied by {edit.after:g}"
    if edit.what == "learning_rate":
        return f"the learning rate was set to {edit.after:g}"
    if edit.what == "steps":
        return f"the run was extended to {edit.after:,.0f} steps at learning rate {edit.rate:g}"
    setting = _SETTINGS[edit.what]
    return f"{setting.title.lower()} became {setting.word(_plain(edit.after))}"


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
