"""The map of one picture at every saved step of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from resnet_core.checkpoints import CheckpointCard, load_checkpoint, read_calibrated_card
from resnet_core.errors import ProbeError
from resnet_core.explain.attribution import Attribution, Question, attribute, calibrated
from resnet_core.explain.pictures import normalise_pictures
from resnet_core.progress import Progress, ignore_progress


@dataclass(frozen=True, kw_only=True, eq=False)
class StepMap:
    """What a net said and where it looked at one step of its training."""

    step: int
    card: CheckpointCard
    attribution: Attribution


def attribute_steps(
    checkpoints: Sequence[Path],
    pixels: np.ndarray,
    question: Question,
    *,
    progress: Progress = ignore_progress,
) -> tuple[StepMap, ...]:
    """Asks every saved step the same, in order of training.

    A question about the predicted class is about the class that the last step predicts, so that
    all maps explain the same.  Files are only read: a run that goes on is not disturbed.

    Args:
        checkpoints: weights of one net at several steps, the last one last.
        pixels: uint8 (S, S, C), the picture as the net sees it.
        question: method, layer, target and knobs.
        progress: told after each step; it may cancel.

    Raises:
        CheckpointError: when a file is gone or damaged.
        ProbeError: when the question cannot be answered, or there is no step.
        CancelledError: if `progress` cancels.
    """
    if not checkpoints:
        raise ProbeError("This run has saved no weights yet; the first come at step 0.")
    found: list[StepMap] = []
    for path in reversed(checkpoints):
        model, card = load_checkpoint(path)[0], read_calibrated_card(path)
        answer = calibrated(attribute(model, normalise_pictures(pixels, card), question), card)
        question = replace(question, target=answer.target)
        found.append(StepMap(step=card.step, card=card, attribution=answer))
        progress(f"step {card.step:,}", len(found) / len(checkpoints))
    return tuple(sorted(found, key=lambda shown: shown.step))
