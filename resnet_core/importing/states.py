"""Where in a file the weights are: the mapping of names to tensors, whatever it is called.

Training scripts keep them bare, under `state_dict`, `net`, `params`, `ema`, two levels deep, or as
a whole module.  No name is needed: every mapping that holds tensors is a candidate, and the first
that a net is made of is taken.  Averaged copies (`ema`) come after the weights that were trained.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from resnet_core.errors import CheckpointError
from resnet_core.importing.inert import Placeholder, module_kinds, module_state, plain_tensor
from resnet_core.importing.leaves import common_prefix

_DEEPEST = 5
_MOST_MAPPINGS = 2_000
_MOST_TENSORS = 20_000
_LONGEST_NAME = 200
_ALIKE = 0.9
"""Share of the names that a copy of a net shares with it."""
_NOT_WEIGHTS = re.compile(r".*(optim|scheduler|scaler|grad|momentum|loops|callbacks|rng).*", re.I)
_AVERAGED = re.compile(r".*(ema|swa|shadow|averag|teacher|momentum).*", re.I)


@dataclass(frozen=True)
class FoundState:
    """Tensors by name, and where in the file they stand."""

    path: str
    """Names that lead there, with dots between; "" for a file that holds nothing else."""
    tensors: Mapping[str, Tensor]
    kinds: Mapping[str, str]
    """Kind of each module, where a module was saved whole."""


def list_states(content: Any) -> tuple[FoundState, ...]:
    """Lists what in a file may be the weights of a net, the likeliest first.

    Raises:
        CheckpointError: when nothing may.
    """
    found = [state for state in _walk(content) if state.tensors]
    if not found:
        raise _no_state(content)
    for state in found:
        _refuse_odd_names(state.tensors)
    ranked = sorted(found, key=_rank)
    return (*ranked, *_joined(ranked))


def _no_state(content: Any) -> CheckpointError:
    if isinstance(content, Mapping) and (
        _is_optimizer(content)
        or any(_NOT_WEIGHTS.fullmatch(key_name(key) or "") for key in content)
    ):
        return CheckpointError(
            "holds an optimizer's state and no weights: bring the file that holds "
            "model.state_dict()."
        )
    if any(_are_nameless(held) for held in _holders(content)):
        return CheckpointError(
            "holds tensors without names, in a list or under numbers, and only names tell what "
            "each is: save model.state_dict()."
        )
    return CheckpointError(
        "holds no state dict: expected tensors by name, alone or under a name such as "
        "'state_dict', 'net' or 'model'. Save model.state_dict()."
    )


def twin_states(state: FoundState) -> tuple[FoundState, ...]:
    """Splits a net from a copy of it under a prefix, such as `ema.` beside names without one."""
    counts = Counter(key.partition(".")[0] for key in state.tensors if "." in key)
    for prefix, count in counts.items():
        if 3 * count < len(state.tensors):  # of a net and its copy it would have half
            continue
        inside = _under(state, prefix)
        rest = {k: v for k, v in state.tensors.items() if k not in inside.tensors}
        copied = {key.removeprefix(f"{prefix}.") for key in inside.tensors}
        if rest and len(copied & rest.keys()) >= _ALIKE * max(len(copied), len(rest)):
            return replace(state, tensors=rest), inside
    return ()


def _under(state: FoundState, name: str) -> FoundState:
    """The part of a state whose names begin with one."""
    return replace(
        state,
        path=f"{state.path}.{name}".strip("."),
        tensors={k: v for k, v in state.tensors.items() if k.startswith(f"{name}.")},
        kinds={k: v for k, v in state.kinds.items() if k.startswith(f"{name}.")},
    )


def inner_states(state: FoundState) -> tuple[FoundState, ...]:
    """Splits tensors by the first part of their names: `student` and `teacher` are two nets."""
    twins = twin_states(state)
    if twins:
        return twins
    shared = common_prefix(state.tensors)
    start = f"{shared}." if shared else ""
    inner = (key.removeprefix(start) for key in state.tensors)
    first = {f"{start}{key.partition('.')[0]}": None for key in inner if "." in key}
    if len(first) < 2:
        return ()
    return tuple(
        _under(state, name)
        for name in sorted(first, key=lambda name: bool(_AVERAGED.fullmatch(name)))
    )


def _rank(state: FoundState) -> tuple[bool, bool]:
    is_net = any(tensor.ndim == 4 for tensor in state.tensors.values())
    return not is_net, bool(_AVERAGED.fullmatch(state.path))


def _holders(content: Any) -> Iterator[Any]:
    """A file's own content, and what stands in it."""
    yield content
    if isinstance(content, Mapping):
        yield from content.values()


