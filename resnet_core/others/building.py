"""From a request to a net of others with its card: built, filled, and tried with one picture."""

import threading
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from resnet_core.checkpoints import MOST_CLASSES, NORMALISATION
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.importing.origins import IMAGENET_MEAN, IMAGENET_STD
from resnet_core.others.card import OtherCard, OtherOutline
from resnet_core.others.code import build_by_code, quoted
from resnet_core.others.facts import PublishedFacts
from resnet_core.others.libraries import NetLibrary, find_library
from resnet_core.others.requests import OtherRequest
from resnet_core.others.sentences import sentences_of_assumptions, untrained_sentence
from resnet_core.others.weights import FoundWeights, fill, read_weights
from resnet_core.pictures.names import distinct_names
from resnet_core.progress import Progress, ignore_progress

SHOWN_SIDES_PX = (8, 1024)
"""Sides of the square that a net of others may be shown, px."""
_USUAL_SIDE_PX = 224
_BUILDING = threading.Lock()
"""Nets of others draw their first weights from torch's own generator."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BuiltNet:
    """A net of others as it was built, and what is known of it."""

    model: nn.Module
    """On the CPU, in evaluation mode."""
    card: OtherCard
    """How it wants pictures, and what its answers are called."""
    facts: PublishedFacts | None
    """What its library publishes; `None` for code."""


def build_other(request: OtherRequest, progress: Progress = ignore_progress) -> BuiltNet:
    """Builds a net of others on the CPU, fills it where a file is given, and tries it once.

    Untrained weights depend on the net and the seed alone; torch's generator is left as it was.

    Args:
        request: the net.
        progress: told before each part; it may cancel.

    Raises:
        CheckpointError: when it cannot be built, its weights do not fit, or it gives no logits.
        ConfigError: for a size, a mean or names of classes that cannot be.
        CancelledError: if `progress` cancels.
    """
    found = None
    if request.weights is not None:
        progress("Reading its weights")
        found = read_weights(Path(request.weights))
    progress("Drawing its first weights")
    model, facts, is_published = _filled(request, found)
    progress("Showing it a picture")
    return _described(request, model.eval(), facts, found, is_published=is_published)


def _filled(
    request: OtherRequest, found: FoundWeights | None
) -> tuple[nn.Module, PublishedFacts, bool]:
    """The net with its weights, what is known of it, and whether they were published with that."""
    if request.code:
        model = _seeded(request.seed, lambda: build_by_code(request.code))
        facts = _told_by(model)
        if found is not None:
            fill(model, request.name, found, lambda key: key)
        return model, facts, False
    library, name = _library_of(request)
    facts, is_published = _facts_for(library.facts(name), found)
    side = _side_px(request, facts)
    wanted = None if request.class_names is None else len(request.class_names)
    model = _built(request, library, name, wanted, side)
    if found is not None:
        fill(model, request.name, found, lambda key: library.rename(name, key))
    return model, facts, is_published


def build_shapes(request: OtherRequest) -> tuple[nn.Module, tuple[int, int, int]]:
    """Builds a net without memory where its code lets it, and the shape (C, S, S) of its pictures.

    Raises:
        CheckpointError: when it cannot be built.
        ConfigError: for a size that cannot be.
    """
    if request.code:
        model = _seeded(request.seed, lambda: build_by_code(request.code))
        facts = _told_by(model)
        side = _side_px(request, facts)
        return model, (len(request.mean or facts.mean), side, side)
    library, name = _library_of(request)
    facts = library.facts(name)[0]
    side = _side_px(request, facts)
    wanted = None if request.class_names is None else len(request.class_names)
    try:
        with torch.device("meta"):
            model = _seeded(request.seed, lambda: library.build(name, wanted, side))
    except Exception:  # some nets compute numbers while they are built
        model = _built(request, library, name, wanted, side)
    return model, (len(facts.mean), side, side)


def library_facts(request: OtherRequest) -> PublishedFacts | None:
    """What a net's library publishes of it; `None` for code.  Nothing is built."""
    if request.code:
        return None
    library, name = _library_of(request)
    return library.facts(name)[0]


def _library_of(request: OtherRequest) -> tuple[NetLibrary, str]:
    title, _, name = request.name.partition(":")
    return find_library(title), name


def _built(
    request: OtherRequest, library: NetLibrary, name: str, num_classes: int | None, side: int
) -> nn.Module:
    try:
        return _seeded(request.seed, lambda: library.build(name, num_classes, side))
    except Exception as exc:  # other people's code fails in every way
        raise CheckpointError(f"'{request.name}' cannot be built: {quoted(exc)}.") from exc


def _seeded(seed: int, build: Any) -> nn.Module:
    with _BUILDING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def _facts_for(
    facts: tuple[PublishedFacts, ...], found: FoundWeights | None
) -> tuple[PublishedFacts, bool]:
    """What belongs to the file, if it is one that was published; else to the newest weights."""
    for each in facts:
        if (
            found is not None
            and each.weights_digest
            and found.sha256.startswith(each.weights_digest)
        ):
            return each, True
    return facts[0], False


