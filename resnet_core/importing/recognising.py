"""From what a file holds to a net and its weights: every set of tensors in it is tried."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from resnet_core.config import ModelConfig
from resnet_core.errors import CheckpointError
from resnet_core.importing.architecture import (
    AUTOMATIC,
    architecture_config,
    fitting_config,
    is_dense_state,
    is_own_state,
)
from resnet_core.importing.leaves import sort_tensors
from resnet_core.importing.origins import OWN, find_origin
from resnet_core.importing.parts import NetParts, find_parts
from resnet_core.importing.plain_tensors import check_numbers, check_storage
from resnet_core.importing.renaming import rename_parts
from resnet_core.importing.shapes import check_counts, describe_parts
from resnet_core.importing.states import FoundState, inner_states, list_states, twin_states
from resnet_core.models import torchvision_state
from resnet_core.models.nets import build_on_meta

_WITHOUT_LABELS = re.compile(
    r"(?:.*\.)?(encoder_[qk]|(?:online|target|query|key|momentum|base)_encoder|"
    r"(?:online|target)_network)\..*"
)
"""Nets of a training without labels; the last map of such a net gives features."""
_WIDEST_STD = 2.0
"""Of pictures on the scale of 0 to 1; on that of 0 to 255 it is about 60."""


class _OwnScaleError(CheckpointError):
    """A module before the net works on another scale: without it, it would be another net."""


@dataclass(frozen=True, eq=False)
class Recognised:
    """A net in a file."""

    config: ModelConfig
    tensors: Mapping[str, Tensor]
    """By our names, of our types and shapes."""
    family: str
    """Whose names the tensors had."""
    mean: tuple[float, ...]
    """What the family's pictures are normalised with; empty where that is not known."""
    std: tuple[float, ...]
    path: str
    """Where in the file it stands."""
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    """What beside the net was left out, in words, and how many tensors it was."""
    beside: tuple[str, ...] = ()
    """Where other nets stand in the file."""
    is_normalised: bool = False
    """Whether mean and std are the file's own, of a module before the net."""
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    """Kinds of modules, where a module was saved whole."""


def recognise(content: Any, architecture: str = AUTOMATIC, part: str = "") -> Recognised:
    """Finds the net in what a file holds.

    Args:
        content: the file's content.
        architecture: the net's name, or `auto`: names and shapes tell.
        part: which of several nets, by where it stands; empty: the first.

    Raises:
        CheckpointError: when there is none; of several reasons, the likeliest set's.
    """
    states = [state for state in list_states(content) if not part or _is_at(state.path, part)]
    states = states or _parts_called(content, part)
    reasons: list[CheckpointError] = []
    found: list[Recognised] = []
    known: list[FoundState] = []
    for state in _candidates(states):
        if any(_are_one(other, state) for other in known):
            continue
        try:
            found.append(_recognise(state, architecture))
            known.append(state)
        except _OwnScaleError:
            raise
        except CheckpointError as exc:
            reasons.append(exc)
    if not found:
        raise reasons[0]
    first, *others = found
    beside = tuple(dict.fromkeys(each.path for each in others if each.path))
    return replace(first, beside=beside, left_out=_all_left_out(first, beside, states))


def _all_left_out(
    first: Recognised, beside: Sequence[str], states: Sequence[FoundState]
) -> dict[str, int]:
    """What was left out, with what stands beside a net that is a part of a set of tensors."""
    left_out = dict(first.left_out)
    for state in states:
        parts = inner_states(state)
        if not any(part.path == first.path for part in parts):
            continue
        for part in parts:
            if part.path != first.path and part.path not in beside:
                name = f"tensors of '{part.path.rpartition('.')[2]}'"
                left_out[name] = left_out.get(name, 0) + len(part.tensors)
    return left_out


def _is_at(path: str, part: str) -> bool:
    return path == part or path.endswith(f".{part}")


def _parts_called(content: Any, part: str) -> list[FoundState]:
    """Nets that stand in one set of tensors under a prefix, such as `student`."""
    states = list_states(content)
    called = [
        inner for state in states for inner in inner_states(state) if _is_at(inner.path, part)
    ]
    if not called:
        there = [state.path for state in states if state.path]
        shown = f" It has {', '.join(there[:8])}." if there else ""
        raise CheckpointError(f"holds no set of weights called '{part}'.{shown}")
    return called


def _candidates(states: list[FoundState]) -> Iterator[FoundState]:
    """Every set of tensors, and after one in which no single net was found, its parts."""
    for state in states:
        yield from twin_states(state) or (state,)
    for state in states:
        yield from inner_states(state)


def _are_one(known: FoundState, other: FoundState) -> bool:
    """Whether a set is a part of one that a net was found in, or the whole that it is in."""
    paths = sorted((known.path, other.path), key=len)
    if paths[0] and paths[0] != paths[1] and not paths[1].startswith(f"{paths[0]}."):
        return False
    one, two = ({id(tensor) for tensor in state.tensors.values()} for state in (known, other))
    return 2 * len(one & two) >= min(len(one), len(two))


