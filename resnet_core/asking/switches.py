"""What is switched in a net's blocks: which switches there are, and how they are written."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from resnet_core.config import (
    BlockState,
    Intervention,
    InterventionKind,
    ModelConfig,
    block_states,
    check_intervention,
    find_blocks,
    named_together,
)
from resnet_core.errors import ConfigError

Switches = tuple[Intervention, ...]
"""Skips weighed and blocks dropped; none is the net as it was loaded."""

_KINDS: tuple[InterventionKind, ...] = ("skip_strength", "drop")
_WORD = re.compile(
    r"(?:skip-(\d(?:\.\d{1,4})?)|(un)?drop)-(all|stage\d{1,3}(?:\.\d{1,4})?)", re.ASCII
)


def settle_switches(
    model: ModelConfig, before: Iterable[Intervention], asked: Sequence[Intervention]
) -> Switches:
    """Gives the fewest switches with the outcome of all, and refuses what cannot be.

    Args:
        model: the net's design.
        before: what holds of the net as it was loaded, such as skips cut while it trained.
        asked: in order, later ones over earlier ones.

    Returns:
        What differs from the net as it was loaded; none where everything is back.

    Raises:
        ConfigError: for a block or a skip that the net does not have, or a block that cannot be
            dropped.
    """
    for each in asked:
        check_intervention(model, each)
    loaded = tuple(before)
    former, now = block_states(model, loaded), block_states(model, (*loaded, *asked))
    found = []
    for what in _KINDS:
        values = {path: state.value_of(what) for path, state in now.items()}
        differing = {path for path in values if values[path] != former[path].value_of(what)}
        found += [
            Intervention(what=what, blocks=_named(model, blocks), value=value)
            for blocks, value in (named_together(values) if differing else ())
            if differing.intersection(find_blocks(model, blocks))
        ]
    return tuple(found)


def _named(model: ModelConfig, blocks: str) -> str:
    """A stage of one block is called by that."""
    paths = find_blocks(model, blocks)
    return paths[0] if len(paths) == 1 else blocks


def where_it_can_be(model: ModelConfig, switch: Intervention) -> Switches:
    """Gives a switch for each of the blocks it means that can have it.

    Raises:
        ConfigError: for blocks that the net does not have.
    """
    single = [replace(switch, blocks=path) for path in find_blocks(model, switch.blocks)]
    return tuple(each for each in single if not why_not(model, each))


def states_of(
    model: ModelConfig, before: Iterable[Intervention], switches: Iterable[Intervention]
) -> dict[str, BlockState]:
    """Gives what holds of each block, by path in depth order."""
    return block_states(model, (*before, *switches))


def why_not(model: ModelConfig, switch: Intervention) -> str:
    """Says why a net cannot have a switch; empty where it can."""
    try:
        check_intervention(model, switch)
    except ConfigError as exc:
        return str(exc)
    return ""


def why_no_skip(model: ModelConfig) -> str:
    """Says why the skips of a net cannot be weighed; empty where they can."""
    return why_not(model, Intervention(what="skip_strength", value=0))


def why_no_drop(model: ModelConfig, path: str) -> str:
    """Says why a block cannot be dropped; empty where it can."""
    return why_not(model, Intervention(what="drop", blocks=path, value=1))


def word_of_switch(switch: Intervention) -> str:
    """Writes a switch as one word, such as `skip-0.5-stage2` or `drop-stage2.3`."""
    if switch.what == "drop":
        return f"{'drop' if switch.value else 'undrop'}-{switch.blocks}"
    return f"skip-{switch.value:.4f}".rstrip("0").rstrip(".") + f"-{switch.blocks}"


def switch_of_word(word: str) -> Intervention | None:
    """Reads what `word_of_switch` wrote; `None` for anything else."""
    found = _WORD.fullmatch(word)
    if found is None:
        return None
    strength, taken_back, blocks = found.groups()
    try:
        if strength is None:
            return Intervention(what="drop", blocks=blocks, value=not taken_back)
        return Intervention(what="skip_strength", blocks=blocks, value=float(strength))
    except ConfigError:
        return None
