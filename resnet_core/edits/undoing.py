"""What takes an edit back: wishes for what was there before it."""

from resnet_core.config import (
    BODY,
    ExperimentConfig,
    block_states,
    find_blocks,
    is_body_frozen,
    named_together,
)
from resnet_core.edits.course import interventions_of
from resnet_core.edits.log import read_edits
from resnet_core.edits.records import Edit, EditKind, Wish
from resnet_core.edits.wishes import request_edit
from resnet_core.errors import ConfigError, RunError
from resnet_core.runs.status import read_config

_FINAL: dict[EditKind, str] = {
    "redraw": "The weights that were there before are gone: fork the run at the step before it.",
    "steps": "Steps that were asked for are taken: stop the run where it should end.",
}
_RATES = ("learning_rate", "learning_rate_factor")


def put_back(run_id: str, number: int) -> tuple[Edit, ...]:
    """Asks for what an edit replaced, and gives the wishes as they wait; mostly it is one.

    Raises:
        RunError: when the run has no such edit, or can have no other one.
        ConfigError: for an edit that nothing takes back.
    """
    edits = read_edits(run_id)
    edit = next((each for each in edits if each.number == number), None)
    if edit is None:
        known = ", ".join(str(each.number) for each in edits) or "none"
        raise RunError(f"Run {run_id} has no edit {number} that was done; it has {known}.")
    earlier = tuple(each for each in edits if each.number < number)
    wishes = wishes_before(read_config(run_id), earlier, edit)
    return tuple(request_edit(run_id, wish) for wish in wishes)


def wishes_before(
    config: ExperimentConfig, earlier: tuple[Edit, ...], edit: Edit
) -> tuple[Wish, ...]:
    """Says what to ask for so that what an edit changed is as it was before it.

    Args:
        config: what was asked of the run.
        earlier: the edits before it.
        edit: the one to take back.

    Raises:
        ConfigError: for an edit that nothing takes back.
    """
    if edit.what in _FINAL:
        raise ConfigError(_FINAL[edit.what])
    if edit.is_of_net:
        return _of_net(config, earlier, edit)
    if edit.what in _RATES:
        last = next((each for each in reversed(earlier) if each.what in _RATES), None)
        return (
            Wish(what="learning_rate_factor", value=1.0)
            if last is None
            else Wish(what=last.what, value=last.after),
        )
    assert edit.before is not None  # of every recipe
    return (Wish(what=edit.what, value=edit.before),)


def _of_net(config: ExperimentConfig, earlier: tuple[Edit, ...], edit: Edit) -> tuple[Wish, ...]:
    arm = config.arms[config.find_arm(edit.arm or "")]
    model, done = arm.model, interventions_of(arm, earlier)
    states = block_states(model, done)
    values = {path: state.value_of(edit.what) for path, state in states.items()}
    places = find_blocks(model, edit.blocks or "")
    former = {path: values[path] for path in places}
    if edit.blocks == BODY:
        rest = float(is_body_frozen(done))
        others = {path: value for path, value in former.items() if value != rest}
        groups = [(BODY, rest), *others.items()]  # what differs from the rest, block by block
    elif len(set(former.values())) == 1:
        groups = [(edit.blocks, next(iter(former.values())))]
    else:
        groups = list(named_together(former))
    return tuple(
        Wish(what=edit.what, value=value, arm=edit.arm, blocks=blocks) for blocks, value in groups
    )
