"""Sentences say what was measured, and the opposite of the opposite."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resnet_core.asking import untrained_card
from resnet_core.explain import (
    Attribution,
    ChanceRank,
    DrawAgreement,
    MeanDifference,
    MethodSettings,
    RandomisationCheck,
    RandomisedMap,
    StepMap,
    Target,
    sentences,
)
from resnet_core.explain.chance import MEASURES, Measure

NAMES = ("cat", "dog")


def _answer(values: np.ndarray, logits: tuple[float, float] = (3.0, 0.0)) -> Attribution:
    return Attribution(
        values=values,
        channels=values[None],
        method="grad-cam",
        layer="stage3.0",
        target=Target(class_index=0),
        is_signed=False,
        score=0.0,
        logits=np.array(logits, np.float32),
        image_size_px=8,
        settings=MethodSettings(),
        time_s=0.0,
    )


def _rank(measure: Measure, beaten: int) -> ChanceRank:
    return ChanceRank(
        measure=measure,
        value=0.4,
        low=0.1,
        high=0.7,
        num_beaten=beaten,
        num_better=30 - beaten,
        num_maps=30,
    )


def _check(last: tuple[float, ...]) -> RandomisationCheck:
    answer = _answer(np.eye(2, dtype=np.float32))
    maps = tuple(
        RandomisedMap(part=part, attribution=answer, correlation=1.0)
        for part in ("trained net", "classifier", "stem")
    )
    numbers = np.array([[1.0, 0.9, value] for value in last])
    return RandomisationCheck(seeds=tuple(range(len(last))), maps=maps, correlations=numbers)


def _difference(low: float, high: float) -> MeanDifference:
    return MeanDifference(
        measure="insertion",
        mean=0.5,
        chance_mean=0.4,
        gain=(low + high) / 2,
        low=low,
        high=high,
        num_pictures=20,
    )


def test_map_sentence_says_whether_the_net_is_right_and_whether_the_map_tells_places() -> None:
    one_place = np.zeros((5, 4), np.float32)
    one_place[1, 1] = 2.0
    right = sentences.map_sentence("Grad-CAM", _answer(one_place), NAMES, "cat")
    assert "says cat (95.3\u00a0%), rightly" in right
    assert "100\u00a0% of its evidence for cat in 10\u00a0% of the places" in right
    wrong = sentences.map_sentence("Grad-CAM", _answer(one_place), NAMES, "dog")
    assert ", but it is dog" in wrong
    flat = sentences.map_sentence("Grad-CAM", _answer(np.ones((2, 2), np.float32)), NAMES, None)
    assert "nothing about places" in flat
    sure = sentences.map_sentence("Grad-CAM", _answer(one_place, (30.0, 0.0)), NAMES, None)
    assert "cat (> 99.9\u00a0%)" in sure
    even = sentences.evidence_share(np.ones((10, 10)))
    assert even == pytest.approx(sentences.STRONGEST_SHARE)


def test_the_places_of_a_small_map_are_said_as_they_are_and_not_as_wanted() -> None:
    nearly_even = np.array([[1.0, 1.01], [1.02, 1.03]], np.float32)
    told = sentences.map_sentence("Grad-CAM", _answer(nearly_even), NAMES, None)
    assert "25\u00a0% of its evidence for cat in 25\u00a0% of the places" in told


def test_chance_sentence_follows_the_ranks() -> None:
    def told(*beaten: int) -> str:
        pairs = zip(MEASURES, beaten, strict=True)
        return sentences.chance_sentence("Saliency", [_rank(m, b) for m, b in pairs])

    assert told(30, 29, 30).endswith("better than chance on this picture by every measure.")
    assert told(15, 3, 20).endswith("no more than chance does on this picture.")
    assert told(30, 0, 10).endswith(
        "better than chance in deletion, worse than chance in insertion, no more than chance in "
        "the rest."
    )
    assert "Of 30 random maps Saliency beats 30 in deletion, 0 in insertion" in told(30, 0, 10)


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((0.05, 0.15), "better than chance"),
        ((-0.15, -0.05), "worse than chance"),
        ((-0.05, 0.15), "not more than noise"),
    ],
)
def test_many_sentence_says_no_more_than_its_interval(
    ends: tuple[float, float], verdict: str
) -> None:
    assert sentences.many_sentence("Saliency", _difference(*ends)).endswith(f": {verdict}.")


@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        ((0.1, -0.2, 0.3), "it depends on what the net has learned"),
        ((0.7, 0.9, 0.8), "it hardly depends on what the net has learned"),
        ((0.1, 0.9, 0.3), "the seeds disagree"),
        ((np.nan, np.nan, np.nan), "flat"),
    ],
)
def test_randomisation_sentence_follows_the_range_over_seeds(
    last: tuple[float, ...], verdict: str
) -> None:
    told = sentences.randomisation_sentence("Grad-CAM", _check(last))
    assert verdict in told


def test_randomisation_sentence_gives_mean_and_range() -> None:
    told = sentences.randomisation_sentence("Grad-CAM", _check((0.1, -0.2, 0.4)))
    assert "+0.10 (-0.20 to +0.40) once all down to stem has, over 3 seeds" in told


def test_randomisation_sentence_says_of_how_many_seeds_it_speaks() -> None:
    told = sentences.randomisation_sentence("Grad-CAM", _check((np.nan, 0.9, 0.8)))
    assert "over the 2 of 3 seeds whose last map is not flat: it hardly depends" in told


@pytest.mark.parametrize(
    ("correlation", "expected"),
    [(0.93, "enough"), (0.71, "another draw would look otherwise"), (None, "flat")],
)
def test_draws_sentence_says_whether_they_agree(correlation: float | None, expected: str) -> None:
    draws = DrawAgreement(num_samples=64, correlation=correlation, wanted=0.9)
    assert expected in sentences.draws_sentence("SmoothGrad", draws)


def test_steps_sentence_says_whether_training_moved_the_map() -> None:
    card = replace(untrained_card("resnet8"), class_names=NAMES)
    values = np.arange(16, dtype=np.float32).reshape(4, 4)

    def told(last: np.ndarray) -> str:
        steps = [
            StepMap(step=0, card=card, attribution=_answer(values, (0.0, 0.0))),
            StepMap(step=400, card=card, attribution=_answer(last)),
        ]
        return sentences.steps_sentence("Grad-CAM", steps)

    assert "from 50.0\u00a0% to 95.3\u00a0%" in told(values)
    assert told(values).endswith("+1.00 with the first: it had that shape before.")
    assert told(-values).endswith("-1.00 with the first: training moved it.")
    assert told(np.zeros((4, 4), np.float32)).endswith("flat.")


def test_one_saved_step_is_compared_with_nothing() -> None:
    card = replace(untrained_card("resnet8"), class_names=NAMES)
    answer = _answer(np.eye(4, dtype=np.float32), (0.0, 0.0))
    told = sentences.steps_sentence("Grad-CAM", [StepMap(step=0, card=card, attribution=answer)])
    assert told == (
        "At step 0, the only one saved, the net's probability of cat is 50.0\u00a0%: there is no "
        "other map to compare with."
    )


def test_sentences_hold_no_figure_of_their_own() -> None:
    text = Path(sentences.__file__).read_text().partition("_NAMES:")[2]
    for literal in re.findall(r'"([^"\n]*)"', text):
        assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", literal)), literal
