"""What an edit of a net will do and cannot do, said before it is asked for."""

from collections.abc import Sequence

from resnet_core.config import (
    ALL_BLOCKS,
    BODY,
    ArmConfig,
    Intervention,
    ModelConfig,
    block_paths,
    block_states,
    find_blocks,
)
from resnet_core.edits.course import interventions_of, value_in_net
from resnet_core.edits.records import Edit
from resnet_core.edits.wording import place_of


def foretell(model: ModelConfig, intervention: Intervention) -> str:
    """Says what an intervention will do to a net and what it cannot do, from the net alone.

    Raises:
        ConfigError: for blocks that the net has not.
    """
    count, total = len(find_blocks(model, intervention.blocks)), len(block_paths(model))
    many = f"{count} of the net's {total} blocks" if count < total else f"all {total} blocks"
    if intervention.blocks == BODY:
        many += ", and all else before the classifier"
    usual = model.skip_strength if intervention.what == "skip_strength" else 0.0
    is_taken_back = intervention.what in _LIMITS_BACK and intervention.value == usual
    limits = _LIMITS_BACK if is_taken_back else _LIMITS
    return f"{_deed(model, intervention, many)} {limits[intervention.what]}"


def say_no_change(arm: ArmConfig, edits: Sequence[Edit], intervention: Intervention) -> str:
    """Says why an intervention would change nothing of a net; empty where it would.

    Args:
        arm: whose net.
        edits: all that was and will be done to it before.
        intervention: one that this net can have.

    Raises:
        ConfigError: for blocks that the net has not.
    """
    what, blocks, value = intervention.what, intervention.blocks, intervention.value
    done, where = interventions_of(arm, edits), place_of(blocks)
    if what == "redraw":
        return ""
    states = block_states(arm.model, done)
    if what == "skip_strength" and all(
        states[path].is_dropped for path in find_blocks(arm.model, blocks)
    ):
        return (
            f"What enters {where} is handed on as it is, whatever its skips weigh: no branch there "
            "computes."
        )
    if value_in_net(arm.model, done, what, blocks) != value:
        return ""
    if what == "skip_strength":
        return f"The skips of {where} are {_skip_state(arm.model, value)}."
    return _state_words(blocks, "dropped" if what == "drop" else "frozen", is_so=bool(value))


def _state_words(blocks: str, state: str, *, is_so: bool) -> str:
    where, is_all = place_of(blocks), blocks == ALL_BLOCKS
    if is_so:
        return f"{where[0].upper()}{where[1:]} {'are' if is_all else 'is'} {state} already."
    return f"No block is {state}." if is_all else f"Nothing of {where} is {state}."


def _skip_state(model: ModelConfig, value: float) -> str:
    if value == model.skip_strength:
        return "as the net was built"
    return f"weighed by {value:g} already" if value else "cut already"


def _deed(model: ModelConfig, intervention: Intervention, many: str) -> str:
    where, value = place_of(intervention.blocks), intervention.value
    if intervention.what == "skip_strength":
        return _skip_words(model, where, value, many)
    if intervention.what == "drop":
        return (
            f"Hands on what enters {where} as it is, or through the shortcut alone where the shape "
            f"changes: {many} compute nothing more."
            if value
            else f"Lets {where} compute again, with the weights that were kept."
        )
    if intervention.what == "freeze":
        return (
            f"Leaves the weights of {where} as they are while the others learn on: {many}."
            if value
            else f"Lets {where} learn again."
        )
    return f"Draws the weights of {where} anew, as before the first step: {many} begin again."


def _skip_words(model: ModelConfig, where: str, value: float, many: str) -> str:
    if value == model.skip_strength:
        return f"Puts the skips of {where} back to {value:g}, as the net was built."
    if value == 0:
        return f"Cuts the skips of {where}: {many} become plain ones in the middle of training."
    return f"Multiplies what passes the skips of {where} by {value:g}: {many}."


_LIMITS = {
    "skip_strength": (
        "Weights stay, and so do batch norm's running statistics, which are those of the net as it "
        "was: validation answers at once, the loss of the next batch too. Putting it back brings "
        "the skips back, not what is learned or unlearned until then."
    ),
    "drop": (
        "Their weights stay and learn nothing meanwhile. Taking it back brings the blocks back, "
        "not what the others learned until then."
    ),
    "freeze": (
        "Batch norm inside uses its running statistics, and their gradients are not measured: a "
        "gap in the heatmap. Nothing changes at once; it shows in what is learned from here."
    ),
    "redraw": "What they had learned is gone, and cannot be put back in this run.",
}
_LIMITS_BACK = {
    "skip_strength": (
        "What was learned meanwhile stays, and batch norm's running statistics are those of the "
        "net as it was until then: they follow step by step."
    ),
    "drop": "What the others learned meanwhile stays.",
    "freeze": "What the others learned meanwhile stays; their gradients are measured again.",
}
"""Of what takes a deed back."""