def _told_by(model: nn.Module) -> PublishedFacts:
    """What a net that code built says of itself by attributes of the cards' names."""
    channels = next((p.shape[1] for p in model.parameters() if p.ndim == 4), 3)
    usual = channels == len(IMAGENET_MEAN)
    return PublishedFacts(
        image_size_px=getattr(model, "image_size_px", _USUAL_SIDE_PX),
        resize_px=getattr(model, "resize_px", None),
        mean=tuple(getattr(model, "mean", IMAGENET_MEAN if usual else (0.5,) * channels)),
        std=tuple(getattr(model, "std", IMAGENET_STD if usual else (0.25,) * channels)),
        class_names=tuple(getattr(model, "class_names", ())),
    )


def _side_px(request: OtherRequest, facts: PublishedFacts) -> int:
    side = facts.image_size_px if request.image_size_px is None else request.image_size_px
    low, high = SHOWN_SIDES_PX
    if not isinstance(side, int) or not low <= side <= high:
        raise ConfigError(
            f"{request.name} can be shown squares of {low} to {high:,} px, got {side}: name "
            "another by --image-size."
        )
    return side


def _described(
    request: OtherRequest,
    model: nn.Module,
    facts: PublishedFacts,
    found: FoundWeights | None,
    *,
    is_published: bool,
) -> BuiltNet:
    side = _side_px(request, facts)
    mean, std = request.mean or facts.mean, request.std or facts.std
    _check_normalisation(request.name, mean, std)
    card = OtherCard(
        name=request.name,
        model=OtherOutline(name=request.name, in_channels=len(mean), num_classes=0),
        class_names=(),
        image_size_px=side,
        resize_px=_resize_px(facts, side),
        mean=tuple(mean),
        std=tuple(std),
        data_title=_learned(facts, found, is_published=is_published),
        source=_source(request, found),
        weights_sha256="" if found is None else found.sha256,
        caution=untrained_sentence(request.name, request.seed) if found is None else "",
    )
    logits = _try(model, card)
    names = _class_names(request, facts, logits.shape[1])
    assumed = (
        () if found is None or is_published else sentences_of_assumptions(request, facts, card)
    )
    outline = replace(card.model, num_classes=logits.shape[1])
    card = replace(card, model=outline, class_names=names, assumed=assumed)
    return BuiltNet(model=model, card=card, facts=None if request.code else facts)


def _resize_px(facts: PublishedFacts, side: int) -> int | None:
    """As much larger than the square as its library has it."""
    if facts.resize_px is None:
        return None
    return max(side, round(facts.resize_px * side / facts.image_size_px))


def _learned(facts: PublishedFacts, found: FoundWeights | None, *, is_published: bool) -> str:
    if found is None:
        return "nothing"
    return facts.data_title if is_published else "unknown"


def _source(request: OtherRequest, found: FoundWeights | None) -> str:
    library = request.name.partition(":")[0]
    origin = request.code or f"{library} {version(library)}"
    weights = f"initial weights of seed {request.seed}" if found is None else found.shown
    return f"{origin}, {weights}"


def _check_normalisation(name: str, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    if len(mean) != len(std) or len(mean) not in (1, 3):
        raise ConfigError(
            f"{name} takes mean and std of {len(mean)} and {len(std)} channels: photographs have 1 "
            "or 3; give as many numbers to --mean as to --std."
        )
    for what, values in (("mean", mean), ("std", std)):
        for value in values:
            if not NORMALISATION[what].holds(value):
                raise ConfigError(
                    f"The {what} of a channel lies between {NORMALISATION[what]} on the 0..1 "
                    f"scale, got {value}."
                )


@torch.no_grad()
def _try(model: nn.Module, card: OtherCard) -> Tensor:
    """Shows one grey picture to the net: logits (1, K) are what all else rests on."""
    picture = torch.zeros(1, card.model.in_channels, card.image_size_px, card.image_size_px)
    try:
        logits = model(picture)
    except Exception as exc:  # other people's code fails in every way
        raise CheckpointError(
            f"{card.name} cannot be shown a picture of {card.image_size_px} px with "
            f"{card.model.in_channels} channels: {quoted(exc)}. Try another --image-size."
        ) from exc
    if not isinstance(logits, Tensor) or logits.ndim != 2 or logits.shape[0] != 1:
        raise CheckpointError(
            f"{card.name} gives no logits of the shape (N, K), one number for each class, but "
            f"{_shape_words(logits)}: wrap it in a net that does."
        )
    return logits


def _shape_words(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of the shape {tuple(value.shape)}"
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def _class_names(request: OtherRequest, facts: PublishedFacts, num_classes: int) -> tuple[str, ...]:
    if request.class_names is not None:
        if len(request.class_names) != num_classes:
            raise ConfigError(
                f"{request.name} has {num_classes:,} outputs and {len(request.class_names):,} "
                "names of classes: give one for each."
            )
        return distinct_names(request.class_names)
    if num_classes > MOST_CLASSES:
        raise ConfigError(f"{request.name} has {num_classes:,} outputs: at most {MOST_CLASSES:,}.")
    if len(facts.class_names) == num_classes:
        return distinct_names(facts.class_names)
    return tuple(f"class {number}" for number in range(num_classes))