def _are_nameless(held: Any) -> bool:
    """Whether something holds tensors of which nothing tells what they are."""
    numbered = isinstance(held, Mapping) and all(isinstance(name, int) for name in held)
    values = held.values() if numbered and held else held if isinstance(held, (list, tuple)) else ()
    return any(plain_tensor(value) is not None for value in values)


def _is_optimizer(held: Mapping[Any, Any]) -> bool:
    """Whether a mapping is what an optimizer of torch saves, whatever it is called."""
    return "param_groups" in held


def key_name(key: Hashable) -> str | None:
    """The name that a key stands for: old pickles have bytes, flattened trees tuples of parts."""
    if isinstance(key, bytes):
        return key.decode(errors="replace")
    if isinstance(key, tuple) and key and all(isinstance(part, str) for part in key):
        return ".".join(key)
    return key if isinstance(key, str) else None


def _walk(content: Any) -> Iterator[FoundState]:
    """Every mapping with tensors in it, those outside before those inside."""
    waiting: list[tuple[str, Any, int]] = [("", content, 0)]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_MAPPINGS:
        path, held, depth = waiting.pop(0)
        if id(held) in seen:
            continue
        seen.add(id(held))
        if isinstance(held, Placeholder):
            tensors = module_state(held)
            if len(tensors) <= _MOST_TENSORS:
                yield FoundState(path, tensors, module_kinds(held))
            if not tensors:
                held = held.attributes
        if isinstance(held, (list, tuple)):
            held = _bykey_name(held)
        if isinstance(held, Mapping) and not _is_optimizer(held):
            yield FoundState(path, _named_tensors(held), {})
            if depth < _DEEPEST:
                waiting += [
                    (f"{path}.{name}".strip("."), inner, depth + 1)
                    for name, inner in _named(held)
                    if isinstance(inner, (Mapping, Placeholder, list, tuple))
                    and not _NOT_WEIGHTS.fullmatch(name)
                ]


def _named(held: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """What a mapping holds by name; what stands under a number is called by it."""
    for key, inner in held.items():
        name = str(key) if isinstance(key, int) else key_name(key)
        if name is not None:
            yield name, inner


def _bykey_name(held: Sequence[Any]) -> Mapping[str, Any]:
    """A list of names with tensors as a mapping; what else it holds by number."""
    if len(held) > _MOST_TENSORS:
        return {}
    pairs = [each for each in held if isinstance(each, tuple) and len(each) == 2]
    if pairs and len(pairs) == len(held) and all(isinstance(name, str) for name, _ in pairs):
        return dict(pairs)
    return {str(number): each for number, each in enumerate(held) if not isinstance(each, Tensor)}


def _named_tensors(held: Mapping[Any, Any]) -> dict[str, Tensor]:
    if len(held) > _MOST_TENSORS:
        return {}
    tensors = {key_name(key): plain_tensor(value) for key, value in held.items()}
    return {name: tensor for name, tensor in tensors.items() if name and tensor is not None}


def _joined(states: list[FoundState]) -> tuple[FoundState, ...]:
    """All tensors by their whole names, for a net in two mappings such as `backbone` and `head`."""
    if len(states) < 2:
        return ()
    joined = {
        f"{state.path}.{key}".strip("."): tensor
        for state in states
        if not _AVERAGED.fullmatch(state.path)
        for key, tensor in state.tensors.items()
    }
    return (FoundState("", joined, {}),)


def _refuse_odd_names(state: Mapping[str, Tensor]) -> None:
    if any(len(key) > _LONGEST_NAME or not key.isprintable() for key in state):
        raise CheckpointError("has tensors with names that no net has: save model.state_dict().")