def _recognise(state: FoundState, architecture: str) -> Recognised:
    check_storage(state.tensors)
    _refuse_without_labels(state.tensors)
    if is_own_state(state.tensors) or is_dense_state(state.tensors):
        return _whole(state, architecture)
    parts = find_parts(sort_tensors(state.tensors))
    check_numbers(parts, state.tensors)
    if architecture == AUTOMATIC:
        config = describe_parts(parts)
    else:
        check_counts(parts)
        config = replace(
            architecture_config(architecture),
            num_classes=parts.classifier.out_channels,
            in_channels=parts.stem[0].in_channels,
        )
    renamed = rename_parts(parts, is_pre=config.activation_order == "pre")
    origin = find_origin(state.tensors, config)
    mean, std = _normalisation(parts)
    return Recognised(
        config=config,
        tensors=fitted(config, renamed),
        family=origin.family,
        mean=mean or origin.mean,
        std=std or origin.std,
        path=state.path,
        left_out=parts.left_out,
        is_normalised=bool(mean),
        kinds=state.kinds,
    )


def _refuse_without_labels(names: Iterable[str]) -> None:
    found = next((match for match in map(_WITHOUT_LABELS.fullmatch, names) if match), None)
    if found is not None:
        raise CheckpointError(
            f"holds a net that was trained without labels ('{found[1]}'): what its last map gives "
            "are features, not classes. Train a classifier on it, and bring that net."
        )


def _whole(state: FoundState, architecture: str) -> Recognised:
    """This lab's own nets, and dense ones, whose names say all."""
    prefix = next(
        key.removesuffix(anchor)
        for anchor in ("stem.conv.weight", "features.conv0.weight")
        for key in state.tensors
        if key == anchor or key.endswith(f".{anchor}")
    )
    held = {
        key.removeprefix(prefix): tensor
        for key, tensor in state.tensors.items()
        if key.startswith(prefix)
    }
    is_own = is_own_state(state.tensors)
    renamed = held if is_own else _dense(held)
    config = fitting_config(architecture, renamed)
    if is_own and architecture == AUTOMATIC:
        _refuse_doubt(renamed)
    num_beside = len(state.tensors) - len(held)
    origin = find_origin(state.tensors, config)
    return Recognised(
        config=config,
        tensors=fitted(config, with_counters(renamed)),
        family=OWN if is_own else "torchvision or timm",
        mean=() if is_own else origin.mean,
        std=() if is_own else origin.std,
        path=state.path,
        left_out={"tensors beside the net": num_beside} if num_beside else {},
    )


def _dense(held: Mapping[str, Tensor]) -> dict[str, Tensor]:
    try:
        return torchvision_state(held)
    except CheckpointError as exc:
        sentence = str(exc)
        raise CheckpointError(f"does not fit: {sentence[0].lower()}{sentence[1:]}") from exc


def _refuse_doubt(tensors: Mapping[str, Tensor]) -> None:
    """A plain net and one with option-A shortcuts have the same tensors."""
    if not any(".shortcut." in key for key in tensors):
        raise CheckpointError(
            "may be a residual net with parameter-free shortcuts or a plain one, which have the "
            "same tensors: name the net, such as resnet20 or plain20."
        )


def with_counters(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Adds batch norm's step counters, which files of torch before 0.4.1 do not have."""
    found = dict(tensors)
    for key in tensors:
        if key.endswith(".running_mean"):
            counter = f"{key.removesuffix('running_mean')}num_batches_tracked"
            found.setdefault(counter, torch.zeros((), dtype=torch.long))
    return found


def fitted(config: ModelConfig, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Brings tensors to the types of a net, after every name and shape was found right.

    Raises:
        CheckpointError: naming the first that does not fit.
    """
    expected = build_on_meta(config).state_dict()
    for key, wanted in expected.items():
        if key not in tensors:
            raise CheckpointError(f"does not fit {config.name}: '{key}' is missing.")
        found, shape = tuple(tensors[key].shape), tuple(wanted.shape)
        if found != shape:
            raise CheckpointError(
                f"does not fit {config.name}: '{key}' has the shape {found}, expected {shape}."
            )
        if wanted.is_floating_point() and not tensors[key].is_floating_point():
            raise CheckpointError(f"has whole numbers at '{key}' where a net needs fractions.")
    extra = sorted(set(tensors) - set(expected))
    if extra:
        raise CheckpointError(f"does not fit {config.name}: '{extra[0]}' is not part of it.")
    return {key: tensors[key].to(wanted.dtype).contiguous() for key, wanted in expected.items()}


def _normalisation(parts: NetParts) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if parts.normaliser is None:
        return (), ()
    mean, std = (tuple(tensor.double().tolist()) for tensor in parts.normaliser)
    channels = parts.stem[0].in_channels
    if len(mean) not in (1, channels) or not 0 < min(std) <= max(std) <= _WIDEST_STD:
        raise _OwnScaleError(
            "normalises pictures itself, with a mean and std that are not on the scale of 0 to 1: "
            "save the net behind that module alone."
        )
    repeat = channels // len(mean)
    return mean * repeat, std * repeat
