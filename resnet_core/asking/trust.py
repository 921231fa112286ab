"""Whether a net's map can be trusted: the checks that pages and the command line share."""

import numpy as np

from resnet_core.asking.asked import AskedNet
from resnet_core.asking.labelled_sets import LabelledSet, spread_numbers
from resnet_core.asking.net import ReadyNet
from resnet_core.errors import ProbeError
from resnet_core.explain import (
    Attribution,
    Chance,
    ManyPictures,
    Question,
    RandomisationCheck,
    check_randomisation,
    fresh_seeds,
    measure_chance,
    measure_many,
    normalise_pictures,
)
from resnet_core.explain.faithfulness import Faithfulness, measure_faithfulness
from resnet_core.explain.many_pictures import NUM_MEAN_PICTURES
from resnet_core.progress import Progress, ignore_progress, partial_progress


def score_map(
    net: AskedNet, pixels: np.ndarray, question: Question, progress: Progress = ignore_progress
) -> tuple[Attribution, Faithfulness]:
    """Answers a question with a map, and scores the map.

    Args:
        net: the net.
        pixels: uint8 (S, S, C), as the net sees them.
        question: method, layer, target and knobs.
        progress: told after each pass; it may cancel.

    Raises:
        ProbeError: when the question cannot be answered, or the answer is not finite.
        CancelledError: if `progress` cancels.
    """
    picture = normalise_pictures(pixels, net.card)
    # How long the map takes is not known beforehand, and the scores take longer.
    half = partial_progress(progress, 0.0, 0.5)
    answer = net.explain(pixels, question, half, for_long=True)
    class_index = answer.target.class_index
    assert class_index is not None
    with net.use(for_long=True) as model:
        rest = partial_progress(progress, 0.5, 1.0)
        return answer, measure_faithfulness(
            model, picture, answer.values, class_index, progress=rest
        )


def score_chance(
    net: AskedNet, pixels: np.ndarray, question: Question, progress: Progress = ignore_progress
) -> Chance:
    """Scores random maps of the resolution that a question's map has, for the same class.

    Raises:
        ProbeError: for a method or a layer that is not there.
        CancelledError: if `progress` cancels.
    """
    class_index = question.target.class_index
    if class_index is None:
        class_index = int(net.logits(pixels[None])[0].argmax())
    picture, shape = normalise_pictures(pixels, net.card), net.map_shape(question)
    with net.use(for_long=True) as model:
        return measure_chance(model, picture, shape, class_index, progress=progress)


def score_many(
    net: AskedNet, labelled: LabelledSet, question: Question, progress: Progress = ignore_progress
) -> ManyPictures:
    """Scores a method on twenty pictures of a labelled set, spread over its classes.

    Raises:
        ProbeError: when the question cannot be answered.
        CancelledError: if `progress` cancels.
    """
    numbers = spread_numbers(labelled, NUM_MEAN_PICTURES)
    seen = [net.see_pixels(pixels).pixels for pixels in labelled.pictures(numbers)]
    pictures = [normalise_pictures(pixels, net.card) for pixels in seen]
    with net.use(for_long=True) as model:
        return measure_many(model, pictures, question, explain=net.attribute, progress=progress)


def let_forget(
    net: AskedNet, pixels: np.ndarray, question: Question, progress: Progress = ignore_progress
) -> RandomisationCheck:
    """Lets a net forget from the top down, to fresh weights of several seeds but its own.

    Raises:
        ProbeError: for a net of others, or when the question cannot be answered.
        CancelledError: if `progress` cancels.
    """
    if not isinstance(net, ReadyNet):
        raise ProbeError(
            f"Which blocks of {net.card.name} may forget one after the other is not known: check "
            "by --faithful whether its map can be believed."
        )
    picture = normalise_pictures(pixels, net.card)
    seeds = fresh_seeds(net.source.seed if net.source.path is None else net.card.seed)
    with net.use(for_long=True) as model:
        return check_randomisation(model, picture, question, seeds=seeds, progress=progress)
