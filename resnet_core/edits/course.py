"""What holds in a run after some of its edits: a pure function of its configuration and them."""

import math
from collections.abc import Sequence
from dataclasses import replace

from resnet_core.config import (
    ALL_BLOCKS,
    BODY,
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    Intervention,
    ModelConfig,
    TrainingConfig,
    block_states,
    find_blocks,
    is_body_frozen,
)
from resnet_core.edits.records import NET_KINDS, Edit

_RECIPE_KINDS = ("momentum", "weight_decay", "label_smoothing")


def interventions_after(edits: Sequence[Edit], arm: str) -> tuple[Intervention, ...]:
    """Lists all that was done to the net of an arm, given by its label, in order."""
    return tuple(edit.intervention for edit in edits if edit.is_of_net and edit.arm == arm)


def interventions_of(arm: ArmConfig, edits: Sequence[Edit]) -> tuple[Intervention, ...]:
    """Lists all that was done to the net of an arm, from what it began with on."""
    began_with = arm.start.interventions if arm.start is not None else ()
    return (*began_with, *interventions_after(edits, arm.label))


def training_after(config: ExperimentConfig, edits: Sequence[Edit]) -> TrainingConfig:
    """Gives the recipe by which the next step trains, but for its learning rate and length."""
    changes = {edit.what: edit.after for edit in edits if edit.what in _RECIPE_KINDS}
    return replace(config.training, **changes) if changes else config.training


def data_after(config: ExperimentConfig, edits: Sequence[Edit]) -> DataConfig:
    """Gives how the next step's pictures are augmented."""
    changes = {edit.what: edit.after for edit in edits if edit.what == "augmentation"}
    return replace(config.data, **changes) if changes else config.data


def steps_after(planned: int, edits: Sequence[Edit]) -> int:
    """Gives the length of a run that was planned to have `planned` steps."""
    return max([planned, *(int(edit.after) for edit in edits if edit.what == "steps")])


def warmup_after(training: TrainingConfig, num_steps: int, edits: Sequence[Edit]) -> int:
    """Gives the step until which the learning rate rises; 0 where an edit ended the warm-up.

    Args:
        training: the recipe as it was asked for.
        num_steps: length of the run as it is now.
        edits: those that were done.
    """
    if any(edit.what in ("learning_rate", "learning_rate_factor") for edit in edits):
        return 0
    planned = next((_number(edit.before) for edit in edits if edit.what == "steps"), num_steps)
    return math.ceil(training.warmup_share * planned)


def rate_after(planned_rate: float, step: int, edits: Sequence[Edit]) -> float:
    """Gives the learning rate of the step after `step` finished ones.

    The last edit that speaks of that step decides: a rate from its own step on, a factor on what
    would have been, or a rate of the new steps alone.

    Args:
        planned_rate: what the schedule says.
        step: finished steps.
        edits: those that were done up to there.
    """
    base = rate = planned_rate
    for edit in edits:
        if edit.what == "steps" and step >= _number(edit.before):
            base = rate = _number(edit.rate)
        elif edit.what == "learning_rate" and step >= (edit.step or 0):
            rate = _number(edit.after)
        elif edit.what == "learning_rate_factor" and step >= (edit.step or 0):
            rate = base * _number(edit.after)
    return rate


def value_before(
    config: ExperimentConfig, edits: Sequence[Edit], what: str, place: tuple[str | None, str | None]
) -> float | str | None:
    """Gives what the next edit of some kind would replace; `None` where it is not one value.

    Args:
        config: what was asked of the run.
        edits: those before it.
        what: its kind.
        place: its arm's label and its blocks, each `None` for what is no edit of a net.
    """
    label, blocks = place
    if what in NET_KINDS:
        arm = next(arm for arm in config.arms if arm.label == label)
        return value_in_net(arm.model, interventions_of(arm, edits), what, blocks)
    if what in _RECIPE_KINDS:
        return float(getattr(training_after(config, edits), what))
    if what == "learning_rate_factor":
        factors = [edit for edit in edits if edit.what in ("learning_rate", what)]
        is_factor = bool(factors) and factors[-1].what == what
        return factors[-1].after if is_factor else 1.0
    return data_after(config, edits).augmentation if what == "augmentation" else None


def value_in_net(
    model: ModelConfig, done: Sequence[Intervention], what: str, blocks: str | None
) -> float | None:
    """Gives what an intervention would replace in a net; `None` where it is not one value.

    Args:
        model: the net's design.
        done: all that was done to it.
        what: the kind of intervention.
        blocks: `all`, `body`, a stage or a block; `None` means all.

    Raises:
        ConfigError: for blocks that the net has not.
    """
    states = block_states(model, done)
    values = {states[path].value_of(what) for path in find_blocks(model, blocks or ALL_BLOCKS)}
    if blocks == BODY:
        values.add(float(is_body_frozen(done)))
    return values.pop() if len(values) == 1 else None


def _number(value: float | str | None) -> float:
    return float(value or 0.0)
