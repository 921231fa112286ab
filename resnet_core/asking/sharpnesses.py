"""The sharpness of a net that is ready, beside the line that its recipe's learning rate draws."""

import threading
from dataclasses import replace

from resnet_core.asking.net import ReadyNet
from resnet_core.asking.training_pictures import TrainingPictures
from resnet_core.checkpoints import CheckpointCard
from resnet_core.models import build_model
from resnet_core.probes.sharpness import (
    Sharpness,
    SharpnessSpec,
    StabilityThreshold,
    measure_sharpness,
    nesterov_threshold,
    stability_threshold,
)
from resnet_core.progress import Progress, ignore_progress
from resnet_core.training.schedules import learning_rate

_DECISIVE = ("learning rate", "momentum")
"""Settings whose live edits make the recipe's line wrong, as edits in words call them."""


def measure_net_sharpness(
    net: ReadyNet,
    pictures: TrainingPictures,
    spec: SharpnessSpec,
    progress: Progress = ignore_progress,
) -> Sharpness:
    """Measures how sharply the loss on some pictures bends at a net.

    Raises:
        ProbeError: when the net is too large, or its loss has no finite curvature.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    with net.use(for_long=True) as model:
        found = measure_sharpness(model.eval(), pictures.batch, spec, progress=progress)
    return replace(
        found,
        label=net.title,
        is_plain=net.is_plain,
        step=net.source.step,
        threshold=threshold_of(net.card),
    )


def at_first_weights(net: ReadyNet) -> ReadyNet:
    """The same net before its first step, from its own seed, or 0 where that is not known."""
    card = replace(net.card, step=0, interventions=(), edits=())
    model = build_model(card.model, seed=card.seed or 0).eval().to(net.device)
    source = replace(net.source, key=f"{net.source.key}/first", step=0)
    return replace(net, model=model, card=card, source=source, lock=threading.Lock())


def threshold_of(card: CheckpointCard) -> StabilityThreshold:
    """The line that a net's recipe draws, or why there is none."""
    recipe = card.training
    if recipe is None:
        return StabilityThreshold(reason=_no_recipe_words(card))
    if recipe.optimizer != "sgd":
        return StabilityThreshold(
            reason="It was trained with AdamW, which scales every weight's step by itself: the "
            "line is one of SGD."
        )
    if any(word in edit for edit in card.edits for word in _DECISIVE):
        return StabilityThreshold(
            reason="Its learning rate or momentum was changed while it trained, so that no one "
            "line holds."
        )
    # The rate of the step that led here.
    rate = learning_rate(recipe, card.step - 1, card.num_steps) if card.step else 0.0
    return StabilityThreshold(
        value=stability_threshold(recipe.learning_rate, recipe.momentum),
        learning_rate=recipe.learning_rate,
        momentum=recipe.momentum,
        nesterov_value=nesterov_threshold(recipe.learning_rate, recipe.momentum)
        if recipe.nesterov
        else None,
        value_at_step=stability_threshold(rate, recipe.momentum) if rate > 0 else None,
    )


def _no_recipe_words(card: CheckpointCard) -> str:
    if not card.step and not card.num_steps:
        return "It never trained, so that it has no learning rate."
    return "With what learning rate it was trained is not known."
