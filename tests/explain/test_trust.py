"""Whether maps can be trusted: chance at the map's resolution, many pictures, draws, seeds."""

import numpy as np
import pytest
import torch
from torch import Tensor

from resnet_core.errors import CancelledError, ProbeError
from resnet_core.explain import (
    MethodSettings,
    Question,
    attribute,
    check_randomisation,
    fresh_seeds,
    measure_chance,
    measure_many,
    measure_randomisation,
)
from resnet_core.explain.chance import MEASURES, Chance, score_of
from resnet_core.explain.draws import draw_until_alike
from resnet_core.explain.faithfulness import Faithfulness, chance_map, measure_faithfulness
from resnet_core.explain.many_pictures import ManyPictures
from resnet_core.explain.removal import RemovalCurve, RemovalSettings
from resnet_core.explain.road import RoadCurve
from resnet_core.explain.sentences import chance_sentence
from resnet_core.models import ResNet, build_model
from tests.explain.conftest import small_net

QUESTION = Question(method="grad-cam", layer="stage2.0")
QUICK = RemovalSettings(num_steps=4)


def _scores(deletion: float, insertion: float, road: float) -> Faithfulness:
    ends = np.array([0.0, 1.0])
    return Faithfulness(
        deletion=RemovalCurve(kind="deletion", shares=ends, probabilities=np.full(2, deletion)),
        insertion=RemovalCurve(kind="insertion", shares=ends, probabilities=np.full(2, insertion)),
        road=RoadCurve(
            shares=np.array([0.5]), most_first=np.zeros(1), least_first=np.array([2 * road])
        ),
    )


@pytest.mark.parametrize("own", [None, 0, 1000, 1003])
def test_fresh_weights_never_have_the_net_s_own_seed(own: int | None) -> None:
    seeds = fresh_seeds(own)
    assert len(set(seeds)) == len(seeds) == 5
    assert own not in seeds


def test_forgetting_back_to_the_own_seed_is_no_forgetting(picture: Tensor) -> None:
    """Why the own seed is refused: a net that never trained would seem to survive it whole."""
    fresh = build_model(small_net().config, seed=0).eval()
    own = measure_randomisation(fresh, picture, QUESTION, seed=0)
    assert [shown.correlation for shown in own] == pytest.approx([1.0] * len(own))
    check = check_randomisation(fresh, picture, QUESTION, seeds=fresh_seeds(0))
    assert check.low[-1] < 0.9
    assert np.all(check.low <= check.mean)
    assert np.all(check.mean <= check.high)
    assert check.correlations.shape == (5, len(own))


def test_check_randomisation_can_be_cancelled_in_a_later_seed(net: ResNet, picture: Tensor) -> None:
    def cancel(message: str, fraction: float | None = None) -> None:
        if fraction is not None and fraction > 0.5:
            raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        check_randomisation(net, picture, QUESTION, seeds=(7, 8), progress=cancel)


def test_chance_has_the_method_s_resolution(net: ResNet, picture: Tensor) -> None:
    told: list[tuple[str, float | None]] = []

    def tell(message: str, fraction: float | None = None) -> None:
        told.append((message, fraction))

    found = measure_chance(net, picture, (4, 6), 1, num_maps=3, settings=QUICK, progress=tell)
    assert found.shape == (4, 6)
    assert told[0][0].startswith("random map 1 of 3: ") and told[-1][1] == 1.0
    expected = measure_faithfulness(net, picture, chance_map(2, (4, 6)), 1, settings=QUICK)
    for measure in MEASURES:
        assert score_of(measure, found.scores[2]) == score_of(measure, expected)


def test_ranks_count_what_is_worse_and_small_deletion_areas_are_good() -> None:
    values = (0.1, 0.2, 0.3, 0.4)
    chance = Chance(shape=(2, 2), scores=tuple(_scores(v, v, v) for v in values))
    deletion, insertion, road = chance.ranks(_scores(0.15, 0.35, 0.05))
    assert (deletion.num_beaten, insertion.num_beaten, road.num_beaten) == (3, 3, 0)
    assert deletion.num_maps == 4
    assert 0.1 <= road.low < road.high <= 0.4


def test_a_map_that_ties_with_chance_is_neither_better_nor_worse() -> None:
    chance = Chance(shape=(2, 2), scores=(_scores(0.5, 0.5, 0.0),) * 30)
    ranks = chance.ranks(_scores(0.5, 0.5, 0.0))  # a net that says the same of every picture
    assert [(rank.num_beaten, rank.num_better) for rank in ranks] == [(0, 0)] * 3
    said = chance_sentence("Grad-CAM", ranks)
    assert "no more than chance does" in said
    assert "worse" not in said
    lower = chance.ranks(_scores(0.6, 0.4, -0.1))
    assert [rank.num_better for rank in lower] == [30] * 3
    assert "worse than chance in deletion and insertion and ROAD" in chance_sentence("X", lower)


def test_measure_many_pairs_each_picture_with_chance(net: ResNet, picture: Tensor) -> None:
    pictures = [picture * factor for factor in (1.0, -1.0, 0.5, 2.0, -0.5, 1.5)]
    found = measure_many(net, pictures, QUESTION, explain=attribute)
    assert len(found.scores) == len(found.chance) == 6
    gain = found.difference("deletion").gain
    areas = [[s.deletion.area for s in each] for each in (found.chance, found.scores)]
    assert gain == pytest.approx(np.mean(areas[0]) - np.mean(areas[1]))


def test_measure_many_refuses_too_few(net: ResNet, picture: Tensor) -> None:
    with pytest.raises(ProbeError, match="at least 6 pictures, got 1"):
        measure_many(net, [picture], QUESTION, explain=attribute)


def test_interval_of_the_gain_holds_what_it_promises() -> None:
    draw, held = np.random.default_rng(0), 0
    for _ in range(1000):
        gains = draw.normal(0.1, 0.2, 20)
        nothing = tuple(_scores(0, 0, 0) for _ in gains)
        found = ManyPictures(
            method="saliency", scores=tuple(_scores(0, 0, g) for g in gains), chance=nothing
        ).difference("road")
        held += found.low <= 0.1 <= found.high
    assert 0.935 <= held / 1000 <= 0.965


def _noisy(num_samples: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    signal = torch.arange(400.0).reshape(1, 20, 20) / 400
    return signal + torch.randn(signal.shape, generator=generator) / num_samples**0.5


def test_draws_are_doubled_until_they_agree() -> None:
    values, draws = draw_until_alike(_noisy, MethodSettings(num_samples=2, most_samples=4096))
    assert draws.is_enough
    assert 16 <= draws.num_samples <= 512, "two draws of n agree with 1 / (1 + 12 / n)"
    again, _ = draw_until_alike(_noisy, MethodSettings(num_samples=2, most_samples=4096))
    assert torch.equal(values, again)


def test_draws_that_never_agree_stop_at_the_limit_and_say_so() -> None:
    _, draws = draw_until_alike(
        lambda count, seed: _noisy(1, seed), MethodSettings(num_samples=2, most_samples=8)
    )
    assert draws.num_samples == 8
    assert not draws.is_enough
