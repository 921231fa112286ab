"""What is said of a net of others wherever it answers: that it never trained, what was assumed."""

from collections.abc import Iterator

from resnet_core.others.card import OtherCard
from resnet_core.others.facts import PublishedFacts
from resnet_core.others.requests import OtherRequest


def untrained_sentence(name: str, seed: int) -> str:
    """Says of a net without weights that its answers are those of chance."""
    return (
        f"{name} is untrained (its weights were drawn by seed {seed}): its answers, and maps of "
        "what speaks for a class, mean nothing."
    )


def assumed_sentences(
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
