"""Sentences on landscapes and sharpness, each beside the one of the opposite measurement."""

from dataclasses import replace

import numpy as np
import pytest

from resnet_core.probes.landscape import Landscape, LandscapeSpec
from resnet_core.probes.landscape.sentences import (
    compare_landscapes_sentence,
    count_bends,
    landscape_sentence,
    statistics_words,
)
from resnet_core.probes.sharpness import Sharpness, SharpnessSpec, StabilityThreshold, Trace
from resnet_core.probes.sharpness.sentences import (
    compare_sharpness_sentence,
    sharpness_sentence,
)

AXIS = (-1.0, -0.5, 0.0, 0.5, 1.0)


def around(label: str, steepness: float, *, ridges: bool = False, is_plain: bool = False):
    alpha, beta = np.meshgrid(AXIS, AXIS)
    loss = 0.1 + steepness * (alpha**2 + beta**2)
    if ridges:
        loss = loss + np.where(np.isin(np.abs(alpha), 0.5), steepness, 0.0)
    return Landscape(
        label=label,
        is_plain=is_plain,
        num_pictures=256,
        spec=LandscapeSpec(),
        alphas=AXIS,
        betas=AXIS,
        loss=loss,
        error=np.zeros((5, 5)),
        elapsed_s=1.0,
    )


def line(*loss: float, **changes) -> Landscape:
    return Landscape(
        label="A",
        other_label="B",
        num_pictures=64,
        spec=LandscapeSpec(dimensions=1, **changes),
        alphas=tuple(np.linspace(0, 1, len(loss))),
        betas=(0.0,),
        loss=np.array([loss]),
        error=np.zeros((1, len(loss))),
        elapsed_s=1.0,
    )


def test_a_bowl_bends_nowhere_downwards_and_a_ridge_does():
    assert count_bends(around("A", 2.0)) == (0, 30)
    told = landscape_sentence(around("A", 2.0))
    assert "rises from 0.1 in the middle to" in told
    assert "at 0 of 30 places" in told
    assert "at 10 of 30 places" in landscape_sentence(around("A", 2.0, ridges=True))
    falling = landscape_sentence(around("A", -0.04))
    assert "falls from 0.1" in falling
    assert "at 30 of 30 places" in falling


def test_a_steep_corner_hides_no_bend_elsewhere_and_rounding_is_none():
    ridged = around("A", 2.0, ridges=True)
    steep = ridged.loss.copy()
    steep[0, 0] = 1e9
    # The corner lies in one triple of its row and one of its column, and lifts their ends.
    assert count_bends(ridged)[0] - count_bends(replace(ridged, loss=steep))[0] <= 2
    level = np.full(ridged.loss.shape, 3.0)
    level[2, 2] += 1e-6
    assert count_bends(replace(ridged, loss=level)) == (0, 30)
    level[2, 2] += 1e-4
    assert count_bends(replace(ridged, loss=level)) == (2, 30)


def test_places_without_a_finite_loss_are_told():
    high = around("A", 2.0)
    high.loss[0, 0] = np.nan
    assert "(median of 15 places); at 1 more it is no finite number" in landscape_sentence(high)
    high.loss[high.border] = np.nan
    assert "is no finite number anywhere on the border" in landscape_sentence(high)


def test_the_net_whose_loss_rises_less_is_named_whichever_it_is():
    residual, plain = around("residual", 1.0), around("plain", 3.0, is_plain=True)
    told = compare_landscapes_sentence([residual, plain])
    assert "Around residual the loss rises less than around plain at 16 of 16 places" in told
    assert "other directions may show other things" in told
    flat = around("plain", 0.2, is_plain=True)
    turned = compare_landscapes_sentence([residual, flat])
    assert "Around plain the loss rises less than around residual at 16 of 16 places" in turned
    same = compare_landscapes_sentence([residual, around("plain", 1.0)])
    assert "less around residual at as many places of the border as around plain" in same


def test_a_loss_that_is_not_finite_has_risen_more():
    residual, plain = around("residual", 5.0), around("plain", 1.0)
    plain.loss[plain.border] = np.nan
    told = compare_landscapes_sentence([residual, plain])
    assert "Around residual the loss rises less than around plain at 16 of 16" in told


