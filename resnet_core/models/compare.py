"""The difference between two nets, in one sentence."""

import dataclasses
from collections import Counter
from dataclasses import dataclass

from resnet_core.config import ModelConfig
from resnet_core.models.cost import measure_cost
from resnet_core.models.trace import OperationKind, trace_operations

_NOUNS: dict[OperationKind, tuple[str, str]] = {
    "conv": ("convolution", "convolutions"),
    "norm": ("normalisation", "normalisations"),
    "activation": ("activation", "activations"),
    "add": ("addition", "additions"),
    "concat": ("concatenation", "concatenations"),
    "pool": ("pooling", "poolings"),
    "linear": ("linear map", "linear maps"),
}
"""Kinds that are worth counting; an identity shortcut computes nothing."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What the second net has more than the first; negative numbers are what it has less."""

    settings: dict[str, tuple[object, object]]
    """Settings that differ, with the value of the first net and of the second."""
    operations: dict[OperationKind, int]
    """Operations of each kind that differ in number."""
    parameters: int
    """Numbers that it learns."""
    macs: int
    """Multiply-accumulates for one picture."""
    sentence: str
    """All of it in one sentence, such as `14 more additions, no parameter more or less`."""


def compare_nets(first: ModelConfig, second: ModelConfig, image_size_px: int) -> Difference:
    """Says what the second net has more than the first, for square pictures of one size.

    Raises:
        ConfigError: for a picture that one of the nets cannot take.
    """
    costs = [measure_cost(config, image_size_px) for config in (first, second)]
    counts = [_count_operations(config, image_size_px) for config in (first, second)]
    operations: dict[OperationKind, int] = {
        kind: counts[1][kind] - counts[0][kind]
        for kind in _NOUNS
        if counts[1][kind] != counts[0][kind]
    }
    parameters = costs[1].parameters - costs[0].parameters
    macs = costs[1].macs - costs[0].macs
    settings = _differing_settings(first, second)
    return Difference(
        settings=settings,
        operations=operations,
        parameters=parameters,
        macs=macs,
        sentence=_sentence(operations, parameters, macs, is_same=not settings),
    )


def _count_operations(config: ModelConfig, image_size_px: int) -> Counter[OperationKind]:
    return Counter(operation.kind for operation in trace_operations(config, image_size_px))


def _differing_settings(
    first: ModelConfig, second: ModelConfig
) -> dict[str, tuple[object, object]]:
    pairs = {
        field.name: (getattr(first, field.name), getattr(second, field.name))
        for field in dataclasses.fields(ModelConfig)
        if field.name != "name"
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _sentence(
    operations: dict[OperationKind, int], parameters: int, macs: int, *, is_same: bool
) -> str:
    if is_same:
        return "The two nets are the same."
    parts = [_more(number, *_NOUNS[kind]) for kind, number in operations.items()]
    parts.append(_more(parameters, "parameter", "parameters"))
    if macs:
        parts.append(_more(macs, "multiply-add a picture", "multiply-adds a picture"))
    return f"The second net has {', '.join(parts)}."


def _more(number: int, singular: str, plural: str) -> str:
    if number == 0:
        return f"no {singular} more or less"
    noun = singular if abs(number) == 1 else plural
    return f"{abs(number):,} {'more' if number > 0 else 'fewer'} {noun}"
