"""What is said of a net of others wherever it answers: that it never trained, what was assumed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_core.others.card import OtherCard
from resnet_core.others.facts import PublishedFacts
from resnet_core.others.requests import OtherRequest

_MILLIONS = 1000
"""In a thousand millions, by which libraries count."""

if TYPE_CHECKING:  # it builds, and says so in sentences of this module
    from resnet_core.others.cost import OtherCost
    from resnet_core.others.flow import OtherFlow


def untrained_sentence(name: str, seed: int) -> str:
    """Says of a net without weights that its answers are those of chance."""
    return (
        f"{name} is untrained (its weights were drawn by seed {seed}): its answers, and maps of "
        "what speaks for a class, mean nothing."
    )


def sentences_of_assumptions(
    request: OtherRequest, facts: PublishedFacts, card: OtherCard
) -> tuple[str, ...]:
    """Says of weights from a file what nobody told, each with the option for otherwise."""
    return tuple(_assumed(request, facts, card))


def _assumed(request: OtherRequest, facts: PublishedFacts, card: OtherCard) -> Iterator[str]:
    origin = f"as for {facts.weights_title}" if facts.weights_title else "as is usual"
    if request.image_size_px is None:
        yield f"It is shown squares of {card.image_size_px} px, {origin} (--image-size)."
    if request.mean is None or request.std is None:
        yield f"Pictures are normalised {origin} (--mean, --std)."
    if request.class_names is None:
        named = f"named {origin}" if facts.class_names else "numbered"
        yield f"Its classes are {named} (--class-names)."


def tokens_sentence(name: str, *, num_after: int, of: int) -> str:
    """Says why a net has no maps to look at, from its layers after the last that has any.

    Args:
        name: what the person calls it.
        num_after: layers with weights after the last output with channels, height and width.
        of: all its layers with weights.
    """
    return (
        f"{name} has no maps to look at: the outputs of {num_after:,} of its {of:,} layers with "
        "weights are tokens without height and width, so there are no feature maps and no CAM; its "
        "answers, gradients and cost are there."
    )


def cost_sentence(name: str, cost: "OtherCost", facts: PublishedFacts | None) -> str:
    """Says what a net costs, and whether its library says the same."""
    counted = (
        f"{name}: {cost.parameters:,} parameters; for a picture of {cost.image_size_px} x "
        f"{cost.image_size_px} px {cost.macs / 1e6:,.1f} million multiply-adds and "
        f"{cost.activation_mib:,.2f} MiB of activations in training."
    )
    if facts is None or facts.parameters is None or facts.giga_macs is None:
        return counted
    millions = f"{facts.giga_macs * _MILLIONS:,.0f} million multiply-adds"
    published = f"{facts.parameters:,} parameters and {millions}"
    if cost.image_size_px != facts.image_size_px:
        side = facts.image_size_px
        return f"{counted} Published are {published}, for a picture of {side} x {side} px."
    same = [what for what, is_same in _agreements(cost, facts).items() if is_same]
    other = [what for what, is_same in _agreements(cost, facts).items() if not is_same]
    words = f" Published are {published}"
    if not other:
        return f"{counted}{words}, which is the same."
    agreeing = f"the {same[0]} are the same, " if same else ""
    return f"{counted}{words}: {agreeing}the {' and '.join(other)} differ."


def _agreements(cost: "OtherCost", facts: PublishedFacts) -> dict[str, bool]:
    assert facts.giga_macs is not None
    return {
        "parameters": cost.parameters == facts.parameters,
        "multiply-adds": round(cost.macs / 1e9, 3) == facts.giga_macs,
    }


def start_sentence(flow: "OtherFlow") -> str:
    """Says what was measured of a net's gradients, and on which weights."""
    number = len(flow.seeds)
    seeds = f"{number} seed{'' if number == 1 else 's'}"
    what = f"of {seeds} of the pictures" if flow.card.is_trained else f"of {seeds}"
    weights = "its weights from a file" if flow.card.is_trained else "untrained, as it was built"
    return (
        f"{flow.name}, {weights}, {what}, {flow.num_pictures} pictures of "
        f"{flow.card.image_size_px} px, in {flow.elapsed_s:.1f} s"
    )