def test_a_ridge_is_told_where_there_is_one_and_only_there():
    ridge = landscape_sentence(line(0.1, 0.5, 2.0, 0.6, 0.2))
    assert "0.1 at A and 0.2 at B; between them it rises to 2, at 50\u00a0% of the way" in ridge
    valley = landscape_sentence(line(0.3, 0.2, 0.1, 0.15, 0.2))
    assert "at none of 3 places between them is it higher than at both ends" in valley
    assert "no finite number at 1 of 3" in landscape_sentence(line(0.1, 0.2, np.nan, 0.2, 0.1))


def test_what_batch_norm_uses_is_told():
    assert "has stored, whatever the weights" in statistics_words(around("A", 1.0))
    assert "mixed as the weights are" in statistics_words(line(1.0, 1.0, 1.0))
    assert "recomputed" in statistics_words(line(1.0, 1.0, 1.0, statistics="recomputed"))


def sharp(largest: float, *, label: str = "A", step: int = 9, **changes) -> Sharpness:
    values = {
        "label": label,
        "step": step,
        "spec": SharpnessSpec(),
        "top_eigenvalues": np.array([largest]),
        "residuals": np.array([0.01]),
        "is_converged": True,
        "trace": Trace(value=50.0, standard_error=2.0, num_draws=10),
        "loss": 0.1,
        "num_parameters": 100,
        "num_pictures": 64,
        "num_products": 20,
        "elapsed_s": 1.0,
        "threshold": StabilityThreshold(value=19.0, learning_rate=0.2, momentum=0.9),
    }
    return Sharpness(**(values | changes))


def test_the_side_of_the_line_is_told_as_far_as_it_is_known():
    assert "That is above the line of its peak learning rate 0.2, which is 19" in (
        sharpness_sentence(sharp(25.0))
    )
    assert "That is below the line" in sharpness_sentence(sharp(3.0))
    assert "That is not told apart from the line" in sharpness_sentence(sharp(19.005))
    early = sharp(3.0, is_converged=False)
    assert "at least 3; " in sharpness_sentence(early)
    assert "not told apart from the line" in sharpness_sentence(early)
    assert "interval 45.5 to 54.5, 10 random vectors" in sharpness_sentence(early)
    none = StabilityThreshold(reason="It never trained.")
    assert "There is no line to compare with. It never trained." in sharpness_sentence(
        sharp(3.0, threshold=none)
    )
    both = StabilityThreshold(value=19.0, learning_rate=0.2, momentum=0.9, nesterov_value=6.79)
    assert "below the line of its peak learning rate 0.2, which is 19, and above that of" in (
        sharpness_sentence(sharp(10.0, threshold=both))
    )


@pytest.mark.parametrize(("last", "words"), [(30.0, "2 of 2"), (2.0, "1 of 2")])
def test_steps_above_the_line_of_their_own_learning_rate_are_counted(last, words):
    steps = [
        sharp(value, step=step, threshold=StabilityThreshold(value=19.0, value_at_step=line))
        for step, value, line in ((0, 1.0, None), (2, 90.0, 50.0), (9, last, 20.0))
    ]
    told = compare_sharpness_sentence([steps])
    assert f"above the line of its learning rate of then at {words} saved steps" in told
    assert "above the line" not in compare_sharpness_sentence([[sharp(1.0), sharp(2.0)]])


def test_the_sharper_net_is_named_whichever_it_is():
    ours, theirs = (
        [sharp(v, label=n, step=0), sharp(w, label=n)]
        for n, v, w in (("residual", 2.0, 40.0), ("plain", 8.0, 40.005))
    )
    told = compare_sharpness_sentence([ours, theirs])
    assert "At the first step the loss bends 4 times as much at plain as at residual" in told
    assert "At the last step the two are not told apart" in told
    turned = compare_sharpness_sentence([theirs, [sharp(16.0, label="residual"), ours[1]]])
    assert "bends 2 times as much at residual as at plain" in turned


def test_nets_of_one_step_each_are_compared_once_and_told_once():
    pair = [[sharp(2.0, label="residual", step=9)], [sharp(8.0, label="plain", step=7)]]
    told = compare_sharpness_sentence(pair)
    assert told.startswith("The loss bends 4 times as much at plain as at residual. Each is one")
    assert compare_sharpness_sentence(pair[:1]).startswith("residual: 2 at step 9. Each is")
    even = [[sharp(8.0, label="residual")], [sharp(8.0, label="plain")]]
    assert compare_sharpness_sentence(even).startswith("The two are not told apart. Each is one")
