"""A trained net taught a person's own classes: what is asked, and the experiment that does it.

A frozen body gives features that are computed once, and only the new classifier learns: AdamW,
whose steps do not depend on how large features are, needs some hundred of them.  All of a net
learns with SGD at a tenth of the rate that trains it from first weights: it need not go far.

Source: rates of a tenth for weights that are trained already, Girshick et al. 2014
(arXiv 1311.2524) sec. 2.3.
"""

import math
from dataclasses import dataclass, replace

from resnet_core import paths
from resnet_core.checkpoints import CheckpointCard, find_checkpoint, read_card
from resnet_core.config import (
    FROZEN_BODY,
    ArmConfig,
    Augmentation,
    DataConfig,
    ExperimentConfig,
    StartingNet,
    TrainingConfig,
)
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.models import net_label
from resnet_core.pictures.names import plain_name

TEACHING_SIDES_PX = (32, 224)
"""Smallest and largest side of the pictures that a net is taught with, px."""
_BATCH = 32
_HEAD_STEPS, _HEAD_EPOCHS = 300, 3
_WHOLE_STEPS, _WHOLE_EPOCHS = 100, 5
"""The fewest steps, and passes over the pictures where that is more."""
_EVALUATIONS = 20
_CROP_SHARE = 8
"""A picture is shifted by at most this part of its side."""
_CHANNELS = (1, 3)
_LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class TeachingRequest:
    """What a person asks for; what is left out follows from the net and the pictures."""

    source: str
    """A folder of class folders, a zip of one, or another data set."""
    start: str
    """Name or path of the net to begin from."""
    is_frozen: bool = True
    """Whether only the new classifier learns."""
    image_size_px: int | None = None
    """Side of a picture, px; the net's own where nothing is said."""
    augmentation: Augmentation | None = None
    """None for a frozen body, crop and flip for a whole net, where nothing is said."""
    epochs: float | None = None
    steps: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    seed: int = 0
    device: str = "auto"
    num_threads: int | None = None
    name: str | None = None
    """What the run is called."""


def read_start(request: TeachingRequest) -> CheckpointCard:
    """Finds the net to begin from.

    Raises:
        CheckpointError: when there is none, or it takes neither gray nor colour pictures.
    """
    card = read_card(find_checkpoint(request.start))
    if card.model.in_channels not in _CHANNELS:
        raise CheckpointError(
            f"{card.name} takes pictures of {card.model.in_channels} channels, and photographs "
            "have 1 or 3: begin from another net."
        )
    return card


def teaching_data(request: TeachingRequest, card: CheckpointCard) -> DataConfig:
    """Gives the pictures as the net will see them.

    Raises:
        ConfigError: for a size or an augmentation that cannot be.
    """
    smallest, largest = TEACHING_SIDES_PX
    side = request.image_size_px
    if side is not None and not smallest <= side <= largest:
        raise ConfigError(
            f"A net is taught with pictures of {smallest} to {largest} px a side, got {side}."
        )
    side = side or min(max(card.image_size_px, smallest), largest)
    augmentation = request.augmentation or ("none" if request.is_frozen else "crop_flip")
    return DataConfig(
        source=request.source,
        image_size_px=side,
        augmentation=augmentation,
        crop_padding_px=side // _CROP_SHARE,
    )


def teaching_experiment(
    request: TeachingRequest, card: CheckpointCard, title: str, num_train: int
) -> ExperimentConfig:
    """Gives the experiment that teaches a net.

    Args:
        request: what is asked for.
        card: of the net to begin from.
        title: what the pictures are called.
        num_train: training pictures, by which the length of the run is chosen.

    Raises:
        ConfigError: for a setting that cannot be.
    """
    label = net_label(card.model.name)
    frozen = (FROZEN_BODY,) if request.is_frozen else ()
    start = StartingNet(
        checkpoint=_lasting_name(card, request.start),
        weights_sha256=card.weights_sha256,
        mean=card.mean,
        std=card.std,
        interventions=(*(each for each in card.interventions if each.what != "freeze"), *frozen),
    )
    return ExperimentConfig(
        name=request.name or f"{plain_name(title)} taught to {label}"[:_LONGEST_NAME],
        arms=(ArmConfig(label=label, model=card.model, start=start),),
        data=teaching_data(request, card),
        training=_recipe(request, num_train),
        seed=request.seed,
        device=request.device,
        num_threads=request.num_threads,
    )


def _lasting_name(card: CheckpointCard, asked: str) -> str:
    """The name of a net that the lab keeps; the whole path of any other, for a worker elsewhere."""
    path = find_checkpoint(asked).resolve()
    kept = (paths.checkpoints_dir(), paths.imported_dir())
    return card.name if path.parent in [folder.resolve() for folder in kept] else str(path)


def _recipe(request: TeachingRequest, num_train: int) -> TrainingConfig:
    recipe = _HEAD if request.is_frozen else _WHOLE
    given = {
        name: value
        for name in ("batch_size", "learning_rate", "steps")
        if (value := getattr(request, name)) is not None
    }
    recipe = replace(recipe, **given)
    if request.epochs is not None:
        replace(recipe, epochs=request.epochs)  # refuses what no recipe can have
    steps = recipe.steps or _num_steps(request, recipe.batch_size, num_train)
    return replace(
        recipe,
        steps=steps,
        evaluate_every=max(1, math.ceil(steps / _EVALUATIONS)),
        # A look inside shows pictures to the whole net, which is all that a frozen one takes.
        statistics_every=steps if request.is_frozen else recipe.statistics_every,
    )


def _num_steps(request: TeachingRequest, batch_size: int, num_train: int) -> int:
    fewest, epochs = (
        (_HEAD_STEPS, _HEAD_EPOCHS) if request.is_frozen else (_WHOLE_STEPS, _WHOLE_EPOCHS)
    )
    if request.epochs is not None:
        fewest, epochs = 1, request.epochs
    return max(fewest, round(epochs * num_train / batch_size))


_HEAD = TrainingConfig(
    optimizer="adamw",
    learning_rate=5e-3,
    weight_decay=1e-2,
    schedule="cosine",
    warmup_share=0.1,
    batch_size=_BATCH,
    num_snapshots=3,
)
_WHOLE = TrainingConfig(
    learning_rate=1e-2,
    nesterov=True,
    weight_decay=5e-4,
    schedule="cosine",
    warmup_share=0.1,
    batch_size=_BATCH,
    num_snapshots=6,
)
